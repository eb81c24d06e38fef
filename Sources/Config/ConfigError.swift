/// One mistake in a configuration.
package struct ConfigError: Error, Equatable, Sendable, CustomStringConvertible {
  /// The file's name as it was given; empty without a file.
  package var file: String
  /// Where the mistake is.
  package var origin: ConfigOrigin
  /// The option, such as `upstreams[0].base_url`; empty for mistakes of the whole file.
  package var path: String
  /// What is wrong and what would be right; never contains a secret.
  package var message: String

  package init(file: String, origin: ConfigOrigin, path: String, message: String) {
    self.file = file
    self.origin = origin
    self.path = path
    self.message = message
  }

  /// `file:line:column: path: message`, or the variable or argument in place of the file.
  package var description: String {
    let place: String? =
      switch origin {
      case .file(let line, let column): "\(file):\(line):\(column)"
      case .variable(let name): "environment variable \(name)"
      case .argument(let name): "argument \(name)"
      case .builtIn: file.isEmpty ? nil : file
      }
    return [place, path.isEmpty ? nil : path, message].compactMap(\.self).joined(separator: ": ")
  }
}

/// Every mistake of a configuration, in the order of the file; never empty.
package struct ConfigErrors: Error, Equatable, Sendable, CustomStringConvertible {
  /// The mistakes, at most `MistakeList.listedMax` of them.
  package var errors: [ConfigError]

  package init(_ errors: [ConfigError]) {
    self.errors = errors
  }

  /// One line per mistake.
  package var description: String {
    errors.map(\.description).joined(separator: "\n")
  }
}

/// Collects the mistakes of one configuration.
struct MistakeList {
  /// Most mistakes that are listed; the rest is only counted.
  static let listedMax = 100

  /// The file's name, for the messages.
  let file: String
  private var errors: [ConfigError] = []
  private var unlisted = 0

  init(file: String) {
    self.file = file
  }

  mutating func add(_ origin: ConfigOrigin, _ path: String, _ message: String) {
    if errors.count < Self.listedMax {
      errors.append(ConfigError(file: file, origin: origin, path: path, message: message))
    } else {
      unlisted += 1
    }
  }

  /// The mistakes in the order of the file, then those from elsewhere; nil without any.
  var all: ConfigErrors? {
    guard !errors.isEmpty else { return nil }
    var sorted = errors.enumerated().sorted { left, right in
      (Self.rank(left.element.origin), left.offset) < (Self.rank(right.element.origin), right.offset)
    }.map(\.element)
    if unlisted > 0 {
      sorted.append(ConfigError(file: file, origin: .builtIn, path: "", message: "and \(unlisted) more mistakes"))
    }
    return ConfigErrors(sorted)
  }

  /// Lines before everything else; columns fit below a line, since a file has at most 2^24 bytes.
  private static func rank(_ origin: ConfigOrigin) -> Int {
    switch origin {
    case .file(let line, let column): line << 25 + column
    case .variable, .argument, .builtIn: Int.max
    }
  }
}
