import Policy

/// Client keys, and what they share with the keys of upstreams.
extension ConfigurationDecoder {
  /// The client keys; those with mistakes are left out.
  mutating func clientKeys(_ root: ConfigSection) -> [ClientKey] {
    var keys: [ClientKey] = []
    var names: Set<String> = []
    // By digest, so that a key and its own digest count as the same.
    var owners: [[UInt8]: String] = [:]
    for section in root.sections("keys") {
      let name = section.text("name")
      if let name { checkName(name, of: section, seen: &names) }
      guard let credential = credential(section), let name else { continue }
      let key = ClientKey(name: name, credential: credential, admin: section.bool("admin") ?? false)
      if let other = owners.updateValue(name, forKey: key.digest.bytes) {
        mistakes.add(section.origin(of: "key"), section.path, "has the same key as `\(other)`")
      }
      keys.append(key)
    }
    return keys
  }

  private mutating func credential(_ section: ConfigSection) -> ClientKey.Credential? {
    let given = ["key", "key_file", "sha256"].filter(section.has)
    guard given.count == 1 else {
      let all = "`key`, `key_file` and `sha256`"
      let path = given.isEmpty ? section.path : section.path(of: given[1])
      let origin = given.isEmpty ? section.origin(of: "name") : section.origin(of: given[1])
      mistakes.add(origin, path, given.isEmpty ? "needs one of \(all)" : "takes only one of \(all)")
      return nil
    }
    guard section.has("sha256") else { return secret(section).map { .key($0) } }
    guard let hex = section.text("sha256"), OptionChecker.mistake(inSecret: hex) == nil else { return nil }
    guard let digest = Digest(hex: hex) else {
      mistakes.add(section.origin(of: "sha256"), section.path(of: "sha256"), "must be 64 hexadecimal digits")
      return nil
    }
    return .sha256(digest)
  }

  /// The secret that `key` or `key_file` of a section gives; nil without either and after a mistake.
  mutating func secret(_ section: ConfigSection) -> Secret? {
    if let key = section.text("key") { return Secret(key) }
    guard let file = section.text("key_file") else { return nil }
    return secret(inFile: file, section.origin(of: "key_file"), section.path(of: "key_file"))
  }

  /// The secrets that `key`, `key_file`, `keys` or `key_files` of an upstream give; those with mistakes are left out.
  mutating func secrets(_ section: ConfigSection) -> [Secret] {
    if let secret = secret(section) { return [secret] }
    var secrets: [Secret] = []
    for entry in section.texts("keys") + section.texts("key_files") {
      let isFile = !section.has("keys")
      guard let secret = isFile ? secret(inFile: entry.text, entry.origin, entry.path) : Secret(entry.text) else {
        continue
      }
      if secrets.contains(secret) { mistakes.add(entry.origin, entry.path, "is the same key as another one") }
      secrets.append(secret)
    }
    return secrets
  }

  private mutating func secret(inFile file: String, _ origin: ConfigOrigin, _ path: String) -> Secret? {
    do throws(ConfigFileFailure) {
      let text = try files.secret(file)
      if let mistake = OptionChecker.mistake(inSecret: text) { throw ConfigFileFailure(mistake) }
      return Secret(text)
    } catch {
      mistakes.add(origin, path, "`\(files.resolve(file))`: \(error.message)")
      return nil
    }
  }

  /// Checks the form of a section's `name` and that it is the first of its kind.
  mutating func checkName(_ name: String, of section: ConfigSection, seen: inout Set<String>) {
    let path = section.path(of: "name")
    if let mistake = ConfigText.mistake(inName: name) {
      mistakes.add(section.origin(of: "name"), path, mistake)
    } else if !seen.insert(name).inserted {
      mistakes.add(section.origin(of: "name"), path, "`\(name)` is there twice")
    }
  }
}
