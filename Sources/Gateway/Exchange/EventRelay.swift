import Dialects
import Policy
import Wire

/// Cuts an upstream's event stream at event boundaries, so that the client is never left in the middle of an event.
///
/// Bytes of complete events are passed on as they came, at once. The tail of an unfinished event is held back, bounded:
/// its reader could do nothing with it anyway, and an error or a keep-alive can follow cleanly. An event beyond the cap
/// is passed on in pieces; until it ends, `isAtBoundary` is false.
struct EventRelay {
  private var scanner = SSEScanner()
  private let heldMax: Int
  private var held: [UInt8] = []
  private var oversize: BoundaryFinder?

  /// - Parameter heldMax: the size of an event beyond which it is passed on in pieces.
  init(heldMax: Int = Limits.heldEventBytesMax) {
    self.heldMax = heldMax
  }

  /// Whether what has been passed on ends between two events.
  var isAtBoundary: Bool { oversize == nil }

  /// Bytes held back.
  var heldCount: Int { held.count }

  /// Takes the next bytes.
  ///
  /// - Parameters:
  ///   - observe: sees each complete event, in the source it lies in; false ends the stream behind that event, and
  ///     what follows is dropped.
  ///   - emit: takes the bytes to pass on; called at most twice.
  /// - Returns: false when `observe` has ended the stream.
  mutating func take(
    _ bytes: UnsafeRawBufferPointer, observe: (SSEBlock, Span<UInt8>) -> Bool, emit: (UnsafeRawBufferPointer) -> Void
  ) -> Bool {
    var rest = bytes
    if var finder = oversize {
      let end = finder.advance(rest)
      emit(UnsafeRawBufferPointer(rebasing: rest[..<end]))
      guard finder.isFound else {
        oversize = finder
        return true
      }
      oversize = nil
      rest = UnsafeRawBufferPointer(rebasing: rest[end...])
    }
    return held.isEmpty ? takeDirectly(rest, observe, emit) : takeHeld(rest, observe, emit)
  }

  /// The tail of a stream that has ended in the middle of an event, or behind a last line end that could not be judged.
  ///
  /// - Parameter repairs: whether a last event that lacks nothing but its line ends gets them, because readers pass
  ///   over an event without them, and whether a part of an event is left out, because they fail on it.
  mutating func finish(repairs: Bool = false, observe: (SSEBlock, Span<UInt8>) -> Bool) -> [UInt8] {
    var tail = held
    held = []
    while let block = scanner.finish(in: tail.span) {
      if !observe(block, tail.span) { return tail }
    }
    let whole = scanner.unfinishedFrom
    guard repairs, whole < tail.count else { return tail }
    // One byte after a line feed ends the event; after a return a line feed would only belong to it.
    tail += tail.last == 0x0a ? [0x0a] : [0x0a, 0x0a]
    guard let block = scanner.finish(in: tail.span), block.data != nil, EventSoundness.isSound(block, in: tail.span)
    else { return Array(tail[..<whole]) }
    _ = observe(block, tail.span)
    return tail
  }

  private mutating func takeDirectly(
    _ bytes: UnsafeRawBufferPointer, _ observe: (SSEBlock, Span<UInt8>) -> Bool,
    _ emit: (UnsafeRawBufferPointer) -> Void
  ) -> Bool {
    let (used, goesOn) = EventRelay.scan(Span(_unsafeBytes: bytes), &scanner, observe)
    if used > 0 { emit(UnsafeRawBufferPointer(rebasing: bytes[..<used])) }
    guard goesOn else { return false }
    scanner.rebase(by: used)
    if used < bytes.count { held.append(contentsOf: bytes[used...]) }
    passOnOversize(emit)
    return true
  }

  private mutating func takeHeld(
    _ bytes: UnsafeRawBufferPointer, _ observe: (SSEBlock, Span<UInt8>) -> Bool,
    _ emit: (UnsafeRawBufferPointer) -> Void
  ) -> Bool {
    held.append(contentsOf: bytes)
    // A copy, because `held` is being read from the same value.
    var advanced = scanner
    let (used, goesOn) = EventRelay.scan(held.span, &advanced, observe)
    scanner = advanced
    if used > 0 { held.withUnsafeBytes { emit(UnsafeRawBufferPointer(rebasing: $0[..<used])) } }
    guard goesOn else {
      held = []
      return false
    }
    if used > 0 {
      scanner.rebase(by: used)
      held.removeFirst(used)
    }
    passOnOversize(emit)
    return true
  }

  private static func scan(
    _ source: Span<UInt8>, _ scanner: inout SSEScanner, _ observe: (SSEBlock, Span<UInt8>) -> Bool
  ) -> (used: Int, goesOn: Bool) {
    var used = 0
    while let block = scanner.next(in: source) {
      used = block.range.upperBound
      if !observe(block, source) { return (used, false) }
    }
    return (used, true)
  }

  private mutating func passOnOversize(_ emit: (UnsafeRawBufferPointer) -> Void) {
    guard held.count > heldMax else { return }
    var finder = BoundaryFinder()
    held.withUnsafeBytes { bytes in
      _ = finder.advance(bytes)
      emit(bytes)
    }
    held = []
    // A return at the very end is an empty line for certain, although the scanner waits for what follows it.
    oversize = finder.isFound ? nil : finder
    scanner = SSEScanner()
  }
}

/// Finds the empty line that ends an event without keeping any of it.
struct BoundaryFinder {
  private var isLineEmpty = false
  private var lastWasReturn = false
  private(set) var isFound = false

  /// - Returns: how many bytes belong to the event, its empty line included.
  mutating func advance(_ bytes: UnsafeRawBufferPointer) -> Int {
    for (index, byte) in bytes.enumerated() {
      let isSecondHalf = lastWasReturn && byte == 0x0a
      lastWasReturn = byte == 0x0d
      if isSecondHalf { continue }
      guard byte == 0x0a || byte == 0x0d else {
        isLineEmpty = false
        continue
      }
      if isLineEmpty {
        isFound = true
        return index + 1
      }
      isLineEmpty = true
    }
    return bytes.count
  }
}
