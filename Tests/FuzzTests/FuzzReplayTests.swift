import Foundation
import FuzzTargets
import Testing

/// Goal: what fuzzing has ever found stays found, and the targets work without a fuzzer. Method: every file of the seed
/// corpora and every kept finding runs once.
@Suite struct FuzzReplayTests {
  private static let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .appending(path: "Fuzz")

  private static func inputs(_ kind: String, _ target: FuzzTarget) -> [[UInt8]] {
    let folder = folder.appending(path: "\(kind)/\(target.name)")
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
    return names.sorted().compactMap { try? Array(Data(contentsOf: folder.appending(path: $0))) }
  }

  @Test(arguments: FuzzTarget.all.map(\.name)) func seedsAndFindingsHold(_ name: String) throws {
    let target = try #require(FuzzTarget.all.first { $0.name == name })
    let seeds = Self.inputs("Corpus", target)
    #expect(!seeds.isEmpty, "a target without a corpus starts from nothing")
    for input in seeds + Self.inputs("Findings", target) { input.withUnsafeBufferPointer(target.run) }
  }
}
