/// The request methods that the gateway tells apart (RFC 9110 section 9, RFC 5789). Methods are case-sensitive.
package enum HTTPMethod: Equatable, Sendable {
  case get, head, post, put, delete, options, patch
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
      self = HTTPByte.equal(token, "PATCH") ? .patch : .other
    case 6:
      self = HTTPByte.equal(token, "DELETE") ? .delete : .other
    case 7:
      self = HTTPByte.equal(token, "OPTIONS") ? .options : .other
    default:
      self = .other
    }
  }
}
