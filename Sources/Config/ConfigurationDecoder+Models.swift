import Policy

/// Models.
extension ConfigurationDecoder {
  /// The model table; models with mistakes are left out.
  mutating func models(_ root: ConfigSection, _ upstreams: [DecodedUpstream]) -> ModelTable {
    var entries: [ModelOptions] = []
    var names: Set<String> = []
    for section in root.sections("models") {
      let name = section.text("name")
      let model = section.text("model")
      if let name {
        checkPattern(name, target: model, of: section)
        if !names.insert(name).inserted {
          mistakes.add(section.origin(of: "name"), section.path(of: "name"), "`\(name)` is there twice")
        }
      }
      let upstream = upstream(of: section, upstreams)
      let base = upstream.map { upstreams[$0].options }
      let retry = retry(section, over: base?.retry ?? RetryPolicy())
      guard let name, let upstream, let base else { continue }
      entries.append(
        ModelOptions(
          name: name, upstream: upstream, model: model,
          timeouts: section.section("timeouts").timeouts(over: base.timeouts), retry: retry))
    }
    return ModelTable(entries)
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
    let near = OptionSuggestion.nearest(to: name, among: upstreams.compactMap(\.name))
    let hint = near.map { "; did you mean `\($0)`?" } ?? ""
    mistakes.add(section.origin(of: "upstream"), section.path(of: "upstream"), "there is no upstream `\(name)`" + hint)
    return nil
  }

  /// One `*` at most, at the start or the end; in the upstream's name only where it has something to stand for.
  private mutating func checkPattern(_ name: String, target: String?, of section: ConfigSection) {
    let stars = name.count { $0 == "*" }
    if stars > 1 || (stars == 1 && name.first != "*" && name.last != "*") {
      mistakes.add(
        section.origin(of: "name"), section.path(of: "name"), "a wildcard has one `*`, at its start or its end")
    }
    guard let target else { return }
    let targetStars = target.count { $0 == "*" }
    if targetStars > 1 || (targetStars == 1 && stars == 0) {
      mistakes.add(
        section.origin(of: "model"), section.path(of: "model"),
        "takes one `*` at most, and only where `name` is a wildcard")
    }
  }
}
