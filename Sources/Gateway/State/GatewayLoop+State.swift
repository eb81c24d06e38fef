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

  /// An id that nobody can guess.
  func makeStateID(_ prefix: String) -> String { prefix + OwnID.makeTail(using: &random) }
}
