import Wire

/// The answer of the built-in `demo` model: a few friendly words, as a stream or as one body.
///
/// It is made of the request alone, so that a first call shows a stream without any upstream. Token counts in its
/// usage are counts of words: of the user's last text and of the answer.
package struct DemoAnswer: Sendable {
  /// The APIs that the demo model speaks.
  package enum Endpoint: Sendable {
    case chat, completions, responses
  }

  /// The API that is answered.
  package let endpoint: Endpoint
  /// Id, model and time of the answer.
  package let identity: StreamIdentity
  /// The id of the message within a response; the other endpoints have none.
  package let itemID: String
  /// Whether a chat or completions stream ends with a usage chunk, as the request wished.
  package let includeUsage: Bool
  /// The words of the answer; all but the first begin with a space.
  package let words: [String]
  /// How many words the user's text has.
  package let promptWords: Int

  /// An answer to `userText` (see `PromptPeek`); ids and time come from the caller.
  package init(
    _ endpoint: Endpoint, identity: StreamIdentity, itemID: String, userText: String, includeUsage: Bool = false
  ) {
    self.endpoint = endpoint
    self.identity = identity
    self.itemID = itemID
    self.includeUsage = includeUsage
    let said = userText.prefix(PromptPeek.charactersMax).split(whereSeparator: \.isWhitespace)
    promptWords = said.count
    let words = Self.text(quoting: said.joined(separator: " ")).split(separator: " ")
    self.words = words.enumerated().map { $0.offset == 0 ? String($0.element) : " " + $0.element }
  }

  /// The whole text.
  package var text: String { words.joined() }

  /// The events of the stream in order, each with its empty line; the last one ends it.
  package var events: [[UInt8]] {
    switch endpoint {
    case .chat, .completions: chunkEvents
    case .responses: responsesEvents
    }
  }

  /// The same answer as one JSON body.
  package var body: [UInt8] {
    switch endpoint {
    case .chat, .completions: completionBody
    case .responses: completedResponse
    }
  }

  private static func text(quoting said: String) -> String {
    let quote = said.isEmpty ? "" : "You said: “\(said)”. "
    return "Hello from Sluice! This answer comes from the built-in demo model: nothing left your machine, and every "
      + "word was an event of its own. \(quote)"
      + "To talk to a real model, set OPENAI_API_KEY or SLUICE_UPSTREAM and start the gateway again."
  }

  /// Writes the usage object; the two families of APIs name its members differently.
  func writeUsage(_ prompt: String, _ completion: String, to writer: inout JSONWriter) {
    writer.beginObject()
    writer.member("\(prompt)_tokens", promptWords)
    writer.key("\(prompt)_tokens_details")
    writer.beginObject()
    writer.member("cached_tokens", 0)
    writer.endObject()
    writer.member("\(completion)_tokens", words.count)
    writer.key("\(completion)_tokens_details")
    writer.beginObject()
    writer.member("reasoning_tokens", 0)
    writer.endObject()
    writer.member("total_tokens", promptWords + words.count)
    writer.endObject()
  }
}
