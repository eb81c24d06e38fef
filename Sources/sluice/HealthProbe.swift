import Config
import Glibc
import Reactor

/// `sluice health`: for a container's health check, where no curl is installed.
enum HealthProbe {
  static func run(_ arguments: Arguments) -> Never {
    let listen = (try? ConfigurationSource(arguments).load())?.listen ?? ListenOptions()
    // An address that means "all" is reached through the loopback one.
    let host = ["0.0.0.0", "::", ""].contains(listen.host) ? "127.0.0.1" : listen.host
    let request = "GET /readyz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
    let answer = BlockingProbe.exchange(host: host, port: UInt16(clamping: listen.port), request: request, seconds: 5)
    guard let answer, answer.hasPrefix("HTTP/1.1 200") else {
      Console.error("sluice: not ready at \(host):\(listen.port)")
      exit(1)
    }
    exit(0)
  }
}
