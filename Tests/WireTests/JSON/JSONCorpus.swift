import Wire

/// Random documents and their spellings.
struct JSONCorpus {
  var random: CorpusRandom

  init(seed: UInt64) {
    random = CorpusRandom(seed: seed)
  }

  private static let names = ["model", "stream", "n", "a", "", "mo\"del", "ключ", "x\\y", "😀", "tab\t"]
  private static let texts = [
    "", "plain text", "with \"quotes\" and \\ backslashes", "line\nfeed\r\n", "\u{1}\u{1F}", "größer", "日本語のテキスト",
    "😀🎉", "a longer run of plain characters that spans several words of eight bytes", "/slash/",
  ]
  private static let numbers = ["0", "-0", "1", "-17", "3.25", "1e5", "2E-3", "9007199254740993", "0.1", "1.0e+2"]

  /// A random tree, at most `depth` levels deep.
  mutating func tree(depth: Int = 4) -> JSONTree {
    switch Int.random(in: 0..<(depth > 0 ? 7 : 5), using: &random) {
    case 0: return .null
    case 1: return .bool(Bool.random(using: &random))
    case 2: return .number(pick(Self.numbers))
    case 3, 4: return .string(pick(Self.texts))
    case 5: return .array((0..<Int.random(in: 0...4, using: &random)).map { _ in tree(depth: depth - 1) })
    default: return object(depth: depth)
    }
  }

  /// A random object whose names may repeat.
  mutating func object(depth: Int = 4) -> JSONTree {
    .object(
      (0..<Int.random(in: 0...6, using: &random)).map { _ in JSONTree.Member(pick(Self.names), tree(depth: depth - 1)) }
    )
  }

  /// One of the many spellings of `tree`: random white space, and escapes where none are needed.
  mutating func spelling(of tree: JSONTree) -> [UInt8] {
    var output = space()
    switch tree {
    case .object(let members):
      output.append(UInt8(ascii: "{"))
      output += space()
      for (index, member) in members.enumerated() {
        if index > 0 { output += [UInt8(ascii: ",")] + space() }
        output += spelling(ofText: member.name) + space() + [UInt8(ascii: ":")] + spelling(of: member.value)
      }
      output.append(UInt8(ascii: "}"))
    case .array(let elements):
      output.append(UInt8(ascii: "["))
      output += space()
      for (index, element) in elements.enumerated() {
        if index > 0 { output.append(UInt8(ascii: ",")) }
        output += spelling(of: element)
      }
      output.append(UInt8(ascii: "]"))
    case .string(let text): output += spelling(ofText: text)
    case .number(let spelling): output += Array(spelling.utf8)
    case .bool(let value): output += Array((value ? "true" : "false").utf8)
    case .null: output += Array("null".utf8)
    }
    return output + space()
  }

  mutating func pick<Element>(_ choices: [Element]) -> Element {
    choices[Int.random(in: 0..<choices.count, using: &random)]
  }

  private mutating func space() -> [UInt8] {
    random.oneIn(3) ? Array(pick([" ", "\n", "\t  ", "\r\n    ", "          "]).utf8) : []
  }

  private mutating func spelling(ofText text: String) -> [UInt8] {
    var output = [UInt8(ascii: "\"")]
    for scalar in text.unicodeScalars {
      if random.oneIn(6) {
        for unit in String(scalar).utf16 {
          let digits = String(unit, radix: 16, uppercase: Bool.random(using: &random))
          output += Array(("\\u" + String(repeating: "0", count: 4 - digits.count) + digits).utf8)
        }
      } else {
        JSONEscape.append(String(scalar), to: &output)
      }
    }
    return output + [UInt8(ascii: "\"")]
  }
}
