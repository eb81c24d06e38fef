/// The command line of the mock.
struct Options: Equatable, Sendable {
  var host = "127.0.0.1"
  /// 0: the system picks a free port.
  var port = 0
  var loops = 1
  /// Whether every connection closes behind its first answer.
  var closes = false
  var help = false
  /// A model name whose steps are printed instead of serving.
  var show: String?

  /// Reads the arguments after the program's name.
  static func parse(_ arguments: [String]) throws(ScenarioFailure) -> Options {
    var options = Options()
    var rest = arguments[...]
    while let name = rest.popFirst() {
      switch name {
      case "--host": options.host = try value(of: name, &rest)
      case "--port": options.port = try numeric(name, &rest, max: 65_535)
      case "--loops": options.loops = max(1, try numeric(name, &rest, max: 64))
      case "--close": options.closes = true
      case "--show": options.show = try value(of: name, &rest)
      case "--help", "-h", "help": options.help = true
      default: throw ScenarioFailure(message: "unknown argument '\(name)'; try --help")
      }
    }
    return options
  }

  private static func value(of name: String, _ rest: inout ArraySlice<String>) throws(ScenarioFailure) -> String {
    guard let value = rest.popFirst() else { throw ScenarioFailure(message: "\(name) needs a value") }
    return value
  }

  private static func numeric(
    _ name: String, _ rest: inout ArraySlice<String>, max: Int
  ) throws(ScenarioFailure) -> Int {
    let text = try value(of: name, &rest)
    guard let number = number(text), number <= max else {
      throw ScenarioFailure(message: "\(name) takes a number up to \(max), not '\(text)'")
    }
    return number
  }
}
