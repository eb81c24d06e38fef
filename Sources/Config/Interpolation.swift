/// Puts environment variables into the strings of a configuration.
///
/// `${NAME}` stands for the variable (a mistake when it is unset), `${NAME:-text}` for the variable or, when it is
/// unset or empty, the text up to the next `}`; `$${` is a plain `${`. Nothing else is special, and what a variable
/// contains is not looked at again.
struct Interpolation {
  /// Longest string after interpolation, in bytes.
  static let bytesMax = 64 << 10

  let environment: (String) -> String?

  /// The tree with every string interpolated; keys stay as they are.
  func expand(_ node: ConfigNode, path: String, mistakes: inout MistakeList) -> ConfigNode {
    switch node.value {
    case .null, .bool, .number, .unknown: return node
    case .string(let text):
      do {
        return ConfigNode(.string(try expand(text)), origin: node.origin)
      } catch {
        mistakes.add(node.origin, path, error.message)
        // The text itself would only cause a second message about the same place.
        return ConfigNode(.unknown, origin: node.origin)
      }
    case .array(let elements):
      let expanded = elements.enumerated().map { index, element in
        expand(element, path: "\(path)[\(index)]", mistakes: &mistakes)
      }
      return ConfigNode(.array(expanded), origin: node.origin)
    case .object(let members):
      let expanded = members.map { member in
        let inner = path.isEmpty ? member.key : "\(path).\(member.key)"
        let value = expand(member.value, path: inner, mistakes: &mistakes)
        return ConfigMember(key: member.key, origin: member.origin, value: value)
      }
      return ConfigNode(.object(expanded), origin: node.origin)
    }
  }

  /// Why a string cannot be interpolated.
  struct Failure: Error, Equatable {
    var message: String
  }

  /// One string interpolated.
  func expand(_ text: String) throws(Failure) -> String {
    var result = ""
    var rest = text[...]
    while let dollar = rest.firstIndex(of: "$") {
      result += rest[..<dollar]
      rest = rest[dollar...]
      if rest.hasPrefix("$${") {
        result += "${"
        rest = rest.dropFirst(3)
      } else if rest.hasPrefix("${") {
        result += try reference(&rest)
      } else {
        result += "$"
        rest = rest.dropFirst()
      }
    }
    result += rest
    guard result.utf8.count <= Self.bytesMax else {
      throw Failure(message: "is longer than \(Self.bytesMax >> 10) KiB with its variables")
    }
    return result
  }

  /// The value of the reference that `rest` starts with, which is removed.
  private func reference(_ rest: inout Substring) throws(Failure) -> String {
    guard let close = rest.firstIndex(of: "}") else {
      throw Failure(message: "`${` is never closed with `}`; write `$${` for a plain `${`")
    }
    let inside = rest.dropFirst(2)[..<close]
    rest = rest[rest.index(after: close)...]
    let name = inside.prefix { $0 != ":" }
    let sequel = inside[name.endIndex...]
    guard Self.isName(name), sequel.isEmpty || sequel.hasPrefix(":-") else {
      // What is inside may be a secret that was meant as a default.
      throw Failure(message: "has a `${…}` that is neither `${NAME}` nor `${NAME:-default}`")
    }
    let value = environment(String(name))
    if sequel.isEmpty {
      guard let value else {
        throw Failure(message: "the environment variable \(name) is not set; `${\(name):-…}` would give it a default")
      }
      return value
    }
    if let value, !value.isEmpty { return value }
    return String(sequel.dropFirst(2))
  }

  private static func isName(_ name: Substring) -> Bool {
    guard let first = name.utf8.first, !(UInt8(ascii: "0")...UInt8(ascii: "9")).contains(first) else { return false }
    return name.utf8.allSatisfy { byte in
      byte == UInt8(ascii: "_") || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
        || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
    }
  }
}
