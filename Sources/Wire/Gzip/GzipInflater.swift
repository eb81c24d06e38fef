import CZlib

/// Expands a gzip stream (RFC 1952) piece by piece, within limits. Not shared between threads.
///
/// Several members in a row are one stream, as the format says. After a failure the inflater only fails again.
@safe package final class GzipInflater {
  private enum State {
    /// Before the first byte.
    case empty
    case inMember
    /// A member has ended; another one may follow.
    case betweenMembers
    case failed(GzipFailure)
  }

  /// zlib keeps the address of its stream, which must therefore not move. Nobody outside can reach it, which is why the
  /// class is `@safe`.
  private let stream: UnsafeMutablePointer<z_stream>
  private let limits: GzipLimits
  private var state = State.empty
  private var inputBytes = 0
  private var outputBytes = 0
  private var window = [UInt8](repeating: 0, count: GzipInflater.windowBytes)

  /// Output is produced in steps of this size, so that a limit is noticed soon after it is crossed.
  private static let windowBytes = 32 << 10

  /// An inflater at the start of a stream.
  package init(limits: GzipLimits = GzipLimits()) throws(GzipFailure) {
    self.limits = limits
    unsafe stream = .allocate(capacity: 1)
    unsafe stream.initialize(to: z_stream())
    // On failure zlib owns nothing, and the deinitialiser's `inflateEnd` refuses a stream without state.
    guard unsafe sluice_gzip_inflate_init(stream) == Z_OK else { throw .outOfMemory }
  }

  deinit {
    unsafe inflateEnd(stream)
    unsafe stream.deinitialize(count: 1)
    unsafe stream.deallocate()
  }

  /// Appends to `output` all that can be expanded from `input`, which is consumed whole.
  package func inflate(_ input: Span<UInt8>, into output: inout [UInt8]) throws(GzipFailure) {
    if case .failed(let failure) = state { throw failure }
    inputBytes += input.count
    let failure = unsafe input.withUnsafeBufferPointer { unsafe run($0, into: &output) }
    guard let failure else { return }
    state = .failed(failure)
    throw failure
  }

  /// Checks that the stream ended where its last member does.
  package func finish() throws(GzipFailure) {
    switch state {
    case .betweenMembers: return
    case .empty, .inMember: throw .truncated
    case .failed(let failure): throw failure
    }
  }

  private func run(_ input: UnsafeBufferPointer<UInt8>, into output: inout [UInt8]) -> GzipFailure? {
    // zlib does not write to its input; the C type merely lacks a const.
    unsafe stream.pointee.next_in = unsafe UnsafeMutablePointer(mutating: input.baseAddress)
    unsafe stream.pointee.avail_in = UInt32(clamping: input.count)
    guard unsafe stream.pointee.avail_in == input.count else { return .tooLarge }
    var windowFilled = false
    while unsafe stream.pointee.avail_in > 0 || windowFilled {
      if case .betweenMembers = state { guard unsafe inflateReset(stream) == Z_OK else { return .corrupt } }
      state = .inMember
      let (status, count) = step(into: &output)
      windowFilled = count == Self.windowBytes
      guard !limits.areExceeded(input: inputBytes, output: outputBytes) else { return .tooLarge }
      switch status {
      case Z_STREAM_END:
        state = .betweenMembers
        windowFilled = false
      case Z_OK: continue
      // No progress is possible without more input.
      case Z_BUF_ERROR: return nil
      case Z_MEM_ERROR: return .outOfMemory
      default: return .corrupt
      }
    }
    return nil
  }

  /// Expands one window's worth; zlib's status and the number of bytes.
  private func step(into output: inout [UInt8]) -> (status: Int32, count: Int) {
    unsafe window.withUnsafeMutableBufferPointer { buffer in
      unsafe stream.pointee.next_out = buffer.baseAddress
      unsafe stream.pointee.avail_out = UInt32(buffer.count)
      let status = unsafe CZlib.inflate(stream, Z_NO_FLUSH)
      let count = unsafe buffer.count - Int(stream.pointee.avail_out)
      outputBytes += count
      if outputBytes <= limits.outputBytesMax { unsafe output.append(contentsOf: buffer[..<count]) }
      return (status, count)
    }
  }
}
