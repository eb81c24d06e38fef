import Reactor

/// Asks a running gateway whether it takes requests.
package enum ReadinessProbe {
  /// How long to wait for the answer.
  private static let seconds = 5

  /// Whether `/readyz` answers 200.
  ///
  /// - Parameter host: a listening address; one that means "all" is reached through the loopback one.
  package static func isReady(host: String, port: Int) -> Bool {
    let host = ["0.0.0.0", "::", ""].contains(host) ? "127.0.0.1" : host
    let request = "GET /readyz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
    let answer = BlockingProbe.exchange(
      host: host, port: UInt16(clamping: port), request: request, seconds: seconds)
    return answer?.hasPrefix("HTTP/1.1 200") ?? false
  }
}
