/// Why a file that an option names could not be read: such as "No such file or directory".
package struct ConfigFileFailure: Error, Equatable, Sendable {
  /// The reason.
  package var message: String

  package init(_ message: String) {
    self.message = message
  }
}

/// Reads a whole file of at most `bytesMax` bytes, or throws why it cannot, also when the file is larger.
package typealias ConfigFileReader = (_ path: String, _ bytesMax: Int) throws(ConfigFileFailure) -> [UInt8]

/// The files that options name, relative to the configuration file's own folder.
struct ConfigFiles {
  /// Largest file with a key.
  static let secretBytesMax = 64 << 10
  /// Largest file with certificates; a system's whole bundle has about 250 KiB.
  static let certificatesBytesMax = 4 << 20

  /// The configuration file's name as it was given; empty without one.
  let configuration: String
  let read: ConfigFileReader
  /// Looks at what `listen.tls` names.
  let check: CertificateCheck

  /// The path under which the process can open a file named in the configuration.
  func resolve(_ path: String) -> String {
    guard !path.hasPrefix("/"), let slash = configuration.lastIndex(of: "/") else { return path }
    return configuration[...slash] + path
  }

  /// The text of a file with a key, without the line ends at its end.
  func secret(_ path: String) throws(ConfigFileFailure) -> String {
    var bytes = try read(resolve(path), Self.secretBytesMax)[...]
    while let last = bytes.last, last == UInt8(ascii: "\n") || last == UInt8(ascii: "\r") { bytes.removeLast() }
    guard let text = String(validating: bytes, as: UTF8.self) else { throw ConfigFileFailure("is not valid UTF-8") }
    return text
  }

  /// Makes sure that a file has certificates in it, so that a wrong name shows now and not with the first request.
  func checkCertificates(_ path: String) throws(ConfigFileFailure) {
    let lines = try read(resolve(path), Self.certificatesBytesMax).split(separator: UInt8(ascii: "\n"))
    guard lines.contains(where: { $0.starts(with: "-----BEGIN ".utf8) }) else {
      throw ConfigFileFailure("has no PEM certificate in it")
    }
  }
}
