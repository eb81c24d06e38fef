import CZlib

/// Compresses to one gzip member (RFC 1952) piece by piece. Not shared between threads.
@safe package final class GzipDeflater {
  /// What must be in the output when a call returns.
  package enum Flush: Sendable {
    /// Whatever compresses best.
    case none
    /// All input so far, so that the reader can expand it at once.
    case sync
    /// All input, and the end of the member. No call may follow.
    case finish
  }

  /// zlib keeps the address of its stream, which must therefore not move. Nobody outside can reach it, which is why the
  /// class is `@safe`.
  private let stream: UnsafeMutablePointer<z_stream>
  private var window = [UInt8](repeating: 0, count: GzipDeflater.windowBytes)
  private static let windowBytes = 16 << 10

  /// A deflater at the start of a member; `level` 1 (fast) to 9 (small).
  package init(level: Int = 6) throws(GzipFailure) {
    unsafe stream = .allocate(capacity: 1)
    unsafe stream.initialize(to: z_stream())
    guard unsafe sluice_gzip_deflate_init(stream, Int32(min(max(level, 1), 9))) == Z_OK else { throw .outOfMemory }
  }

  deinit {
    unsafe deflateEnd(stream)
    unsafe stream.deinitialize(count: 1)
    unsafe stream.deallocate()
  }

  /// Appends to `output` what compressing `input` yields by now, as `flush` demands.
  package func deflate(_ input: Span<UInt8>, _ flush: Flush, into output: inout [UInt8]) {
    let mode: Int32 =
      switch flush {
      case .none: Z_NO_FLUSH
      case .sync: Z_SYNC_FLUSH
      case .finish: Z_FINISH
      }
    unsafe input.withUnsafeBufferPointer { buffer in
      var rest = unsafe buffer[...]
      // zlib counts in 32 bits: longer input goes in parts, of which only the last one flushes.
      repeat {
        let part = unsafe rest.prefix(Int(Int32.max))
        unsafe rest = unsafe rest.dropFirst(part.count)
        unsafe run(UnsafeBufferPointer(rebasing: part), rest.isEmpty ? mode : Z_NO_FLUSH, into: &output)
      } while unsafe !rest.isEmpty
    }
  }

  private func run(_ input: UnsafeBufferPointer<UInt8>, _ mode: Int32, into output: inout [UInt8]) {
    // zlib does not write to its input; the C type merely lacks a const.
    unsafe stream.pointee.next_in = unsafe UnsafeMutablePointer(mutating: input.baseAddress)
    unsafe stream.pointee.avail_in = UInt32(input.count)
    unsafe window.withUnsafeMutableBufferPointer { buffer in
      repeat {
        unsafe stream.pointee.next_out = buffer.baseAddress
        unsafe stream.pointee.avail_out = UInt32(buffer.count)
        // Every status but progress means that nothing is left to do, which a window left unfilled shows as well.
        _ = unsafe CZlib.deflate(stream, mode)
        unsafe output.append(contentsOf: buffer[..<(buffer.count - Int(stream.pointee.avail_out))])
      } while unsafe stream.pointee.avail_out == 0
    }
  }
}
