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
    for option in OptionTable.root.options where !option.type.options.isEmpty {
      let isList = if case .list = option.type { true } else { false }
      text += "\n" + table("`\(option.name)`", option.name + (isList ? "[]." : "."), option.type.options)
    }
    return text
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
    case .number(let range): "number, \(Int(range.lowerBound)) to \(Int(range.upperBound))"
    case .duration(let range): words(range)
    case .durationOrOff(let range): "\(words(range)), or `\"off\"`"
    case .size(let range): "size, \(SizeText.format(range.lowerBound)) to \(SizeText.format(range.upperBound))"
    case .choice(let words): words.map { "`\"\($0)\"`" }.joined(separator: ", ")
    case .list(let element, let max): "list, at most \(max): \(words(element))"
    case .texts(let max): "name: text, at most \(max)"
    case .section: "section"
    }
  }

  private static func words(_ range: ClosedRange<Duration>) -> String {
    "duration, \(DurationText.format(range.lowerBound)) to \(DurationText.format(range.upperBound))"
  }
}
