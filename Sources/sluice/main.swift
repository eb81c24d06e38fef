import Config
import Gateway
import Glibc

// The executable: reads the command line and does what it says. Exit status 0: done; 1: it failed; 2: the command line
// or the configuration is wrong.

let arguments: Arguments
do throws(Arguments.Mistake) {
  arguments = try Arguments(Array(CommandLine.arguments.dropFirst()))
} catch {
  Console.error("sluice: \(error.message)")
  exit(2)
}

switch arguments.command {
case .help: Console.print(Arguments.help)
case .version: Console.print("sluice \(Version.text)\n")
case .check: Check.run(arguments)
case .health: HealthProbe.run(arguments)
case .serve: Serve.run(arguments)
}
