import Config
import Gateway
import Glibc

/// `sluice check`.
enum Check {
  static func run(_ arguments: Arguments) {
    let configuration: Configuration
    do throws(ConfigErrors) {
      configuration = try ConfigurationSource(arguments).load()
    } catch {
      Console.error(error.description)
      exit(2)
    }
    do throws(StartFailure) {
      try GatewayProcess.check(configuration.state)
    } catch {
      Console.error("sluice: \(error.message)")
      exit(2)
    }
    for notice in configuration.notices { Console.error("sluice: \(notice)") }
    Console.print(configuration.effectiveText())
  }
}
