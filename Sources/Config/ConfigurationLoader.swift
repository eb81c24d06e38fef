/// A configuration file's content and the name it goes by in messages.
package struct ConfigurationFile: Equatable, Sendable {
  /// The path as it was given; files named inside are relative to its folder.
  package var name: String
  /// The content, JSON5.
  package var bytes: [UInt8]

  package init(name: String, bytes: [UInt8]) {
    self.name = name
    self.bytes = bytes
  }
}

/// Makes a validated configuration from a file, the environment and the command line.
package enum ConfigurationLoader {
  /// Loads a configuration, or throws every mistake there is.
  ///
  /// The steps: read the file (no file is an empty one), put variables into its strings, lay environment and command
  /// line over it, fill in upstreams and models, check every option, decode. Only a syntax error ends it at once.
  /// - Parameters:
  ///   - environment: the value of a variable; nil = unset.
  ///   - readFile: reads the files that options name; also called for a reload, so a changed key file counts.
  ///   - checkCertificate: looks at the certificate of `listen.tls`.
  package static func load(
    file: ConfigurationFile?, environment: @escaping (String) -> String?, readFile: @escaping ConfigFileReader,
    overrides: ConfigurationOverrides = ConfigurationOverrides(),
    checkCertificate: @escaping CertificateCheck = { _ in nil }
  ) throws(ConfigErrors) -> Configuration {
    let name = file?.name ?? ""
    var mistakes = MistakeList(file: name)
    var root = try file.map(parse) ?? ConfigNode(.object([]), origin: .builtIn)
    root = Interpolation(environment: environment).expand(root, path: "", mistakes: &mistakes)
    root = EnvironmentOverlay(environment: environment, overrides: overrides).apply(to: root, mistakes: &mistakes)
    var zero = ZeroConfiguration(environment: environment)
    root = zero.complete(root, mistakes: &mistakes)
    var checker = OptionChecker(mistakes: mistakes)
    checker.check(root, as: OptionTable.root, path: "")
    var decoder = ConfigurationDecoder(
      files: ConfigFiles(configuration: name, read: readFile, check: checkCertificate), mistakes: checker.mistakes)
    var configuration = decoder.configuration(ConfigSection(node: root, path: ""))
    if let errors = decoder.mistakes.all { throw errors }
    configuration.notices = zero.notices + configuration.notices
    return configuration
  }

  private static func parse(_ file: ConfigurationFile) throws(ConfigErrors) -> ConfigNode {
    do {
      return try JSON5Reader.read(file.bytes)
    } catch {
      let origin = ConfigOrigin.file(line: error.line, column: error.column)
      throw ConfigErrors([ConfigError(file: file.name, origin: origin, path: "", message: error.message)])
    }
  }
}
