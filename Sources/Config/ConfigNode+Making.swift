import Policy

/// Nodes that come from nowhere, for trees that are written instead of read.
extension ConfigNode {
  static func text(_ text: String) -> ConfigNode { ConfigNode(.string(text), origin: .builtIn) }
  static var off: ConfigNode { text("off") }
  static func bool(_ bool: Bool) -> ConfigNode { ConfigNode(.bool(bool), origin: .builtIn) }
  static func number(_ number: Double) -> ConfigNode { ConfigNode(.number(number), origin: .builtIn) }
  static func integer(_ integer: Int) -> ConfigNode { number(Double(integer)) }
  static func duration(_ duration: Duration) -> ConfigNode { text(DurationText.format(duration)) }
  static func size(_ bytes: Int) -> ConfigNode { text(SizeText.format(bytes)) }
  static func list(_ nodes: [ConfigNode]) -> ConfigNode { ConfigNode(.array(nodes), origin: .builtIn) }
  static func texts(_ texts: [String]) -> ConfigNode { list(texts.map(text)) }

  /// A section; options without a value are left out.
  static func section(_ options: [(String, ConfigNode?)]) -> ConfigNode {
    let members = options.compactMap { name, node in
      node.map { ConfigMember(key: name, origin: .builtIn, value: $0) }
    }
    return ConfigNode(.object(members), origin: .builtIn)
  }
}
