import CSSL
import Glibc
import Reactor

/// The TLS of one connection: what a read has brought is taken apart here, and what is to be written is encrypted. Only
/// `flush` touches the socket.
final class TLSSession {
  /// What has come out of the bytes that were taken.
  enum Input: Equatable {
    /// So many bytes of plain text.
    case bytes(Int)
    /// Nothing more until the socket brings some.
    case needMore
    /// The peer has said that nothing more will come (`close_notify`).
    case ended
    /// The peer speaks HTTP, but no TLS.
    case plainHTTP
    /// This is no TLS that we speak; an alert that says so may be waiting to be sent.
    case failed
  }

  /// Encrypted bytes that wait for the socket, above which no more are encrypted.
  private static let aheadBytes = 32 << 10
  /// Plain text of one record (RFC 8446 section 5.1).
  private static let recordBytes = 16 << 10
  /// Encrypted bytes that wait for the socket when the peer is given up: it asks for answers that it does not read.
  static let unsentBytesMax = 128 << 10

  private let ssl: OpaquePointer
  /// What the socket has brought and OpenSSL has not read yet; only valid within the handler of that read.
  private var incoming = UnsafeRawBufferPointer(start: nil, count: 0)
  /// Encrypted bytes, of which `sent` are written.
  private var outgoing: [UInt8] = []
  private var sent = 0
  /// Whether the handshake is over.
  private(set) var isEstablished = false
  /// Whether the peer has been told, or is being told, that nothing more will come.
  private var hasEnded = false

  init(_ context: TLSContext, isServer: Bool = true) {
    guard let ssl = SSL_new(context.raw), let bio = BIO_new(TLSSession.method) else { fatalError("no memory for TLS") }
    self.ssl = ssl
    BIO_set_data(bio, Unmanaged.passUnretained(self).toOpaque())
    BIO_set_init(bio, 1)
    SSL_set_bio(ssl, bio, bio)
    if isServer { SSL_set_accept_state(ssl) } else { SSL_set_connect_state(ssl) }
  }

  deinit { SSL_free(ssl) }

  /// Encrypted bytes that wait for the socket.
  var unsentCount: Int { outgoing.count - sent }

  // MARK: - Reading

  /// Takes what the socket has brought; it is to be read out at once, with `read`, until that is no longer `.bytes`.
  func take(_ ciphertext: UnsafeRawBufferPointer) { incoming = ciphertext }

  /// Lets go of what was taken.
  func release() { incoming = UnsafeRawBufferPointer(start: nil, count: 0) }

  /// Decrypts as much as there is and goes into `buffer`; does the handshake before.
  func read(into buffer: UnsafeMutableRawBufferPointer) -> Input {
    guard let start = buffer.baseAddress else { return .needMore }
    // What others on this thread have left there would be taken for ours.
    ERR_clear_error()
    var count = 0
    var result: Int32 = 1
    while result > 0, count < buffer.count {
      result = SSL_read(ssl, start + count, Int32(buffer.count - count))
      if result > 0 { count += Int(result) }
    }
    if !isEstablished { isEstablished = SSL_is_init_finished(ssl) == 1 }
    if count > 0 { return .bytes(count) }
    switch SSL_get_error(ssl, result) {
    case SSL_ERROR_WANT_READ: return .needMore
    case SSL_ERROR_ZERO_RETURN: return .ended
    case _: return sluice_ssl_is_plain_http() == 1 && !isEstablished ? .plainHTTP : .failed
    }
  }

  // MARK: - Writing

  /// Whether nothing waits here; with `isLast` the end counts, too.
  func isWritten(isLast: Bool) -> Bool { unsentCount == 0 && (!isLast || hasEnded || !isEstablished) }

  /// Encrypts and writes as much as the socket takes, never far ahead of it.
  ///
  /// - Parameter isLast: whether the peer is to be told that nothing more will come.
  /// - Returns: as `OutputQueue.flush`; the bytes are encrypted ones.
  func flush(
    _ output: inout OutputQueue, isLast: Bool, _ descriptor: Int32, _ pool: inout BufferPool
  ) -> IOResult {
    var total = 0
    while true {
      while unsentCount > 0 {
        let result = outgoing.withUnsafeBytes {
          Syscalls.send(descriptor, UnsafeRawBufferPointer(rebasing: $0[sent...]))
        }
        switch result {
        case .bytes(let count):
          sent += count
          total += count
        case .wouldBlock: return total > 0 ? .bytes(total) : .wouldBlock
        case .failed: return result
        }
      }
      sent = 0
      pool.give(&outgoing)
      if isEstablished, !output.isEmpty {
        guard encrypt(&output, &pool) else { return .failed(EPROTO) }
      } else if !isWritten(isLast: isLast) {
        end()
      } else {
        return .bytes(total)
      }
    }
  }

  private func encrypt(_ output: inout OutputQueue, _ pool: inout BufferPool) -> Bool {
    outgoing = pool.take()
    ERR_clear_error()
    var isSound = true
    while isSound, !output.isEmpty, outgoing.count < TLSSession.aheadBytes {
      output.take(&pool) { bytes in
        let written = SSL_write(ssl, bytes.baseAddress, Int32(min(bytes.count, TLSSession.recordBytes)))
        isSound = written > 0
        return Int(max(0, written))
      }
    }
    return isSound
  }

  private func end() {
    hasEnded = true
    ERR_clear_error()
    _ = SSL_shutdown(ssl)
  }

  // MARK: - What OpenSSL calls

  /// Reads from `incoming` and writes to `outgoing`. OpenSSL's own memory BIOs would keep the size of the largest read.
  private nonisolated(unsafe) static let method: OpaquePointer? = {
    let method = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "sluice")
    BIO_meth_set_read(method) { bio, bytes, count in
      guard let bio, let bytes, let session = TLSSession.of(bio) else { return -1 }
      sluice_bio_clear(bio)
      let supplied = session.supply(UnsafeMutableRawBufferPointer(start: bytes, count: Int(count)))
      if supplied == 0 { sluice_bio_nothing_yet(bio) }
      return supplied > 0 ? Int32(supplied) : -1
    }
    BIO_meth_set_write(method) { bio, bytes, count in
      guard let bio, let bytes, let session = TLSSession.of(bio) else { return -1 }
      sluice_bio_clear(bio)
      session.outgoing.append(contentsOf: UnsafeRawBufferPointer(start: bytes, count: Int(count)))
      return count
    }
    BIO_meth_set_ctrl(method) { _, command, _, _ in command == BIO_CTRL_FLUSH ? 1 : 0 }
    return method
  }()

  private static func of(_ bio: OpaquePointer) -> TLSSession? {
    BIO_get_data(bio).map { Unmanaged<TLSSession>.fromOpaque($0).takeUnretainedValue() }
  }

  private func supply(_ buffer: UnsafeMutableRawBufferPointer) -> Int {
    let count = min(buffer.count, incoming.count)
    buffer.copyMemory(from: UnsafeRawBufferPointer(rebasing: incoming[..<count]))
    incoming = UnsafeRawBufferPointer(rebasing: incoming[count...])
    return count
  }
}
