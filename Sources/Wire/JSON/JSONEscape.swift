/// Turns text into the contents of a JSON string (RFC 8259, section 7).
package enum JSONEscape {
  /// Appends `text` with quotes, backslashes and control characters escaped, without surrounding quotes.
  package static func append(_ text: String, to output: inout [UInt8]) {
    output.reserveCapacity(output.count + text.utf8.count)
    for byte in text.utf8 {
      if byte >= 0x20, byte != JSONBytes.quote, byte != JSONBytes.backslash {
        output.append(byte)
      } else {
        appendEscape(byte, to: &output)
      }
    }
  }

  /// Appends `text` as a whole JSON string, quotes included.
  package static func appendQuoted(_ text: String, to output: inout [UInt8]) {
    output.append(JSONBytes.quote)
    append(text, to: &output)
    output.append(JSONBytes.quote)
  }

  /// `text` as a whole JSON string, quotes included.
  package static func quoted(_ text: String) -> [UInt8] {
    var output: [UInt8] = []
    appendQuoted(text, to: &output)
    return output
  }

  private static func appendEscape(_ byte: UInt8, to output: inout [UInt8]) {
    output.append(JSONBytes.backslash)
    switch byte {
    case JSONBytes.quote, JSONBytes.backslash: output.append(byte)
    case 0x0A: output.append(UInt8(ascii: "n"))
    case 0x0D: output.append(UInt8(ascii: "r"))
    case 0x09: output.append(UInt8(ascii: "t"))
    case 0x08: output.append(UInt8(ascii: "b"))
    case 0x0C: output.append(UInt8(ascii: "f"))
    default:
      output.append(contentsOf: "u00".utf8)
      output.append(byte < 0x10 ? UInt8(ascii: "0") : UInt8(ascii: "1"))
      let low = byte & 0x0F
      output.append(low < 10 ? UInt8(ascii: "0") + low : UInt8(ascii: "a") + low - 10)
    }
  }
}
