import Config
import Glibc

/// `sluice check`.
enum Check {
  static func run(_ arguments: Arguments) {
    do throws(ConfigErrors) {
      let configuration = try ConfigurationSource(arguments).load()
      for notice in configuration.notices { Console.error("sluice: \(notice)") }
      Console.print(configuration.effectiveText())
    } catch {
      Console.error(error.description)
      exit(2)
    }
  }
}
