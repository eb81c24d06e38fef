/// Log probabilities: every piece of text counts as one token of probability 0.5.
enum Logprobs {
  /// Of a choice of a chat answer.
  static func chat(_ tokens: [String]) -> String {
    #"{"content":\#(list(tokens)),"refusal":null}"#
  }

  /// Of a content part of a response, and of its events.
  static func list(_ tokens: [String]) -> String {
    let entries = tokens.map { token in
      let bytes = token.utf8.map { "\($0)" }.joined(separator: ",")
      return #"{"token":\#(quoted(token)),"logprob":-0.6931,"bytes":[\#(bytes)],"top_logprobs":[]}"#
    }
    return "[\(entries.joined(separator: ","))]"
  }
}
