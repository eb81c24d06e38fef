import Dispatch
import Glibc

/// Writes a line at once, whatever the descriptor is connected to.
func say(_ text: String, _ descriptor: Int32) {
  let line = Array((text + "\n").utf8)
  _ = write(descriptor, line, line.count)
}

do {
  let options = try Options.parse(Array(CommandLine.arguments.dropFirst()))
  if options.help {
    print(Help.text)
  } else if let model = options.show {
    print(try Help.steps(of: model))
  } else {
    let process = try MockProcess(options)
    say("listening on \(process.url)", STDOUT_FILENO)
    withExtendedLifetime(process) { dispatchMain() }
  }
} catch {
  say("MockUpstream: \(error)", STDERR_FILENO)
  exit(2)
}
