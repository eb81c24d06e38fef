import Config
import Gateway
import Glibc

// The executable: reads the command line and does what it says. Exit status 0: done; 1: it failed; 2: the command line
// or the configuration is wrong.

// The Swift runtime reads the command line from /proc; without it, every command would silently be `serve`.
guard !CommandLine.arguments.isEmpty else {
  Console.error("sluice: the command line cannot be read; is /proc mounted?")
  exit(2)
}

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
