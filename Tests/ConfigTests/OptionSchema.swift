import Config
import Policy

/// Renders the option table as a JSON schema (draft 7, which editors know best).
struct OptionSchema {
  /// The text of `config/schema.json`.
  static var text: String {
    var members: [(String, SchemaValue)] = [
      ("$schema", .string("http://json-schema.org/draft-07/schema#")),
      ("title", .string("Sluice configuration")),
      ("definitions", .object([("variable", .object([("type", .string("string")), ("pattern", .string("\\$\\{"))]))])),
    ]
    members += type(OptionTable.root)
    return SchemaValue.object(members).text(indent: 0) + "\n"
  }

  private static let variable = SchemaValue.object([("$ref", .string("#/definitions/variable"))])

  private static func option(_ option: ConfigOption) -> SchemaValue {
    var members: [(String, SchemaValue)] = [("description", .string(option.summary))]
    if case .value(let value) = option.standard { members.append(("default", .raw(value))) }
    return .object(members + type(option.type))
  }

  private static func type(_ type: OptionType) -> [(String, SchemaValue)] {
    switch type {
    case .text, .secret: text(minLength: 1)
    case .textOrEmpty: text(minLength: 0)
    case .bool: anyOf([[("type", .string("boolean"))], [("enum", .list([.string("true"), .string("false")]))]])
    case .integer(let range): anyOf([numbers("integer", "\(range.lowerBound)", "\(range.upperBound)")])
    case .integerOrOff(let range):
      anyOf([numbers("integer", "\(range.lowerBound)", "\(range.upperBound)"), [("const", .string("off"))]])
    case .number(let range): anyOf([numbers("number", "\(range.lowerBound)", "\(range.upperBound)")])
    case .duration(let range): anyOf([seconds(range), durationText])
    case .durationOrOff(let range): anyOf([seconds(range), durationText, [("const", .string("off"))]])
    case .size(let range):
      anyOf([
        numbers("integer", "\(range.lowerBound)", "\(range.upperBound)"),
        pattern("^[0-9]+(\\.[0-9]+)?(B|KB|kB|MB|GB|KiB|MiB|GiB)$"),
      ])
    case .choice(let words): anyOf([[("enum", .list(words.map { .string($0) }))]])
    case .list(let element, let max):
      [("type", .string("array")), ("maxItems", .raw("\(max)")), ("items", .object(Self.type(element)))]
    case .texts(let max):
      [
        ("type", .string("object")), ("maxProperties", .raw("\(max)")),
        ("additionalProperties", .object(text(minLength: 1))),
      ]
    case .section(let options): section(options)
    case .sectionOrOff(let options): anyOf([section(options), [("const", .string("off"))]])
    case .sectionOrName(let options, _): anyOf([section(options), text(minLength: 1)])
    case .sections(let options, let max):
      [
        ("type", .string("object")), ("maxProperties", .raw("\(max)")),
        ("additionalProperties", .object(section(options))),
      ]
    }
  }

  private static func section(_ options: [ConfigOption]) -> [(String, SchemaValue)] {
    let required = options.filter { if case .required = $0.standard { true } else { false } }
    var members: [(String, SchemaValue)] = [("type", .string("object")), ("additionalProperties", .raw("false"))]
    if !required.isEmpty { members.append(("required", .list(required.map { .string($0.name) }))) }
    members.append(("properties", .object(options.map { ($0.name, option($0)) })))
    return members
  }

  private static func anyOf(_ kinds: [[(String, SchemaValue)]]) -> [(String, SchemaValue)] {
    [("anyOf", .list(kinds.map { .object($0) } + [variable]))]
  }

  private static func text(minLength: Int) -> [(String, SchemaValue)] {
    [
      ("type", .string("string")), ("minLength", .raw("\(minLength)")),
      ("maxLength", .raw("\(OptionType.textBytesMax)")),
    ]
  }

  private static func numbers(_ type: String, _ minimum: String, _ maximum: String) -> [(String, SchemaValue)] {
    [("type", .string(type)), ("minimum", .raw(minimum)), ("maximum", .raw(maximum))]
  }

  private static func seconds(_ range: ClosedRange<Duration>) -> [(String, SchemaValue)] {
    numbers("number", "\(range.lowerBound / .seconds(1))", "\(range.upperBound / .seconds(1))")
  }

  private static var durationText: [(String, SchemaValue)] { pattern("^[0-9]+(\\.[0-9]+)?(h|m|s|ms|us|ns)$") }

  private static func pattern(_ pattern: String) -> [(String, SchemaValue)] {
    [("type", .string("string")), ("pattern", .string(pattern))]
  }
}

/// JSON with its members in order, printed with two spaces of indentation.
indirect enum SchemaValue {
  case string(String)
  /// Text that is JSON already.
  case raw(String)
  case list([SchemaValue])
  case object([(String, SchemaValue)])

  func text(indent: Int) -> String {
    let inner = String(repeating: " ", count: indent + 2)
    let outer = String(repeating: " ", count: indent)
    switch self {
    case .string(let string): return Self.quoted(string)
    case .raw(let text): return text
    case .list(let values):
      return "[\n" + values.map { inner + $0.text(indent: indent + 2) }.joined(separator: ",\n") + "\n\(outer)]"
    case .object(let members):
      let lines = members.map { "\(inner)\(Self.quoted($0.0)): \($0.1.text(indent: indent + 2))" }
      return "{\n" + lines.joined(separator: ",\n") + "\n\(outer)}"
    }
  }

  private static func quoted(_ text: String) -> String {
    "\"" + text.map { $0 == "\"" || $0 == "\\" ? "\\\($0)" : String($0) }.joined() + "\""
  }
}
