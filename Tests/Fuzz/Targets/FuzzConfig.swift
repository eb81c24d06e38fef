import Config

/// A configuration is taken, or refused with mistakes in words; what is told of one that is taken can be read, and
/// tells no secret.
func fuzzConfig(_ bytes: UnsafeBufferPointer<UInt8>) {
  let file = ConfigurationFile(name: "fuzz.json5", bytes: Array(bytes))
  do throws(ConfigErrors) {
    let configuration = try ConfigurationLoader.load(
      file: file, environment: { $0 == "UNSET" || $0.hasPrefix("SLUICE") ? nil : "value" },
      readFile: { path, _ throws(ConfigFileFailure) in
        guard path.hasSuffix("key") else { throw ConfigFileFailure("No such file or directory") }
        return Array("sk-file".utf8)
      })
    let text = configuration.effectiveText()
    must((try? JSON5Reader.read(Array(text.utf8))) != nil, "the effective configuration cannot be read")
    must(!text.contains("sk-file"), "a secret is told")
  } catch {
    must(!error.errors.isEmpty, "refused without a reason")
    for mistake in error.errors { must(!mistake.description.isEmpty, "a mistake without words") }
  }
}
