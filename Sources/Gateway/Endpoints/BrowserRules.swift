import Config
import Policy
import Wire

/// Which names and web pages may talk to the gateway.
///
/// A gateway on a loopback address is open to every program of the machine, and so to every web page in its browser
/// unless pages are kept out: by `Origin` (a page that posts here from elsewhere) and by `Host` (a page whose own name
/// was made to resolve to 127.0.0.1, "DNS rebinding", for which the gateway is the same origin).
struct BrowserRules {
  private let origins: CORSOptions
  /// `nil`: any name.
  private let hosts: Set<String>?

  init(_ configuration: Configuration) {
    origins = configuration.cors
    guard configuration.listen.isLoopback else {
      hosts = nil
      return
    }
    hosts = Set(
      ["localhost", "127.0.0.1", "::1", "[::1]", configuration.listen.host] + configuration.listen.allowedHosts)
  }

  /// Whether the request may go on.
  func check(_ head: RequestHead) -> Failure? {
    if let hosts, let authority = head.authority, !BrowserRules.isUsual(head.bytes[authority]) {
      let name = BrowserRules.hostName(head.string(authority))
      let isLoopback = hosts.contains(name) || BrowserRules.isLoopbackName(name)
      guard isLoopback else {
        return Failure(
          .hostNotAllowed,
          message:
            "This gateway does not answer to the host name '\(name)'; add it to `listen.allowed_hosts` if it should.")
      }
    }
    if let origin = head.value(.origin), !origins.allows(origin), !isOwn(origin, head) {
      return Failure(
        .originNotAllowed,
        message:
          "Pages of '\(origin.prefix(200))' may not use this gateway; add it to `cors.origins` if they should."
      )
    }
    if isStrangersLook(head) {
      return Failure(.originNotAllowed, message: "Pages of other sites may not embed what this gateway answers.")
    }
    return nil
  }

  /// Whether a page of another site asks in a way that does not tell its origin, as an image or a script. It could not
  /// read the answer, but has no business here either. Following a link is the user's own doing.
  private func isStrangersLook(_ head: RequestHead) -> Bool {
    guard head.method == .get || head.method == .head, head.first(.origin) == nil, origins.origins != ["*"] else {
      return false
    }
    return HeaderRules.value("sec-fetch-site", in: head, is: "cross-site")
      && !HeaderRules.value("sec-fetch-mode", in: head, is: "navigate")
  }

  /// The value of `Access-Control-Allow-Origin` for this request, `nil` when it needs none.
  func allowedOrigin(_ head: RequestHead) -> String? {
    guard let origin = head.value(.origin), origins.allows(origin) else { return nil }
    return origins.origins == ["*"] ? "*" : origin
  }

  /// How long a browser may remember the answer to a preflight, in seconds.
  var maxAgeSeconds: Int { Int(origins.maxAge.components.seconds) }

  /// A page that this gateway served itself is no stranger.
  private func isOwn(_ origin: String, _ head: RequestHead) -> Bool {
    guard let authority = head.authority else { return false }
    let own = head.string(authority).lowercased()
    return origin.lowercased() == "http://" + own || origin.lowercased() == "https://" + own
  }

  /// Whether it is what nearly every request names; spares the others' careful look.
  private static func isUsual(_ authority: ArraySlice<UInt8>) -> Bool {
    for name in ["localhost", "127.0.0.1"] as [StaticString] {
      let count = name.utf8CodeUnitCount
      guard HeaderRules.equals(authority.prefix(count), name) else { continue }
      return authority.count == count || authority[authority.startIndex + count] == 0x3a
    }
    return false
  }

  /// The name in `host`, `host:port` or `[v6]:port`, in lower case.
  static func hostName(_ authority: String) -> String {
    let lowered = authority.lowercased()
    if lowered.first == "[" { return String(lowered.prefix { $0 != "]" }) + "]" }
    return String(lowered.prefix { $0 != ":" })
  }

  /// `localhost` and what is below it, and 127.0.0.0/8 (RFC 6761, RFC 5735).
  static func isLoopbackName(_ name: String) -> Bool {
    if name == "localhost" || name.hasSuffix(".localhost") { return true }
    let parts = name.split(separator: ".", omittingEmptySubsequences: false)
    return parts.count == 4 && parts[0] == "127" && parts.allSatisfy { UInt8($0) != nil }
  }
}
