/// The certificate for clients.
extension ConfigurationDecoder {
  /// `listen.tls`; nil where it is off, and after a mistake.
  mutating func tls(_ section: ConfigSection) -> TLSOptions? {
    guard let certFile = section.text("cert_file"), let keyFile = section.text("key_file") else { return nil }
    var options = TLSOptions(
      certFile: files.resolve(certFile), keyFile: files.resolve(keyFile), certificates: [], key: Secret(""))
    do throws(ConfigFileFailure) {
      options.certificates = try files.read(options.certFile, ConfigFiles.certificatesBytesMax)
    } catch {
      return mistake(in: "cert_file", of: section, options.certFile, error.message)
    }
    do throws(ConfigFileFailure) {
      options.key = Secret(try files.secret(keyFile))
    } catch {
      return mistake(in: "key_file", of: section, options.keyFile, error.message)
    }
    do throws(CertificateMistake) {
      if let notice = try files.check(options) { notices.append("`\(options.certFile)`: \(notice)") }
    } catch {
      return error.isInKey
        ? mistake(in: "key_file", of: section, options.keyFile, error.message)
        : mistake(in: "cert_file", of: section, options.certFile, error.message)
    }
    return options
  }

  private mutating func mistake(
    in option: String, of section: ConfigSection, _ file: String, _ message: String
  ) -> TLSOptions? {
    mistakes.add(section.origin(of: option), section.path(of: option), "`\(file)`: \(message)")
    return nil
  }
}
