/// The request methods that the gateway tells apart (RFC 9110 section 9, RFC 5789). Methods are case-sensitive.
package enum HTTPMethod: Equatable, Sendable {
  case get, head, post, put, delete, options, patch
  /// Known, and served nowhere: its answer would show what the request has become on its way, keys included.
  case trace
  /// Any other token; its bytes are in ``RequestHead/methodRange``.
  case other

  /// How the method is spelled; nil for others.
  package var spelling: String? {
    switch self {
    case .get: "GET"
    case .head: "HEAD"
    case .post: "POST"
    case .put: "PUT"
    case .delete: "DELETE"
    case .options: "OPTIONS"
    case .patch: "PATCH"
    case .trace: "TRACE"
    case .other: nil
    }
  }

  /// The method spelled by `token`, which has already been checked to be a token.
  init(token: Span<UInt8>) {
    switch token.count {
    case 3:
      self = HTTPByte.equal(token, "GET") ? .get : HTTPByte.equal(token, "PUT") ? .put : .other
    case 4:
      self = HTTPByte.equal(token, "POST") ? .post : HTTPByte.equal(token, "HEAD") ? .head : .other
    case 5:
      self = HTTPByte.equal(token, "PATCH") ? .patch : HTTPByte.equal(token, "TRACE") ? .trace : .other
    case 6:
      self = HTTPByte.equal(token, "DELETE") ? .delete : .other
    case 7:
      self = HTTPByte.equal(token, "OPTIONS") ? .options : .other
    default:
      self = .other
    }
  }
}
