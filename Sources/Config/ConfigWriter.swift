/// Writes a tree as JSON5 that reads back as the same tree.
struct ConfigWriter {
  /// Longest line that a section or list without inner sections may share.
  private static let lineMax = 100

  private(set) var text = ""

  /// The text of a tree.
  static func text(of node: ConfigNode) -> String {
    var writer = ConfigWriter()
    writer.write(node, indent: 0)
    return writer.text + "\n"
  }

  private mutating func write(_ node: ConfigNode, indent: Int) {
    let line = Self.inline(node)
    if indent > 0, indent + line.count <= Self.lineMax {
      text += line
      return
    }
    switch node.value {
    case .object(let members):
      open("{", "}", indent, members) { writer, member in
        writer.text += Self.key(member.key) + ": "
        writer.write(member.value, indent: indent + 2)
      }
    case .array(let elements):
      open("[", "]", indent, elements) { writer, element in writer.write(element, indent: indent + 2) }
    case .null, .bool, .number, .string, .unknown: text += line
    }
  }

  private mutating func open<Element>(
    _ opening: String, _ closing: String, _ indent: Int, _ elements: [Element],
    _ each: (inout ConfigWriter, Element) -> Void
  ) {
    text += opening + "\n"
    for element in elements {
      text += String(repeating: " ", count: indent + 2)
      each(&self, element)
      text += ",\n"
    }
    text += String(repeating: " ", count: indent) + closing
  }

  private static func inline(_ node: ConfigNode) -> String {
    switch node.value {
    case .null, .unknown: return "null"
    case .bool(let bool): return "\(bool)"
    case .number(let number): return Int(exactly: number).map { "\($0)" } ?? "\(number)"
    case .string(let text): return quoted(text)
    case .array(let elements): return "[" + elements.map(inline).joined(separator: ", ") + "]"
    case .object(let members):
      if members.isEmpty { return "{}" }
      return "{ " + members.map { "\(key($0.key)): \(inline($0.value))" }.joined(separator: ", ") + " }"
    }
  }

  private static func key(_ key: String) -> String {
    let isPlain = key.utf8.allSatisfy { ($0 | 0x20 >= 0x61 && $0 | 0x20 <= 0x7A) || $0 == UInt8(ascii: "_") }
    return isPlain && !key.isEmpty ? key : quoted(key, isValue: false)
  }

  /// A string in quotes; in values a `${` is escaped, so that it is not taken for a variable.
  private static func quoted(_ text: String, isValue: Bool = true) -> String {
    var quoted = "\""
    let scalars = Array(text.unicodeScalars)
    for (index, scalar) in scalars.enumerated() {
      switch scalar {
      case "\"", "\\": quoted += "\\\(scalar)"
      case "$" where isValue && index + 1 < scalars.count && scalars[index + 1] == "{": quoted += "$$"
      default:
        if scalar.value < 0x20 || scalar.value == 0x7F {
          quoted += scalar.value < 0x10 ? "\\x0" : "\\x"
          quoted += String(scalar.value, radix: 16)
        } else {
          quoted.unicodeScalars.append(scalar)
        }
      }
    }
    return quoted + "\""
  }
}
