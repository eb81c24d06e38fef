import HTTPServer
import Policy
import Reactor

/// Calls about what is stored.
extension GatewayLoop {
  func answerFromState(
    _ connection: ServerConnection, _ context: RequestContext, _ owner: Owner, _ call: StateCall,
    _ upstreamPath: String
  ) {
    StateRequest(
      gateway: self, connection: connection, context: context, owner: owner, upstreamPath: upstreamPath,
      snapshot: snapshot
    ).answer(call)
  }

  /// An id that nobody can guess: 128 random bits behind `prefix`.
  func makeStateID(_ prefix: String) -> String {
    var text = prefix
    for _ in 0..<2 {
      let digits = String(random.next(), radix: 16)
      text += String(repeating: "0", count: 16 - digits.count) + digits
    }
    return text
  }
}
