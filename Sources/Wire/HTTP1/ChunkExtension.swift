/// Where in the extensions of a chunk the reader is (RFC 9112 section 7.1.1):
/// `*( BWS ";" BWS name [ BWS "=" BWS ( token / quoted-string ) ] )`.
enum ChunkExtension: Sendable {
  /// In white space behind the size, where `;` must follow.
  case padding
  /// Behind `;`, before a name.
  case beforeName
  case name
  /// In white space behind a name, where `=` or `;` must follow.
  case afterName
  /// Behind `=`, before a value.
  case beforeValue
  case token
  case quoted
  /// Behind a backslash in a quoted string.
  case escaped
  /// Behind a value, where `;` may follow.
  case afterValue

  /// Whether the line may end here.
  var isWhole: Bool {
    switch self {
    case .name, .token, .afterValue: true
    case .padding, .beforeName, .afterName, .beforeValue, .quoted, .escaped: false
    }
  }

  /// The place behind `byte`; nil where it cannot stand.
  func next(_ byte: UInt8) -> ChunkExtension? {
    switch self {
    case .padding: padding(byte) ?? separator(byte)
    case .beforeName: padding(byte) ?? (HTTPByte.isToken(byte) ? .name : nil)
    case .name: HTTPByte.isToken(byte) ? .name : HTTPByte.isSpace(byte) ? .afterName : equals(byte) ?? separator(byte)
    case .afterName: padding(byte) ?? equals(byte) ?? separator(byte)
    case .beforeValue: padding(byte) ?? (byte == 0x22 ? .quoted : HTTPByte.isToken(byte) ? .token : nil)
    case .token: HTTPByte.isToken(byte) ? .token : HTTPByte.isSpace(byte) ? .padding : separator(byte)
    case .quoted: byte == 0x22 ? .afterValue : byte == 0x5C ? .escaped : HTTPByte.isFieldValue(byte) ? .quoted : nil
    case .escaped: HTTPByte.isFieldValue(byte) ? .quoted : nil
    case .afterValue: HTTPByte.isSpace(byte) ? .padding : separator(byte)
    }
  }

  private func padding(_ byte: UInt8) -> ChunkExtension? { HTTPByte.isSpace(byte) ? self : nil }

  private func separator(_ byte: UInt8) -> ChunkExtension? { byte == HTTPByte.semicolon ? .beforeName : nil }

  private func equals(_ byte: UInt8) -> ChunkExtension? { byte == 0x3D ? .beforeValue : nil }
}
