/// An API in which an upstream can be asked to generate; a client's API that its upstream does not have is translated.
package enum UpstreamAPI: String, CaseIterable, Sendable {
  /// `/chat/completions`.
  case chat
  /// `/responses`.
  case responses

  /// The path below the upstream's base URL.
  package var path: String {
    switch self {
    case .chat: "/chat/completions"
    case .responses: "/responses"
    }
  }

  /// The other one.
  package var other: UpstreamAPI {
    switch self {
    case .chat: .responses
    case .responses: .chat
    }
  }
}
