import Foundation

/// The tree these tests read: the repository that this file was compiled from.
struct Repository {
  let root: URL

  init(file: String = #filePath) {
    root = URL(filePath: file).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
  }

  /// Every Swift file under `Sources` and `Tests`, read once.
  static let swiftFiles: [SourceFile] = {
    let repository = Repository()
    return repository.paths(under: ["Sources", "Tests"], endings: ["swift"]).map {
      SourceFile(path: $0, text: repository.text($0))
    }
  }()

  /// Sorted paths, relative to the root, of the files below some folders (or of single files) with one of the endings;
  /// an empty list of endings takes every file. Hidden files and folders are left out.
  func paths(under folders: [String], endings: [String]) -> [String] {
    var paths: [String] = []
    for folder in folders {
      let base = root.appending(path: folder)
      var isDirectory: ObjCBool = false
      guard FileManager.default.fileExists(atPath: base.path, isDirectory: &isDirectory) else { continue }
      let found = isDirectory.boolValue ? (try? FileManager.default.subpathsOfDirectory(atPath: base.path)) ?? [] : [""]
      for path in found where !path.split(separator: "/").contains(where: { $0.hasPrefix(".") || $0 == "__pycache__" })
      {
        let full = path.isEmpty ? folder : folder + "/" + path
        guard FileManager.default.fileExists(atPath: root.appending(path: full).path, isDirectory: &isDirectory),
          !isDirectory.boolValue
        else { continue }
        if endings.isEmpty || endings.contains(where: { full.hasSuffix("." + $0) }) { paths.append(full) }
      }
    }
    return paths.sorted()
  }

  /// A file's text; bytes that are not UTF-8 are replaced.
  func text(_ path: String) -> String {
    String(decoding: (try? Data(contentsOf: root.appending(path: path))) ?? Data(), as: UTF8.self)
  }

  /// Whether a file or folder exists.
  func contains(_ path: String) -> Bool {
    FileManager.default.fileExists(atPath: root.appending(path: path).path)
  }
}
