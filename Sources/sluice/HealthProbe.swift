import Config
import Gateway
import Glibc

/// `sluice health`: for a container's health check, where no curl is installed.
enum HealthProbe {
  static func run(_ arguments: Arguments) -> Never {
    // Whether the certificate can be used is the running gateway's affair.
    let listen = (try? ConfigurationSource(arguments).load(checkCertificate: { _ in nil }))?.listen ?? ListenOptions()
    guard ReadinessProbe.isReady(host: listen.host, port: listen.port, usesTLS: listen.tls != nil) else {
      Console.error("sluice: not ready at \(listen.host):\(listen.port)")
      exit(1)
    }
    exit(0)
  }
}
