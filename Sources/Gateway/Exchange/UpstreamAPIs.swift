import Policy
import Synchronization

/// Which APIs an upstream has: as configured, or as its answers have shown. What was learned lasts as long as the
/// configuration.
final class UpstreamAPIs: Sendable {
  /// Whether the configuration leaves it to be found out.
  let isLearning: Bool
  /// A bit for each API that the upstream does not have.
  private let missing: Atomic<UInt8>

  init(_ configured: Set<UpstreamAPI>?) {
    isLearning = configured == nil
    let missing = configured.map { configured in
      UpstreamAPI.allCases.filter { !configured.contains($0) }.reduce(0) { $0 | UpstreamAPIs.bit($1) }
    }
    self.missing = Atomic(missing ?? 0)
  }

  /// The API in which to ask for what a client asks in `wanted`: the same one unless only the other one is there.
  func spoken(for wanted: UpstreamAPI) -> UpstreamAPI {
    missing.load(ordering: .relaxed) == UpstreamAPIs.bit(wanted) ? wanted.other : wanted
  }

  /// The upstream has shown that it does not have `api`.
  ///
  /// One that seems to have neither has other troubles: then nothing is held to be known.
  func learn(without api: UpstreamAPI) {
    guard isLearning else { return }
    let (known, _) = missing.bitwiseOr(UpstreamAPIs.bit(api), ordering: .relaxed)
    if known == UpstreamAPIs.bit(api.other) { missing.store(0, ordering: .relaxed) }
  }

  private static func bit(_ api: UpstreamAPI) -> UInt8 {
    switch api {
    case .chat: 1
    case .responses: 2
    }
  }
}
