import Policy

/// Holds a tree against `OptionTable`: unknown and duplicate keys, missing values, wrong types, values out of range.
struct OptionChecker {
  var mistakes: MistakeList

  /// Checks a value of this type; `path` is its name for people.
  mutating func check(_ node: ConfigNode, as type: OptionType, path: String) {
    if case .unknown = node.value { return }
    switch type {
    case .section(let options):
      checkSection(node, options, path: path)
    case .list(let element, let max):
      guard case .array(let elements) = node.value else { return complain(node, path, "a list: [ … ]") }
      if elements.count > max { mistakes.add(node.origin, path, "has more than \(max) elements") }
      for (index, value) in elements.enumerated() { check(value, as: element, path: "\(path)[\(index)]") }
    case .sectionOrOff(let options):
      if node.text == "off" { return }
      guard case .object = node.value else { return complain(node, path, "a section: { … }, or \"off\"") }
      checkSection(node, options, path: path)
    case .sectionOrName(let options, let place):
      guard case .object = node.value else { return checkReference(node, to: place, path: path) }
      checkSection(node, options, path: path)
    case .sections(let options, let max):
      guard case .object(let members) = node.value else { return complain(node, path, "a section: { … }") }
      if members.count > max { mistakes.add(node.origin, path, "has more than \(max) entries") }
      checkDuplicates(members, path: path)
      for member in members { check(member.value, as: .section(options), path: Self.join(path, member.key)) }
    case .texts(let max):
      guard case .object(let members) = node.value else { return complain(node, path, "a section: { … }") }
      if members.count > max { mistakes.add(node.origin, path, "has more than \(max) entries") }
      checkDuplicates(members, path: path)
      for member in members { check(member.value, as: .text, path: Self.join(path, member.key)) }
    case .text, .textOrEmpty, .secret, .bool, .integer, .integerOrOff, .number, .duration, .durationOrOff, .size,
      .choice:
      checkScalar(node, type, path: path)
    }
  }

  // MARK: - Sections

  private mutating func checkSection(_ node: ConfigNode, _ options: [ConfigOption], path: String) {
    guard case .object(let members) = node.value else { return complain(node, path, "a section: { … }") }
    checkDuplicates(members, path: path)
    for member in members {
      let inner = Self.join(path, member.key)
      guard let option = options.first(where: { $0.name == member.key }) else {
        let hint = OptionSuggestion.find(for: member.key, among: options).map { "; did you mean `\($0)`?" } ?? ""
        mistakes.add(member.origin, inner, "is no option" + hint)
        continue
      }
      check(member.value, as: option.type, path: inner)
    }
    for option in options where node[option.name] == nil {
      if case .required = option.standard { mistakes.add(node.origin, Self.join(path, option.name), "is missing") }
    }
  }

  private mutating func checkReference(_ node: ConfigNode, to place: String, path: String) {
    guard node.text != nil else { return complain(node, path, "a section: { … }, or a name from `\(place)`") }
    checkText(node, path: path)
  }

  private mutating func checkDuplicates(_ members: [ConfigMember], path: String) {
    var first: [String: ConfigOrigin] = [:]
    for member in members {
      guard let earlier = first[member.key] else {
        first[member.key] = member.origin
        continue
      }
      let place = if case .file(let line, _) = earlier { " (first on line \(line))" } else { "" }
      mistakes.add(member.origin, Self.join(path, member.key), "is there twice\(place)")
    }
  }

  // MARK: - Scalars

