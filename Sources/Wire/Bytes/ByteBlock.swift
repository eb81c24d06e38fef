/// Sixteen bytes looked at together: what byte searches are made of, where `memchr` can look for one byte only.
///
/// A set bit pattern of all ones in a lane means "found". Works on every machine Swift has vectors for; on x86-64 and
/// arm64 each operation is one instruction.
struct ByteBlock {
  typealias Mask = SIMDMask<SIMD16<Int8>>

  static let width = 16

  let bytes: SIMD16<UInt8>

  /// The block at `offset`; all its bytes must be there.
  @inline(__always) init(_ source: RawSpan, at offset: Int) {
    bytes = unsafe source.unsafeLoadUnaligned(fromByteOffset: offset, as: SIMD16<UInt8>.self)
  }

  @inline(__always) func equals(_ byte: UInt8) -> Mask { bytes .== SIMD16(repeating: byte) }

  /// The lanes whose byte is a control character or no ASCII: as signed numbers both lie below the blank.
  @inline(__always) var isControlOrHigh: Mask {
    unsafe unsafeBitCast(bytes, to: SIMD16<Int8>.self) .< SIMD16<Int8>(repeating: 0x20)
  }

  /// The lanes whose byte no field value may contain (RFC 9110 section 5.5): controls but for HTAB, and DEL.
  @inline(__always) var isNoFieldValue: Mask {
    // Only signed numbers are compared in one instruction: moved down by 128, they keep their order.
    let moved = unsafe unsafeBitCast(bytes ^ SIMD16(repeating: 0x80), to: SIMD16<Int8>.self)
    return moved .< SIMD16(repeating: 0x20 ^ -128) .& .!equals(0x09) .| equals(0x7F)
  }

  /// The first lane found, if any.
  @inline(__always) static func first(of mask: Mask) -> Int? {
    let halves = unsafe unsafeBitCast(mask, to: SIMD2<UInt64>.self)
    if halves[0] | halves[1] == 0 { return nil }
    let low = UInt64(littleEndian: halves[0])
    return low != 0
      ? low.trailingZeroBitCount / 8 : 8 + UInt64(littleEndian: halves[1]).trailingZeroBitCount / 8
  }
}
