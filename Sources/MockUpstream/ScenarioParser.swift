/// Why a model name is not a scenario. The mock answers it with 400, so that a mistyped test fails at once.
struct ScenarioFailure: Error, Equatable, Sendable, CustomStringConvertible {
  let message: String

  var description: String { message }
}

extension Scenario {
  /// Reads a model name. A name that does not begin with `mock` is the plain scenario of that name.
  ///
  /// `file-mock…` and `resp_mock…` are read like `mock…`, so that ids in paths can carry a scenario too.
  static func parse(_ model: String) throws(ScenarioFailure) -> Scenario {
    var scenario = Scenario(model: model)
    var name = Substring(model)
    for prefix in ["file-", "resp_"] where name.hasPrefix(prefix + "mock") {
      name = name.dropFirst(prefix.count)
    }
    let parts = name.split(separator: ",", omittingEmptySubsequences: false)
    guard let first = parts.first, first == "mock" || first.hasPrefix("mock-") else { return scenario }
    for part in parts.dropFirst() {
      try scenario.apply(part)
    }
    return scenario
  }

  private mutating func apply(_ part: Substring) throws(ScenarioFailure) {
    let pair = part.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
    let name = String(pair[0])
    guard let key = ScenarioKey.byName[name] else {
      throw ScenarioFailure(message: "unknown scenario key '\(name)' in '\(model)'")
    }
    guard (key.value == nil) == (pair.count == 1) else {
      throw ScenarioFailure(message: "'\(name)' \(key.value == nil ? "takes no value" : "needs a value") in '\(model)'")
    }
    guard key.apply(&self, pair.count == 2 ? String(pair[1]) : "") else {
      throw ScenarioFailure(message: "'\(part)' is not a valid value in '\(model)'")
    }
  }
}

/// The longest number a scenario may hold: enough for any size or count, far from overflow.
private let numberMax = 1_000_000_000

/// A decimal number in 0...1,000,000,000.
func number(_ text: some StringProtocol) -> Int? {
  guard !text.isEmpty, text.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
  return Int(text).flatMap { $0 <= numberMax ? $0 : nil }
}

/// `250us`, `10ms`, `2s`; a bare number is milliseconds.
func duration(_ text: String) -> Duration? {
  let units: [(suffix: String, scale: (Int) -> Duration)] = [
    ("us", { .microseconds($0) }), ("ms", { .milliseconds($0) }), ("s", { .seconds($0) }), ("", { .milliseconds($0) }),
  ]
  guard let unit = units.first(where: { text.hasSuffix($0.suffix) }) else { return nil }
  return number(text.dropLast(unit.suffix.count)).map(unit.scale)
}

/// Replaces `%41` by `A` (RFC 3986 section 2.1); nil when an escape or the UTF-8 is broken.
func percentDecoded(_ text: some StringProtocol) -> String? {
  var bytes: [UInt8] = []
  var rest = text.utf8[...]
  while let byte = rest.popFirst() {
    guard byte == UInt8(ascii: "%") else {
      bytes.append(byte)
      continue
    }
    guard let high = rest.popFirst().flatMap(hexValue), let low = rest.popFirst().flatMap(hexValue) else { return nil }
    bytes.append(high << 4 | low)
  }
  return String(validating: bytes, as: UTF8.self)
}

private func hexValue(_ byte: UInt8) -> UInt8? {
  switch byte {
  case 0x30...0x39: byte - 0x30
  case 0x41...0x46: byte - 0x37
  case 0x61...0x66: byte - 0x57
  default: nil
  }
}
