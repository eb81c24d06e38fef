/// The program's version.
package enum Version {
  /// Semantic version; `CHANGELOG.md` says what each brought.
  package static let text = "0.1.0"
}
