import Config
import Policy

/// Renders the option table as the Markdown tables of `docs/configuration.md`.
struct OptionDocument {
  /// Stands before and after the tables.
  static let begin = "<!-- options: made from the option table; SLUICE_UPDATE_GENERATED=1 swift test writes it -->\n"
  static let end = "<!-- end of options -->\n"

  /// The tables: the top level, then each section once.
  static var text: String {
    var text = table("Top level", "", OptionTable.root.options)
    for option in OptionTable.root.options { text += tables(of: option, "") }
    return text
  }

  /// The table of an option that has one, then those of the options inside that do not stand at the top level, too.
  private static func tables(of option: ConfigOption, _ prefix: String) -> String {
    if case .sections = option.type { return "" }
    let options = option.type.options
    let names = OptionTable.root.options.map(\.name)
    guard !options.isEmpty, prefix.isEmpty || !names.contains(option.name) else { return "" }
    let isList = if case .list = option.type { true } else { false }
    let path = prefix + option.name + (isList ? "[]." : ".")
    return "\n" + table("`\(prefix)\(option.name)`", path, options) + options.map { tables(of: $0, path) }.joined()
  }

  private static func table(_ title: String, _ prefix: String, _ options: [ConfigOption]) -> String {
    let rows = options.map { option in
      "| `\(prefix)\(option.name)` | \(words(option.type)) | \(words(option.standard)) | \(option.summary) |\n"
    }
    return "### \(title)\n\n| option | value | default | what it does |\n|---|---|---|---|\n" + rows.joined()
  }

  private static func words(_ standard: ConfigOption.Standard) -> String {
    switch standard {
    case .value(let value): "`\(value)`"
    case .words(let words): words
    case .required: "required"
    }
  }

  private static func words(_ type: OptionType) -> String {
    switch type {
    case .text: "text"
    case .textOrEmpty: "text, may be empty"
    case .secret: "text, never shown"
    case .bool: "`true` or `false`"
    case .integer(let range): "\(range.lowerBound) to \(range.upperBound)"
    case .integerOrOff(let range): "\(range.lowerBound) to \(range.upperBound), or `\"off\"`"
    case .number(let range): "number, \(number(range.lowerBound)) to \(number(range.upperBound))"
    case .duration(let range): words(range)
    case .durationOrOff(let range): "\(words(range)), or `\"off\"`"
    case .size(let range): "size, \(SizeText.format(range.lowerBound)) to \(SizeText.format(range.upperBound))"
    case .choice(let words): words.map { "`\"\($0)\"`" }.joined(separator: ", ")
    case .list(let element, let max): "list, at most \(max): \(words(element))"
    case .texts(let max): "name: text, at most \(max)"
    case .section: "section"
    case .sectionOrOff: "section, or `\"off\"`"
    case .sectionOrName(_, let place): "section, or a name from `\(place)`"
    case .sections(_, let max): "name: section like `retry`, at most \(max)"
    }
  }

  private static func number(_ number: Double) -> String {
    Int(exactly: number).map { "\($0)" } ?? "\(number)"
  }

  private static func words(_ range: ClosedRange<Duration>) -> String {
    "duration, \(DurationText.format(range.lowerBound)) to \(DurationText.format(range.upperBound))"
  }
}
