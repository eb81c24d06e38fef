import Wire

/// A block as plain values, so that blocks from different sources compare.
package struct SeenBlock: Equatable, CustomStringConvertible {
  package var raw: [UInt8]
  package var data: [UInt8]?
  package var dataLines: Int
  package var event: [UInt8]?
  package var hasOtherFields: Bool

  package var description: String { "\(String(decoding: raw, as: UTF8.self).debugDescription) event \(event ?? [])" }
}

/// Event streams cut into blocks the slow and obvious way: whole text in, one line after the other.
package enum ReferenceSSE {
  package static func blocks(_ text: [UInt8]) -> [SeenBlock] {
    var blocks: [SeenBlock] = []
    var block = SeenBlock(raw: [], data: nil, dataLines: 0, event: nil, hasOtherFields: false)
    for (index, line) in lines(text).enumerated() {
      block.raw += line.content + line.end
      let content =
        index == 0 && line.content.starts(with: [0xEF, 0xBB, 0xBF]) ? [UInt8](line.content.dropFirst(3)) : line.content
      guard content.isEmpty else {
        note(content, in: &block)
        continue
      }
      blocks.append(block)
      block = SeenBlock(raw: [], data: nil, dataLines: 0, event: nil, hasOtherFields: false)
    }
    return blocks
  }

  private static func note(_ line: [UInt8], in block: inout SeenBlock) {
    let colon = line.firstIndex(of: 0x3A) ?? line.endIndex
    let name = String(decoding: line[..<colon], as: UTF8.self)
    var value = [UInt8](line[colon...].dropFirst())
    if value.first == 0x20 { value.removeFirst() }
    switch name {
    case "" where colon == 0: break
    case "data":
      if block.dataLines == 0 { block.data = [] } else { block.data?.append(0x0A) }
      block.data?.append(contentsOf: value)
      block.dataLines += 1
    case "event": block.event = value
    default: block.hasOtherFields = true
    }
  }

  /// The complete lines of `text`, each with its own line end.
  private static func lines(_ text: [UInt8]) -> [(content: [UInt8], end: [UInt8])] {
    var lines: [(content: [UInt8], end: [UInt8])] = []
    var content: [UInt8] = []
    var index = 0
    while index < text.count {
      if text[index] == 0x0D, index + 1 < text.count, text[index + 1] == 0x0A {
        lines.append((content, [0x0D, 0x0A]))
        index += 1
      } else if text[index] == 0x0A || text[index] == 0x0D {
        lines.append((content, [text[index]]))
      } else {
        content.append(text[index])
        index += 1
        continue
      }
      content = []
      index += 1
    }
    return lines
  }
}

/// Feeds a scanner the way a connection would.
package struct SSEFeeder {
  /// Whether complete blocks are dropped from the buffer between the pieces.
  var drops: Bool

  package init(drops: Bool) { self.drops = drops }

  /// The blocks of `pieces`, scanned after each piece.
  package func blocks(_ pieces: [ArraySlice<UInt8>]) -> [SeenBlock] {
    var scanner = SSEScanner()
    var buffer: [UInt8] = []
    var seen: [SeenBlock] = []
    for piece in pieces {
      buffer += piece
      while let block = scanner.next(in: buffer.span) { seen.append(copy(block, buffer)) }
      if drops {
        let consumed = scanner.unfinishedFrom
        buffer.removeFirst(consumed)
        scanner.rebase(by: consumed)
      }
    }
    while let block = scanner.finish(in: buffer.span) { seen.append(copy(block, buffer)) }
    return seen
  }

  private func copy(_ block: SSEBlock, _ buffer: [UInt8]) -> SeenBlock {
    let first = block.data.map { Array(buffer[$0]) }
    let data = block.dataLines > 1 ? block.joinedData(in: buffer.span) : first
    return SeenBlock(
      raw: Array(buffer[block.range]), data: data, dataLines: block.dataLines,
      event: block.event.map { Array(buffer[$0]) },
      hasOtherFields: block.hasOtherFields)
  }
}
