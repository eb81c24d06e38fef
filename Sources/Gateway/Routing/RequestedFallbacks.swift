import Dialects
import Policy
import Wire

/// The models that a request itself names as its fallbacks, in the field `x-sluice-fallbacks` or in the member
/// `fallbacks` of its body. Either replaces the configured list; the header comes first, for it is the nearer one to
/// whoever operates the client.
struct RequestedFallbacks {
  static let header: StaticString = "x-sluice-fallbacks"
  var names: [String]
  /// Where they came from, for errors.
  var param: String

  /// What the request's header says; `nil` without the field.
  static func read(_ head: RequestHead) throws(Failure) -> RequestedFallbacks? {
    for field in head.headers where field.known == nil && HeaderRules.equals(head.bytes[field.name], header) {
      let names = head.string(field.value).split(separator: ",").map(\.trimmed).filter { !$0.isEmpty }
      return try RequestedFallbacks(names.map(String.init), param: "\(header)")
    }
    return nil
  }

  /// - Throws: when there are more names than a body could have.
  init(_ names: [String], param: String) throws(Failure) {
    let most = RequestPeek.fallbacksMax
    guard names.count <= most else {
      throw .invalid(param, "at most \(most) models")
    }
    self.names = names
    self.param = param
  }
}
