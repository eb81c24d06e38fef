import Config
import Gateway
import Glibc

/// Where the configuration comes from: a file, the environment, the command line.
struct ConfigurationSource {
  /// Bytes of a configuration file.
  static let fileBytesMax = JSON5Reader.bytesMax

  let path: String?
  let overrides: ConfigurationOverrides

  init(_ arguments: Arguments) {
    path = arguments.configuration ?? ConfigurationSource.variable("SLUICE_CONFIG").flatMap { $0.isEmpty ? nil : $0 }
    overrides = arguments.overrides
  }

  /// Loads and checks the configuration anew.
  func load(checkCertificate: @escaping CertificateCheck = ServerCertificate.check) throws(ConfigErrors)
    -> Configuration
  {
    var file: ConfigurationFile?
    if let path {
      do throws(ConfigFileFailure) {
        file = ConfigurationFile(
          name: path, bytes: try ConfigurationSource.read(path, ConfigurationSource.fileBytesMax))
      } catch {
        throw ConfigErrors([ConfigError(file: path, origin: .builtIn, path: "", message: error.message)])
      }
    }
    return try ConfigurationLoader.load(
      file: file, environment: ConfigurationSource.variable, readFile: ConfigurationSource.read, overrides: overrides,
      checkCertificate: checkCertificate)
  }

  private static func variable(_ name: String) -> String? {
    getenv(name).map { String(cString: $0) }
  }

  private static func read(_ path: String, _ bytesMax: Int) throws(ConfigFileFailure) -> [UInt8] {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw ConfigFileFailure(String(cString: strerror(errno))) }
    defer { close(descriptor) }
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 64 << 10)
    while true {
      let count = Glibc.read(descriptor, &chunk, chunk.count)
      if count < 0, errno == EINTR { continue }
      guard count >= 0 else { throw ConfigFileFailure(String(cString: strerror(errno))) }
      if count == 0 { return bytes }
      bytes.append(contentsOf: chunk[..<count])
      guard bytes.count <= bytesMax else { throw ConfigFileFailure("is larger than \(bytesMax) bytes") }
    }
  }
}
