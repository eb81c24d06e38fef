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
  /// - Parameter suppressed: names that libcurl must not send by itself.
  /// - Returns: the first node, `nil` for no lines.
  mutating func set(_ lines: HeaderLines, suppressed: [StaticString]) -> UnsafeMutablePointer<curl_slist>? {
    let extra = suppressed.reduce(0) { $0 + $1.utf8CodeUnitCount + 2 }
    reserve(bytes: lines.bytes.count + extra, count: lines.count + suppressed.count)
    var writer = Writer(text: text, nodes: nodes)
    lines.forEach { line in
      var content = lines.bytes[line]
      if content.suffix(2).elementsEqual([0x3a, 0x20]) {
        // libcurl takes `name:` for "do not send it"; an empty value is written `name;`.
        content = content.dropLast(2)
        writer.append(content, [0x3b])
      } else {
        writer.append(content, [])
      }
    }
    for name in suppressed { name.withUTF8Buffer { writer.append($0, [0x3a]) } }
    return writer.first
  }

  private mutating func reserve(bytes: Int, count: Int) {
    if text.count < bytes {
      text.deallocate()
      text = .allocate(capacity: max(bytes, 2 * text.count))
    }
    if nodes.count < count {
      nodes.deallocate()
      nodes = .allocate(capacity: max(count, 2 * nodes.count))
    }
  }

  /// Fills both blocks, line by line.
  private struct Writer {
    let text: UnsafeMutableBufferPointer<CChar>
    let nodes: UnsafeMutableBufferPointer<curl_slist>
    private var used = 0
    private var count = 0

    init(text: UnsafeMutableBufferPointer<CChar>, nodes: UnsafeMutableBufferPointer<curl_slist>) {
      self.text = text
      self.nodes = nodes
    }

    var first: UnsafeMutablePointer<curl_slist>? { count > 0 ? nodes.baseAddress : nil }

    mutating func append(_ content: some Sequence<UInt8>, _ end: [UInt8]) {
      guard let firstText = text.baseAddress, let firstNode = nodes.baseAddress else { return }
      (firstNode + count).initialize(to: curl_slist(data: firstText + used, next: nil))
      if count > 0 { nodes[count - 1].next = firstNode + count }
      count += 1
      for byte in content { put(byte) }
      for byte in end { put(byte) }
      put(0)
    }

    private mutating func put(_ byte: UInt8) {
      text[used] = CChar(bitPattern: byte)
      used += 1
    }
  }
}
