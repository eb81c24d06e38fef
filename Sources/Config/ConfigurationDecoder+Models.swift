import Policy

/// Models.
extension ConfigurationDecoder {
  /// The model table; models with mistakes are left out.
  mutating func models(_ root: ConfigSection, _ upstreams: [DecodedUpstream]) -> ModelTable {
    let sections = root.sections("models")
    // Also those with mistakes: whoever falls back on one of them makes no mistake of its own.
    let known = ModelTable(sections.compactMap { $0.text("name") }.map { ModelOptions(name: $0, upstream: 0) })
    var entries: [ModelOptions] = []
    var names: Set<String> = []
    for section in sections {
      let name = section.text("name")
      if let name {
        checkPattern(name, of: section)
        if !names.insert(name).inserted {
          mistakes.add(section.origin(of: "name"), section.path(of: "name"), "`\(name)` is there twice")
        }
      }
      checkRetry(of: section)
      let targets = targets(of: section, upstreams)
      let fallbacks = FallbackRules(
        models: fallbacks("fallbacks", of: section, known),
        contextLength: fallbacks("context_fallbacks", of: section, known),
        contentFilter: fallbacks("content_filter_fallbacks", of: section, known))
      let recovery: RecoveryMode = section.choice("recovery") ?? .off
      let malformed = malformed(of: section, recovery)
      let limit = queueLimit(of: section)
      guard let name, !targets.isEmpty else { continue }
      entries.append(
        ModelOptions(
          name: name, targets: targets, strategy: section.choice("strategy") ?? .priority, fallbacks: fallbacks,
          recovery: recovery, malformed: malformed, blockingOverStream: section.bool("stream_upstream") ?? false,
          blockingKeepAlive: section.duration("blocking_keep_alive"), limit: limit))
    }
    return ModelTable(entries)
  }

  /// One `*` at most, at the start or the end.
  private mutating func checkPattern(_ name: String, of section: ConfigSection) {
    let stars = name.count { $0 == "*" }
    if stars > 1 || (stars == 1 && name.first != "*" && name.last != "*") {
      mistakes.add(
        section.origin(of: "name"), section.path(of: "name"), "a wildcard has one `*`, at its start or its end")
    }
  }

  /// One `*` at most in what a wildcard's name leads to, and none elsewhere.
  private mutating func checkStars(_ text: String, in model: ConfigSection, _ origin: ConfigOrigin, _ path: String)
    -> Bool
  {
    let stars = text.count { $0 == "*" }
    if stars == 0 || (stars == 1 && model.text("name")?.contains("*") != false) { return true }
    mistakes.add(origin, path, "takes one `*` at most, and only where `name` is a wildcard")
    return false
  }

  /// A stream whose events pass unread cannot be put together from two.
  private mutating func malformed(of section: ConfigSection, _ recovery: RecoveryMode) -> MalformedEventPolicy {
    let standard: MalformedEventPolicy = recovery == .off ? .relay : .fail
    let malformed = section.choice("malformed_events") ?? standard
    if recovery != .off, malformed == .relay {
      mistakes.add(
        section.origin(of: "malformed_events"), section.path(of: "malformed_events"),
        "\"relay\" does not go with `recovery`, which promises a sound stream")
    }
    return malformed
  }

  // MARK: - Targets

  /// The targets of a model, those with mistakes left out.
  private mutating func targets(of model: ConfigSection, _ upstreams: [DecodedUpstream]) -> [RouteTarget] {
    guard model.has("targets") else { return [target(model, of: model, upstreams)].compactMap(\.self) }
    for name in ["upstream", "model"] where model.has(name) {
      mistakes.add(model.origin(of: name), model.path(of: name), "means nothing beside `targets`")
    }
    if model.isEmptyList("targets") {
      mistakes.add(model.origin(of: "targets"), model.path(of: "targets"), "needs one target at least")
    }
    let strategy: RouteStrategy = model.choice("strategy") ?? .priority
    var targets: [RouteTarget] = []
    for section in model.sections("targets") {
      checkRetry(of: section)
      guard var target = target(section, of: model, upstreams) else { continue }
      if targets.contains(where: { $0.upstream == target.upstream && $0.model == target.model }) {
        mistakes.add(section.node?.origin ?? .builtIn, section.path, "has the same upstream and model as another one")
      }
      if target.weight != 1, strategy == .priority || strategy == .fastest {
        notices.append("\(section.path(of: "weight")) has no effect with the strategy \"\(strategy.rawValue)\"")
      }
      // The deadline is the request's, whichever targets it meets.
      target.timeouts.total = targets.first?.timeouts.total ?? target.timeouts.total
      targets.append(target)
    }
    return targets
  }

  /// One target; `section` is the model itself where it has only this one.
  private mutating func target(
    _ section: ConfigSection, of model: ConfigSection, _ upstreams: [DecodedUpstream]
  ) -> RouteTarget? {
    let name = section.text("model")
    if let name { _ = checkStars(name, in: model, section.origin(of: "model"), section.path(of: "model")) }
    guard let upstream = upstream(of: section, upstreams) else { return nil }
    let base = upstreams[upstream].options
    var timeouts = model.section("timeouts").timeouts(over: base.timeouts)
    var retry = retry(of: model, over: base.retry)
    if section.path != model.path {
      timeouts = section.section("timeouts").timeouts(over: timeouts)
      retry = self.retry(of: section, over: retry)
    }
    return RouteTarget(
      upstream: upstream, model: name, weight: section.integer("weight") ?? 1,
      priority: section.integer("priority") ?? 0, acceptsPrefill: section.bool("prefill") ?? false,
      timeouts: timeouts, retry: retry)
  }

  private mutating func upstream(of section: ConfigSection, _ upstreams: [DecodedUpstream]) -> Int? {
    guard section.has("upstream") else {
      if upstreams.count == 1 { return 0 }
      if upstreams.count > 1 {
        mistakes.add(
          section.origin(of: "name"), section.path(of: "upstream"), "is missing, and there is more than one upstream")
      }
      return nil
    }
    // Without a list of upstreams that can be read, every name would be an unknown one.
    guard let name = section.text("upstream"), !upstreams.isEmpty else { return nil }
    if let index = upstreams.firstIndex(where: { $0.name == name }) { return index }
    let hint = OptionSuggestion.hint(for: name, among: upstreams.compactMap(\.name))
    mistakes.add(section.origin(of: "upstream"), section.path(of: "upstream"), "there is no upstream `\(name)`" + hint)
    return nil
  }

  // MARK: - Fallbacks

  /// A list of models to fall back on, each of which `known` must answer for.
  private mutating func fallbacks(_ name: String, of section: ConfigSection, _ known: ModelTable) -> [String] {
    let own = section.text("name")
    var models: [String] = []
    for entry in section.texts(name) where checkStars(entry.text, in: section, entry.origin, entry.path) {
      if entry.text == own {
        mistakes.add(entry.origin, entry.path, "is the model itself")
      } else if models.contains(entry.text) {
        mistakes.add(entry.origin, entry.path, "`\(entry.text)` is there twice")
      } else if known.lookup(entry.text) == nil {
        let hint = OptionSuggestion.hint(for: entry.text, among: known.entries.map(\.name).filter { $0 != own })
        mistakes.add(entry.origin, entry.path, "no model answers for `\(entry.text)`" + hint)
      }
      models.append(entry.text)
    }
    return models
  }
}
