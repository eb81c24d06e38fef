/// A `traceparent` header (W3C Trace Context, level 1, section 3.2): which trace a request belongs to.
package struct TraceContext: Equatable, Sendable {
  /// Names the whole trace; never zero.
  package var traceID: UInt128
  /// Names the span that made the request; never zero.
  package var parentID: UInt64
  /// Bit 0: the caller may have recorded the trace. Other bits are kept as they came.
  package var flags: UInt8

  /// Nil when an id is zero, which the specification forbids.
  package init?(traceID: UInt128, parentID: UInt64, flags: UInt8) {
    guard traceID != 0, parentID != 0 else { return nil }
    self.traceID = traceID
    self.parentID = parentID
    self.flags = flags
  }

  /// Reads a header value; nil when it is malformed, in which case a new trace begins.
  ///
  /// A version above 00 is read as far as 00 goes, as the specification asks; only there may more follow, after a dash.
  package init?(parsing value: String) {
    let bytes = Array(value.utf8)
    let dash = UInt8(ascii: "-")
    guard bytes.count >= 55, bytes[2] == dash, bytes[35] == dash, bytes[52] == dash,
      let version = Self.hex(bytes[0..<2]), version != 0xFF,
      bytes.count == 55 || (version > 0 && bytes[55] == dash),
      let traceID = Self.hex(bytes[3..<35]),
      let parentID = Self.hex(bytes[36..<52]),
      let flags = Self.hex(bytes[53..<55])
    else { return nil }
    self.init(traceID: traceID, parentID: UInt64(parentID), flags: UInt8(flags))
  }

  /// Whether the caller may have recorded the trace.
  package var isSampled: Bool { flags & 1 == 1 }

  /// The header value to send on, in version 00.
  package var headerValue: String {
    "00-\(Self.text(traceID, digits: 32))-\(Self.text(UInt128(parentID), digits: 16))"
      + "-\(Self.text(UInt128(flags), digits: 2))"
  }

  /// The same trace with another parent, for a request of our own within it; nil for a zero id.
  package func child(_ spanID: UInt64) -> TraceContext? {
    TraceContext(traceID: traceID, parentID: spanID, flags: flags)
  }

  /// Lower case only, as the specification has it.
  private static func hex(_ digits: ArraySlice<UInt8>) -> UInt128? {
    var value: UInt128 = 0
    for digit in digits {
      switch digit {
      case UInt8(ascii: "0")...UInt8(ascii: "9"): value = value << 4 | UInt128(digit - UInt8(ascii: "0"))
      case UInt8(ascii: "a")...UInt8(ascii: "f"): value = value << 4 | UInt128(digit - UInt8(ascii: "a") + 10)
      default: return nil
      }
    }
    return value
  }

  private static func text(_ value: UInt128, digits: Int) -> String {
    let hex = String(value, radix: 16)
    return String(repeating: "0", count: digits - hex.utf8.count) + hex
  }
}
