/// Fills in upstreams and models where the file has none.
///
/// Upstreams: `SLUICE_UPSTREAM` (key: `SLUICE_UPSTREAM_KEY`), else OpenAI when `OPENAI_API_KEY` is set (elsewhere with
/// `OPENAI_BASE_URL`), else the built-in demo. Models: every name goes to the only upstream as it is.
struct ZeroConfiguration {
  let environment: (String) -> String?
  private(set) var notices: [String] = []

  init(environment: @escaping (String) -> String?) {
    self.environment = environment
  }

  /// OpenAI's own API.
  static let openAIBaseURL = "https://api.openai.com/v1"

  /// The tree with upstreams and models.
  mutating func complete(_ root: ConfigNode, mistakes: inout MistakeList) -> ConfigNode {
    guard case .object = root.value else { return root }
    var root = root
    if ConfigSection(node: root, path: "").isEmptyList("upstreams") {
      root = root.setting(["upstreams"], to: Self.list([upstream()]))
    } else if variable("SLUICE_UPSTREAM") != nil {
      notices.append("SLUICE_UPSTREAM is set but not used: the configuration file names its own upstreams")
    }
    guard ConfigSection(node: root, path: "").isEmptyList("models") else { return root }
    let upstreams = root["upstreams"]?.elements ?? []
    guard upstreams.count == 1 else {
      if upstreams.count > 1 {
        let message = "are missing: with more than one upstream, say which one answers for which model"
        mistakes.add(root["upstreams"]?.origin ?? root.origin, "models", message)
      }
      return root
    }
    let names = upstreams[0]["kind"]?.text == "demo" ? ["demo", "*"] : ["*"]
    return root.setting(["models"], to: Self.list(names.map { Self.section([("name", Self.text($0))]) }))
  }

  private mutating func upstream() -> ConfigNode {
    if let url = variable("SLUICE_UPSTREAM") {
      var members = [("name", Self.text("upstream")), ("base_url", Self.text(url, "SLUICE_UPSTREAM"))]
      if let key = variable("SLUICE_UPSTREAM_KEY") {
        members.append(("key", Self.text(key, "SLUICE_UPSTREAM_KEY")))
      }
      return Self.section(members, origin: .variable("SLUICE_UPSTREAM"))
    }
    if let key = variable("OPENAI_API_KEY") {
      let other = variable("OPENAI_BASE_URL")
      let url = other.map { Self.text($0, "OPENAI_BASE_URL") } ?? Self.text(Self.openAIBaseURL)
      let members = [("name", Self.text("openai")), ("base_url", url), ("key", Self.text(key, "OPENAI_API_KEY"))]
      return Self.section(members, origin: .variable("OPENAI_API_KEY"))
    }
    for name in ["OPENAI_BASE_URL", "SLUICE_UPSTREAM_KEY"] where variable(name) != nil {
      let needed = name == "OPENAI_BASE_URL" ? "OPENAI_API_KEY" : "SLUICE_UPSTREAM"
      notices.append("\(name) is set but not used, because \(needed) is not set")
    }
    notices.append(
      "no upstream is configured, so the built-in demo answers; set OPENAI_API_KEY or SLUICE_UPSTREAM, or name "
        + "`upstreams` in a configuration file")
    return Self.section([("name", Self.text("demo")), ("kind", Self.text("demo"))])
  }

  private func variable(_ name: String) -> String? {
    environment(name).flatMap { $0.isEmpty ? nil : $0 }
  }

  private static func text(_ text: String, _ variable: String? = nil) -> ConfigNode {
    ConfigNode(.string(text), origin: variable.map { .variable($0) } ?? .builtIn)
  }

  private static func list(_ elements: [ConfigNode]) -> ConfigNode {
    ConfigNode(.array(elements), origin: .builtIn)
  }

  private static func section(_ members: [(String, ConfigNode)], origin: ConfigOrigin = .builtIn) -> ConfigNode {
    let members = members.map { ConfigMember(key: $0.0, origin: origin, value: $0.1) }
    return ConfigNode(.object(members), origin: origin)
  }
}
