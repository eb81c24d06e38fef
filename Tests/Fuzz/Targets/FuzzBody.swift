import Dialects
import Policy
import Wire

/// Bodies of requests: what is changed in them is changed as in the tree, and is then read back.
func fuzzBody(_ bytes: UnsafeBufferPointer<UInt8>) {
  let body = Array(bytes)
  guard let peek = try? RequestPeek.read(body.span) else { return }
  _ = PromptPeek.lastUserText(of: peek.root, in: body.span)
  _ = PeekedError.read(ofObject: peek.root, in: body.span)
  let changed = RequestRewrite.applying(model: "m\"2", forcesStream: true, asksForUsage: true, to: body, peek: peek)
  guard let again = try? RequestPeek.read(changed.span) else { return must(false, "a changed body cannot be read") }
  must(again.model == "m\"2" && again.stream == true && again.includeUsage, "a change was not made")
  guard let before = try? JSONTree.parse(body.span), let after = try? JSONTree.parse(changed.span) else {
    return must(false, "a body that was read is no JSON")
  }
  must(others(before) == others(after), "something else was changed")
  if let filled = RequestRewrite.prefilling(Array("\\n".utf8), in: body) {
    let last = (try? JSONTree.parse(filled.span))?["messages"]?.arrayValue?.last
    must(last?["content"]?.stringValue == "\n", "the prefilled message is not the last one")
  }
}

private func others(_ tree: JSONTree) -> [JSONTree.Member]? {
  tree.objectValue?.filter { !["model", "stream", "stream_options"].contains($0.name) }
}

/// Forms: the model that is written is the model that is read.
func fuzzMultipart(_ bytes: UnsafeBufferPointer<UInt8>) {
  let type = "multipart/form-data; boundary=\"b\""
  let body = Array(bytes)
  guard let peek = try? MultipartPeek.read(body.span, contentType: type) else { return }
  let changed = RequestRewrite.applying(model: "other", to: body, peek: peek)
  guard peek.modelRange != nil else { return must(changed == body, "a form without a model was changed") }
  let again = try? MultipartPeek.read(changed.span, contentType: type)
  must(again?.model == "other" && again?.stream == peek.stream, "the changed form reads otherwise")
}
