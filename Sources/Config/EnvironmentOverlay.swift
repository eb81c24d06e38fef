/// Lays environment variables and command-line arguments over the tree of the file.
///
/// The command line wins over the environment, the environment over the file; only `SLUICE_KEYS` adds to what the file
/// says. A variable that is empty counts as unset, since container tools often cannot leave one out.
struct EnvironmentOverlay {
  let environment: (String) -> String?
  let overrides: ConfigurationOverrides

  /// The tree with everything laid over it.
  func apply(to root: ConfigNode, mistakes: inout MistakeList) -> ConfigNode {
    var root = root
    set(&root, ["listen", "host"], from: "SLUICE_HOST")
    set(&root, ["listen", "port"], from: "SLUICE_PORT")
    set(&root, ["state", "path"], from: "SLUICE_STATE")
    if let text = variable("SLUICE_INSECURE") {
      let value: ConfigNode.Value = text == "1" ? .bool(true) : text == "0" ? .bool(false) : .string(text)
      let node = ConfigNode(value, origin: .variable("SLUICE_INSECURE"))
      root = root.setting(["listen", "insecure"], to: node)
    }
    if let text = variable("SLUICE_CORS_ORIGINS") {
      let origin = ConfigOrigin.variable("SLUICE_CORS_ORIGINS")
      let list = Self.entries(text).map { ConfigNode(.string($0), origin: origin) }
      root = root.setting(["cors", "origins"], to: ConfigNode(.array(list), origin: origin))
    }
    root = addKeys(to: root, mistakes: &mistakes)
    for (name, text) in [("host", overrides.host), ("port", overrides.port), ("loops", overrides.loops)] {
      guard let text else { continue }
      root = root.setting(["listen", name], to: ConfigNode(.string(text), origin: .argument("--\(name)")))
    }
    return root
  }

  private func variable(_ name: String) -> String? {
    environment(name).flatMap { $0.isEmpty ? nil : $0 }
  }

  private func set(_ root: inout ConfigNode, _ path: ArraySlice<String>, from name: String) {
    guard let text = variable(name) else { return }
    root = root.setting(path, to: ConfigNode(.string(text), origin: .variable(name)))
  }

  /// `name:secret,name2:secret2`, behind the keys of the file.
  private func addKeys(to root: ConfigNode, mistakes: inout MistakeList) -> ConfigNode {
    guard let text = variable("SLUICE_KEYS") else { return root }
    let origin = ConfigOrigin.variable("SLUICE_KEYS")
    var keys = root["keys"]?.elements ?? []
    for (index, entry) in Self.entries(text).enumerated() {
      guard let colon = entry.firstIndex(of: ":"), colon != entry.startIndex else {
        // The entry may be a secret without its name, so it is not shown.
        mistakes.add(origin, "", "entry \(index + 1) is not `name:secret`")
        continue
      }
      let members = [("name", entry[..<colon]), ("key", entry[entry.index(after: colon)...])].map { key, value in
        ConfigMember(key: key, origin: origin, value: ConfigNode(.string(String(value)), origin: origin))
      }
      keys.append(ConfigNode(.object(members), origin: origin))
    }
    if let existing = root["keys"] {
      guard case .array = existing.value else { return root }
    }
    return root.setting(["keys"], to: ConfigNode(.array(keys), origin: root["keys"]?.origin ?? origin))
  }

  /// The entries of a comma-separated list, without spaces around them; empty ones stay, to be found as mistakes.
  private static func entries(_ text: String) -> [String] {
    text.split(separator: ",", omittingEmptySubsequences: false).map { entry in
      var entry = entry
      while entry.first == " " { entry.removeFirst() }
      while entry.last == " " { entry.removeLast() }
      return String(entry)
    }
  }
}

/// What the command line says; each as typed, checked like any other value.
package struct ConfigurationOverrides: Equatable, Sendable {
  /// `--host`.
  package var host: String?
  /// `--port`.
  package var port: String?
  /// `--loops`.
  package var loops: String?

  package init(host: String? = nil, port: String? = nil, loops: String? = nil) {
    self.host = host
    self.port = port
    self.loops = loops
  }
}
