import Wire

/// A JSON string literal with its quotes. Answers are written as text with such values in it, which keeps their exact
/// bytes in sight.
func quoted(_ text: String) -> String {
  String(decoding: JSONEscape.quoted(text), as: UTF8.self)
}
