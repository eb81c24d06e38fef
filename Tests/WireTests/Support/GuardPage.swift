import Glibc

/// Memory between two unmapped pages, to run parsers on input that ends (or begins) exactly where reading on would
/// crash. One instance can be used again and again, by one test at a time.
final class GuardPage {
  /// Which end of the memory the bytes touch.
  enum Edge: CaseIterable {
    case front, back
  }

  private let pageSize: Int
  private let mapping: UnsafeMutableRawPointer
  private let mappedBytes: Int

  /// Bytes that fit.
  var capacity: Int { mappedBytes - 2 * pageSize }

  /// Memory for at least `capacity` bytes.
  init(capacity: Int) {
    pageSize = Int(getpagesize())
    let pages = (max(capacity, 1) + pageSize - 1) / pageSize
    mappedBytes = (pages + 2) * pageSize
    let address = mmap(nil, mappedBytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
    guard let address, address != MAP_FAILED else { fatalError("mmap failed: errno \(errno)") }
    mapping = address
    guard mprotect(mapping + pageSize, pages * pageSize, PROT_READ | PROT_WRITE) == 0 else {
      fatalError("mprotect failed: errno \(errno)")
    }
  }

  deinit {
    munmap(mapping, mappedBytes)
  }

  /// Runs `body` on a copy of `bytes` that touches the unmapped page at `edge`.
  func withBytes<Result>(_ bytes: some Collection<UInt8>, at edge: Edge, _ body: (Span<UInt8>) -> Result) -> Result {
    precondition(bytes.count <= capacity, "the guarded memory is too small for this input")
    let offset = edge == .front ? pageSize : pageSize + capacity - bytes.count
    let place = UnsafeMutableRawBufferPointer(start: mapping + offset, count: bytes.count)
    place.copyBytes(from: bytes)
    return body(Span<UInt8>(_unsafeBytes: UnsafeRawBufferPointer(place)))
  }
}
