import TestSupport
import Wire

/// JSON is accepted exactly where the obvious reader accepts it; a tree that is written is read back; picks agree with
/// the tree; damaged text never traps.
func fuzzJSON(_ bytes: UnsafeBufferPointer<UInt8>) {
  let span = Span(_unsafeElements: bytes)
  walk(0..<span.count, span, depth: 0)
  if let value = JSONScan.value(span) { walk(value.range, span, depth: 0) }
  let tree = try? JSONTree.parse(span)
  if bytes.count <= 1024 { must((tree != nil) == ReferenceJSON.accepts(Array(bytes)), "the readers disagree") }
  guard let tree else { return }
  must((try? JSONTree.parse(tree.encoded.span)) == tree, "what was written reads otherwise")
  guard let root = try? JSONScan.document(span) else { return must(false, "one parser takes what another refuses") }
  let picked = JSONPick.member("model", of: root.range, in: span).flatMap { parse($0.range, span) }
  must(picked == tree["model"], "a pick is not what the tree has")
}

private func parse(_ range: Range<Int>, _ span: Span<UInt8>) -> JSONTree? {
  try? JSONTree.parse(span.extracting(range))
}

/// Every value, by the lenient readers.
private func walk(_ range: Range<Int>, _ span: Span<UInt8>, depth: Int) {
  guard depth < 8 else { return }
  var cursor = JSONCursor(range, in: span)
  while let member = cursor.nextMember(in: span) {
    _ = JSONString.decode(member.key, in: span)
    read(member.value, span, depth)
  }
  cursor = JSONCursor(range, in: span)
  while let element = cursor.nextElement(in: span) { read(element, span, depth) }
}

private func read(_ value: JSONValue, _ span: Span<UInt8>, _ depth: Int) {
  _ = JSONPick.string(value, in: span)
  _ = JSONPick.number(value, in: span)
  _ = JSONPick.integer(value, in: span)
  if value.kind == .object || value.kind == .array { walk(value.range, span, depth: depth + 1) }
}

/// Splice, then parse, is parse, then edit.
func fuzzJSONSplice(_ bytes: UnsafeBufferPointer<UInt8>) {
  let source = Array(bytes)
  guard let root = try? JSONScan.document(source.span), case .object(let members)? = try? JSONTree.parse(source.span)
  else { return }
  let inserted = JSONSplice.insertingMember("n\"", value: [0x37], intoObject: root.range, in: source)
  expect(inserted, [JSONTree.Member("n\"", .number("7"))] + members, "inserting")

  let removed = JSONSplice.removingMember("model", fromObject: root.range, in: source)
  expect(removed, members.filter { $0.name != "model" }, "removing")

  var edits: [JSONEdit] = []
  JSONScan.members(of: root.range, in: source.span) {
    if JSONString.key($0.key, in: source.span, means: "model") {
      edits.append(JSONEdit($0.value.range, JSONEscape.quoted("é\n")))
    }
    return true
  }
  let replaced = JSONSplice.applying(edits.reversed(), to: source)
  expect(replaced, members.map { $0.name == "model" ? JSONTree.Member("model", .string("é\n")) : $0 }, "replacing")
}

private func expect(_ bytes: [UInt8], _ members: [JSONTree.Member], _ what: String) {
  must((try? JSONTree.parse(bytes.span)) == .object(members), "\(what) is not the edit of the tree")
}
