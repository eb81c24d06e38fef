/// Finds the longest of many texts that a name starts with, at a cost that hardly grows with their number.
///
/// The texts are sorted by bytes. Whatever a name starts with stands at or before the last text that is not above the
/// name, and that one starts with it, too: so a binary search and a walk over the beginnings of one text are enough.
struct PrefixIndex: Equatable, Sendable {
  private struct Text: Equatable, Sendable {
    var bytes: [UInt8]
    var entry: Int
    /// Index of the longest other text that this one starts with; -1 = none.
    var shorter: Int
  }

  private let texts: [Text]

  /// An index of these texts; of two equal ones the first counts.
  init(_ given: [(bytes: [UInt8], entry: Int)]) {
    let sorted = given.enumerated().sorted { left, right in
      if left.element.bytes == right.element.bytes { return left.offset < right.offset }
      return left.element.bytes.lexicographicallyPrecedes(right.element.bytes)
    }
    var texts: [Text] = []
    for (_, element) in sorted where texts.last?.bytes != element.bytes {
      // The texts that the last one starts with are the only ones that can begin the next one in order.
      var shorter = texts.count - 1
      while shorter >= 0, !element.bytes.starts(with: texts[shorter].bytes) { shorter = texts[shorter].shorter }
      texts.append(Text(bytes: element.bytes, entry: element.entry, shorter: shorter))
    }
    self.texts = texts
  }

  /// The longest text that `name` starts with: its length in bytes, and its entry.
  func longest(of name: [UInt8]) -> (length: Int, entry: Int)? {
    var below = 0
    var above = texts.count
    while below < above {
      let middle = (below + above) / 2
      if name.lexicographicallyPrecedes(texts[middle].bytes) { above = middle } else { below = middle + 1 }
    }
    var index = below - 1
    guard index >= 0 else { return nil }
    let common = zip(name, texts[index].bytes).prefix { $0 == $1 }.count
    while index >= 0, texts[index].bytes.count > common { index = texts[index].shorter }
    return index < 0 ? nil : (texts[index].bytes.count, texts[index].entry)
  }
}
