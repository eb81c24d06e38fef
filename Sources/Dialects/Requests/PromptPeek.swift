import Wire

/// What the user said last, for the built-in demo model.
package enum PromptPeek {
  /// Longest text that is given back, in characters.
  package static let charactersMax = 200

  /// The last user text of a chat, responses or completions request, cut at `charactersMax`; empty when there is none.
  ///
  /// Read are the last `user` entry of `messages` or `input`, whose content may be a string or a list of parts, a
  /// plain `input` or `prompt`, and the last of several prompts. `root` is the body's object.
  package static func lastUserText(of root: Range<Int>, in bytes: Span<UInt8>) -> String {
    var text = ""
    if let messages = JSONPick.member("messages", of: root, in: bytes) {
      text = lastUserText(ofMessages: messages, in: bytes)
    } else if let input = JSONPick.member("input", of: root, in: bytes) {
      text = input.kind == .array ? lastUserText(ofMessages: input, in: bytes) : plain(input, in: bytes)
    } else if let prompt = JSONPick.member("prompt", of: root, in: bytes) {
      text = plain(prompt, in: bytes)
    }
    return text.count > charactersMax ? text.prefix(charactersMax - 1) + "…" : text
  }

  private static func lastUserText(ofMessages messages: JSONValue, in bytes: Span<UInt8>) -> String {
    var cursor = JSONCursor(messages.range, in: bytes)
    var last: JSONValue?
    while let message = cursor.nextElement(in: bytes) {
      let role = JSONPick.member("role", of: message.range, in: bytes)
      if let role, role.kind == .string, JSONString.key(role.contents, in: bytes, means: "user") { last = message }
    }
    guard let last, let content = JSONPick.member("content", of: last.range, in: bytes) else { return "" }
    return plain(content, in: bytes)
  }

  /// A string, or the last text of a list of strings or parts.
  private static func plain(_ value: JSONValue, in bytes: Span<UInt8>) -> String {
    // An escape takes up to six bytes, and a character of text rarely more than a dozen.
    let bound = 12 * charactersMax
    var last = value
    if value.kind == .array {
      var cursor = JSONCursor(value.range, in: bytes)
      while let element = cursor.nextElement(in: bytes) {
        if element.kind == .string { last = element }
        if let text = JSONPick.member("text", of: element.range, in: bytes) { last = text }
      }
    }
    guard last.kind == .string else { return "" }
    return JSONString.decode(last.contents.prefix(bound), in: bytes)
  }
}