  private mutating func checkScalar(_ node: ConfigNode, _ type: OptionType, path: String) {
    switch type {
    case .text: checkText(node, path: path)
    case .textOrEmpty: if node.text != "" { checkText(node, path: path) }
    case .secret: checkSecret(node, path: path)
    case .bool: if node.bool == nil { complain(node, path, "true or false") }
    case .integer(let range):
      if !(node.integer.map(range.contains) ?? false) {
        complain(node, path, "a whole number from \(range.lowerBound) to \(range.upperBound)")
      }
    case .integerOrOff(let range):
      if node.text != "off", !(node.integer.map(range.contains) ?? false) {
        complain(node, path, "\"off\" or a whole number from \(range.lowerBound) to \(range.upperBound)")
      }
    case .number(let range):
      if !(node.number.map(range.contains) ?? false) {
        complain(node, path, "a number from \(range.lowerBound) to \(range.upperBound)")
      }
    case .duration(let range):
      if !(node.duration.map(range.contains) ?? false) { complain(node, path, Self.describe(range)) }
    case .durationOrOff(let range):
      if node.text != "off", !(node.duration.map(range.contains) ?? false) {
        complain(node, path, "\"off\" or \(Self.describe(range))")
      }
    case .size(let range):
      if !(node.size.map(range.contains) ?? false) {
        let bounds = "\(SizeText.format(range.lowerBound)) to \(SizeText.format(range.upperBound))"
        complain(node, path, "a size such as \"32KiB\", or a number of bytes, from \(bounds)")
      }
    case .choice(let words):
      if !(node.text.map(words.contains) ?? false) {
        complain(node, path, words.map { "\"\($0)\"" }.joined(separator: " or "))
      }
    case .list, .texts, .section, .sectionOrOff, .sectionOrName, .sections: break
    }
  }

  private static func describe(_ range: ClosedRange<Duration>) -> String {
    let bounds = "\(DurationText.format(range.lowerBound)) to \(DurationText.format(range.upperBound))"
    return "a duration such as \"10s\" or \"500ms\", or a number of seconds, from \(bounds)"
  }

  private mutating func checkText(_ node: ConfigNode, path: String) {
    guard let text = node.text else { return complainOfNoText(node, path) }
    if text.isEmpty {
      mistakes.add(node.origin, path, "must not be empty")
    } else if text.utf8.count > OptionType.textBytesMax {
      mistakes.add(node.origin, path, "is longer than \(OptionType.textBytesMax) bytes")
    } else if text.utf8.contains(where: { $0 < 0x20 || $0 == 0x7F }) {
      mistakes.add(node.origin, path, "contains a line end or another control character")
    }
  }

  private mutating func checkSecret(_ node: ConfigNode, path: String) {
    guard let text = node.text else { return complainOfNoText(node, path) }
    if let mistake = Self.mistake(inSecret: text) { mistakes.add(node.origin, path, mistake) }
  }

  /// What is wrong with a key: it travels in a header field, so only visible ASCII will do.
  static func mistake(inSecret text: String) -> String? {
    if text.isEmpty { return "is empty; leave the option out for none" }
    if text.utf8.count > OptionType.textBytesMax { return "is longer than \(OptionType.textBytesMax) bytes" }
    if !text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) {
      return "contains a space, a line end or another character that is not visible ASCII"
    }
    return nil
  }

  // MARK: - Messages

  private mutating func complain(_ node: ConfigNode, _ path: String, _ expected: String) {
    mistakes.add(node.origin, path, "must be \(expected), not \(Self.describe(node))")
  }

  /// A number is not shown here: it may be a key without its quotes.
  private mutating func complainOfNoText(_ node: ConfigNode, _ path: String) {
    let found = if case .number = node.value { "a number" } else { Self.describe(node) }
    mistakes.add(node.origin, path, "must be text in quotes, not \(found)")
  }

  /// A value in words, short enough for a message.
  private static func describe(_ node: ConfigNode) -> String {
    switch node.value {
    case .null: "null (leave the option out instead)"
    case .bool(let bool): "\(bool)"
    case .number(let number): Int(exactly: number).map { "\($0)" } ?? "\(number)"
    case .string(let text): text.count <= 40 ? "\"\(text)\"" : "\"\(text.prefix(40))…\""
    case .array: "a list"
    case .object: "a section"
    case .unknown: "this"
    }
  }

  static func join(_ path: String, _ name: String) -> String {
    path.isEmpty ? name : "\(path).\(name)"
  }
}
