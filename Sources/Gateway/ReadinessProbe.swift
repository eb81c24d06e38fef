import HTTPServer
import Reactor

/// Asks a running gateway whether it takes requests.
package enum ReadinessProbe {
  /// How long to wait for the answer.
  private static let seconds = 5

  /// Whether `/readyz` answers 200.
  ///
  /// - Parameters:
  ///   - host: a listening address; one that means "all" is reached through the loopback one.
  ///   - usesTLS: whether the gateway speaks TLS. Its certificate is not looked at: it need not name that address.
  package static func isReady(host: String, port: Int, usesTLS: Bool) -> Bool {
    let host = ["0.0.0.0", "::", ""].contains(host) ? "127.0.0.1" : host
    let request = "GET /readyz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
    let exchange = usesTLS ? TLSProbe.exchange : BlockingProbe.exchange
    let answer = exchange(host, UInt16(clamping: port), request, seconds)
    return answer?.hasPrefix("HTTP/1.1 200") ?? false
  }
}
