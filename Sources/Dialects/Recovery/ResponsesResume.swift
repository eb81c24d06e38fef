import Wire

struct ResponsesResume: Sendable {
  var weight: Int { 0 }
  mutating func note(_ block: SSEBlock, in source: Span<UInt8>) {}
  mutating func begin() {}
  mutating func rewrite(_ block: SSEBlock, in source: Span<UInt8>) -> ResumeStep { .differs }
}
