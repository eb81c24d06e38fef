/// The ids of one response and of everything in it, all made of one random text.
///
/// Input and output items are counted apart, so that no two ids of a response are the same.
package struct AnswerIDs: Equatable, Sendable {
  /// Letters and digits that nobody can guess and no other response has; at most 32, so that call ids stay within the
  /// 40 characters that the chat API allows them.
  package let tail: String

  package init(tail: String) {
    self.tail = tail
  }

  /// The id of the response.
  package var response: String { "resp_" + tail }

  /// The id of the input item at `index`; `prefix` says its kind, such as `msg`.
  func input(_ prefix: String, _ index: Int) -> String { "\(prefix)_\(tail)i\(index)" }

  /// The id of the output item at `index`, or of a call whose upstream gave it none (`prefix` is `call` then).
  func output(_ prefix: String, _ index: Int) -> String { "\(prefix)_\(tail)o\(index)" }
}
