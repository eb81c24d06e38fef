/// Which web pages may call the gateway from a browser (Fetch standard, "CORS protocol").
package struct CORSOptions: Equatable, Sendable {
  /// Allowed origins, `scheme://host[:port]` in lower case, or `*` alone for any page; empty = none.
  package var origins: [String]
  /// How long a browser may remember the answer to a preflight.
  package var maxAge: Duration

  package init(origins: [String] = [], maxAge: Duration = .seconds(600)) {
    self.origins = origins
    self.maxAge = maxAge
  }

  /// Whether a page of this origin (the value of an `Origin` header) may call the gateway.
  package func allows(_ origin: String) -> Bool {
    if origins == ["*"] { return true }
    return origins.contains(origin) || origins.contains(origin.lowercased())
  }
}
