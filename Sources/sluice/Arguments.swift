import Config

/// The command line, read.
struct Arguments {
  enum Command: Equatable {
    case serve, check, health, version, help
  }

  var command: Command
  var configuration: String?
  var overrides = ConfigurationOverrides()

  /// Why a command line makes no sense.
  struct Mistake: Error {
    let message: String
  }

  init(_ words: [String]) throws(Mistake) {
    var rest = words[...]
    command = try Arguments.command(&rest)
    while let option = rest.popFirst() {
      let parts = option.split(separator: "=", maxSplits: 1).map(String.init)
      func value() throws(Mistake) -> String {
        if parts.count == 2 { return parts[1] }
        guard let next = rest.popFirst() else { throw Mistake(message: "\(option) needs a value") }
        return next
      }
      switch parts.first ?? "" {
      case "--config", "-c": configuration = try value()
      case "--host": overrides.host = try value()
      case "--port", "-p": overrides.port = try value()
      case "--loops": overrides.loops = try value()
      case "--help", "-h": command = .help
      case "--version": command = .version
      default: throw Mistake(message: "unknown option \(option); see `sluice help`")
      }
    }
  }

  private static func command(_ rest: inout ArraySlice<String>) throws(Mistake) -> Command {
    guard let first = rest.first, !first.hasPrefix("-") else { return .serve }
    rest.removeFirst()
    switch first {
    case "serve": return .serve
    case "check": return .check
    case "health": return .health
    case "version": return .version
    case "help": return .help
    default: throw Mistake(message: "unknown command \(first); see `sluice help`")
    }
  }

  static let help = """
    sluice: a local, OpenAI-compatible gateway

      sluice serve [--config FILE] [--host HOST] [--port PORT] [--loops N]
          Serves until SIGTERM or SIGINT. Port 0 picks a free one; N loops, by default one per core.
      sluice check [--config FILE] [--host HOST] [--port PORT] [--loops N]
          Checks the configuration and prints the effective one, secrets masked.
      sluice health [--config FILE] [--host HOST] [--port PORT]
          Asks a running gateway whether it is ready; exit status 0 if so.
      sluice version
      sluice help

    Without --config the file named by SLUICE_CONFIG is read; without either, OPENAI_API_KEY or SLUICE_UPSTREAM in the
    environment name the upstream, and with neither a built-in demo answers. SIGHUP reloads the file, SIGTERM finishes
    what is running and exits, a second one exits at once.

    """
}
