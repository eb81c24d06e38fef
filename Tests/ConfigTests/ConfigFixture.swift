import Config

/// Loads configurations from text, with an environment and files that exist only here.
struct ConfigFixture {
  var environment: [String: String] = [:]
  var files: [String: String] = [:]
  var overrides = ConfigurationOverrides()
  /// The name of the file in messages.
  var name = "test.json5"
  /// What looks at the certificate of `listen.tls`.
  var checkCertificate: CertificateCheck = { _ in nil }

  /// The configuration of a file with this text; nil = no file.
  func load(_ text: String?) throws(ConfigErrors) -> Configuration {
    try ConfigurationLoader.load(
      file: text.map { ConfigurationFile(name: name, bytes: Array($0.utf8)) },
      environment: { environment[$0] },
      readFile: { path, bytesMax throws(ConfigFileFailure) in
        guard let content = files[path] else { throw ConfigFileFailure("No such file or directory") }
        guard content.utf8.count <= bytesMax else { throw ConfigFileFailure("is larger than \(bytesMax) bytes") }
        return Array(content.utf8)
      },
      overrides: overrides, checkCertificate: checkCertificate)
  }

  /// The lines of the mistakes in a file with this text; empty = none.
  func mistakes(_ text: String?) -> [String] {
    do throws(ConfigErrors) {
      _ = try load(text)
      return []
    } catch {
      return error.errors.map(\.description)
    }
  }
}
