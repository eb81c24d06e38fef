import Policy

/// Typed access to a section that `OptionChecker` has looked at.
///
/// nil means "not given" and also "given wrongly": the latter has been reported, so the default may stand in for it.
struct ConfigSection {
  /// The section itself; nil when it is not there.
  let node: ConfigNode?
  /// Its name for people; empty for the whole file.
  let path: String

  /// Where to point for a mistake about an option, or about the section when the option is not there.
  func origin(of name: String) -> ConfigOrigin {
    node?[name]?.origin ?? node?.origin ?? .builtIn
  }

  /// The full path of an option.
  func path(of name: String) -> String { OptionChecker.join(path, name) }

  func has(_ name: String) -> Bool { node?[name] != nil }
  /// Text; the empty text is taken for a mistake unless `orEmpty` says that it means something.
  func text(_ name: String, orEmpty: Bool = false) -> String? {
    node?[name]?.text.flatMap { $0.isEmpty && !orEmpty ? nil : $0 }
  }
  func bool(_ name: String) -> Bool? { node?[name]?.bool }
  func integer(_ name: String) -> Int? { node?[name]?.integer }
  func number(_ name: String) -> Double? { node?[name]?.number }
  func duration(_ name: String) -> Duration? { node?[name]?.duration }
  func size(_ name: String) -> Int? { node?[name]?.size }
  func choice<Choice: RawRepresentable<String>>(_ name: String) -> Choice? { text(name).flatMap(Choice.init) }
  func section(_ name: String) -> ConfigSection { ConfigSection(node: node?[name], path: path(of: name)) }

  /// The sections of a list; elements that are none are left out.
  func sections(_ name: String) -> [ConfigSection] {
    (node?[name]?.elements ?? []).enumerated().compactMap { index, element in
      guard case .object = element.value else { return nil }
      return ConfigSection(node: element, path: "\(path(of: name))[\(index)]")
    }
  }

  /// Whether a list is missing or has no elements. What should be a list and is none counts as one with some.
  func isEmptyList(_ name: String) -> Bool {
    guard let list = node?[name] else { return true }
    if case .array(let elements) = list.value { return elements.isEmpty }
    return false
  }

  /// The texts of a list, each with its origin and full path.
  func texts(_ name: String) -> [(text: String, origin: ConfigOrigin, path: String)] {
    (node?[name]?.elements ?? []).enumerated().compactMap { index, element in
      guard let text = element.text, !text.isEmpty else { return nil }
      return (text, element.origin, "\(path(of: name))[\(index)]")
    }
  }

  // MARK: - Sections that stand in several places

  /// Time limits with what this section overrides.
  func timeouts(over base: Timeouts) -> Timeouts {
    Timeouts(
      connect: duration("connect") ?? base.connect, firstEvent: duration("first_event") ?? base.firstEvent,
      idle: duration("idle") ?? base.idle, total: duration("total") ?? base.total)
  }

  /// Retries with what this section overrides.
  func retry(over base: RetryPolicy) -> RetryPolicy {
    RetryPolicy(
      attempts: integer("attempts") ?? base.attempts, initial: duration("initial") ?? base.initial,
      factor: number("factor") ?? base.factor, max: duration("max") ?? base.max,
      jitter: number("jitter") ?? base.jitter, retryAfterMax: duration("retry_after_max") ?? base.retryAfterMax,
      statuses: node?["statuses"].map { Set($0.elements.compactMap(\.integer)) } ?? base.statuses)
  }
}
