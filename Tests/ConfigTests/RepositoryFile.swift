import Foundation

/// A file of the repository that tests hold against the code.
struct RepositoryFile {
  /// Relative to the root of the repository.
  let path: String

  private var url: URL {
    URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
      .appending(path: path)
  }

  /// Its text.
  func text() throws -> String {
    try String(contentsOf: url, encoding: .utf8)
  }

  /// Writes a text into it when `SLUICE_UPDATE_GENERATED=1` asks for that instead of a comparison.
  func update(to text: String) throws {
    guard ProcessInfo.processInfo.environment["SLUICE_UPDATE_GENERATED"] == "1" else { return }
    try text.write(to: url, atomically: true, encoding: .utf8)
  }
}
