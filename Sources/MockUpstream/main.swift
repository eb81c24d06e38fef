import Dispatch
import Glibc
import Reactor

/// Starts every loop on one port and prints the address once connections can be made.
func serve(_ options: Options) throws {
  _ = Syscalls.raiseDescriptorLimit()
  let recorder = Recorder()
  var port = UInt16(options.port)
  guard !Syscalls.isTaken(host: options.host, port: port) else {
    throw ScenarioFailure(message: "\(options.host):\(port) is taken")
  }
  for index in 0..<options.loops {
    let listening = try Syscalls.listen(host: options.host, port: port, backlog: 4096)
    port = Syscalls.localPort(listening)
    let loop = try EventLoop(index: index)
    running.append(loop)
    loop.start { servers.add(MockServer(loop: $0, listening: listening, recorder: recorder)) }
  }
  let host = options.host.contains(":") ? "[\(options.host)]" : options.host
  say("listening on http://\(host):\(port)", STDOUT_FILENO)
}

/// Writes a line at once, whatever the descriptor is connected to.
func say(_ text: String, _ descriptor: Int32) {
  let line = Array((text + "\n").utf8)
  _ = write(descriptor, line, line.count)
}

/// The loops and servers live as long as the process.
nonisolated(unsafe) var running: [EventLoop] = []
let servers = ServerBox()

do {
  let options = try Options.parse(Array(CommandLine.arguments.dropFirst()))
  if options.help {
    print(Help.text)
  } else if let model = options.show {
    print(try Help.steps(of: model))
  } else {
    try serve(options)
    dispatchMain()
  }
} catch {
  say("MockUpstream: \(error)", STDERR_FILENO)
  exit(2)
}
