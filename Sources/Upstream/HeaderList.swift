import CCurl

/// Header lines in the form libcurl wants, a linked list of C strings, in two blocks of memory that are used again for
/// the next request. `curl_slist_append` would allocate twice per header.
///
/// libcurl reads the list while the transfer runs and never frees it.
struct HeaderList: ~Copyable {
  private var text: UnsafeMutableBufferPointer<CChar>
  private var nodes: UnsafeMutableBufferPointer<curl_slist>

  init() {
    text = .allocate(capacity: 2048)
    nodes = .allocate(capacity: 32)
  }

  deinit {
    text.deallocate()
    nodes.deallocate()
  }

  /// Replaces the list; the old one must not be in use any more.
  ///
  /// - Returns: the first node, `nil` for no lines.
  mutating func set(_ lines: HeaderLines) -> UnsafeMutablePointer<curl_slist>? {
    let bytes = lines.bytes
    let count = lines.count
    if text.count < bytes.count {
      text.deallocate()
      text = .allocate(capacity: max(bytes.count, 2 * text.count))
    }
    if nodes.count < count {
      nodes.deallocate()
      nodes = .allocate(capacity: max(count, 2 * nodes.count))
    }
    guard count > 0, let firstNode = nodes.baseAddress, let firstText = text.baseAddress else { return nil }
    var start = 0
    var index = 0
    for (position, byte) in bytes.enumerated() {
      text[position] = CChar(bitPattern: byte)
      guard byte == 0 else { continue }
      let next = index + 1 < count ? firstNode + index + 1 : nil
      (firstNode + index).initialize(to: curl_slist(data: firstText + start, next: next))
      start = position + 1
      index += 1
    }
    return firstNode
  }
}
