import Policy

/// A server that answers requests.
package struct UpstreamOptions: Equatable, Sendable {
  /// What kind of server it is.
  package enum Kind: Equatable, Sendable {
    /// An OpenAI-compatible server reached over HTTP.
    case http(HTTPUpstreamOptions)
    /// The built-in demo: answers every model name with a short canned stream.
    case demo
  }

  /// Unique name; appears in `x-sluice-upstream`, logs and metrics.
  package var name: String
  /// What kind of server it is.
  package var kind: Kind
  /// Time limits for requests that name no model; those of a model are in `ModelOptions`.
  package var timeouts: Timeouts
  /// Retries for requests that name no model; those of a model are in `ModelOptions`.
  package var retry: RetryPolicy
  /// When one of its targets counts as broken.
  package var breaker: BreakerPolicy
  /// How many requests run here at once; nil = any number.
  package var limit: QueueLimit?
  /// How it is asked whether it is well; nil = only requests tell.
  package var healthCheck: HealthCheck?

  package init(
    name: String, kind: Kind, timeouts: Timeouts = Timeouts(), retry: RetryPolicy = RetryPolicy(),
    breaker: BreakerPolicy = BreakerPolicy(), limit: QueueLimit? = nil, healthCheck: HealthCheck? = nil
  ) {
    self.name = name
    self.kind = kind
    self.timeouts = timeouts
    self.retry = retry
    self.breaker = breaker
    self.limit = limit
    self.healthCheck = healthCheck
  }

  /// The options of an HTTP upstream; nil for the demo.
  package var http: HTTPUpstreamOptions? {
    switch kind {
    case .http(let options): options
    case .demo: nil
    }
  }
}

/// How an upstream is reached over HTTP.
package struct HTTPUpstreamOptions: Equatable, Sendable {
  /// What the upstream gets as `Authorization`.
  package enum Auth: Equatable, Sendable {
    /// `Bearer` and one of these keys, never none; the client's own never travels on.
    case keys([Secret])
    /// The client's `Authorization`, as it came.
    case passthrough
    /// Nothing.
    case none
  }

  /// Which HTTP version is spoken.
  package enum Version: String, CaseIterable, Sendable {
    /// HTTP/2 where TLS negotiates it (ALPN, RFC 7301), else HTTP/1.1.
    case auto
    /// HTTP/1.1 only.
    case http1 = "1.1"
    /// HTTP/2: negotiated over TLS, with prior knowledge (RFC 9113 section 3.3) over plain text.
    case http2 = "2"
  }

  /// How the upstream is reached through proxies.
  package enum Proxy: Equatable, Sendable {
    /// As `http_proxy`, `HTTPS_PROXY`, `ALL_PROXY` and `NO_PROXY` say.
    case environment
    /// Directly, whatever the environment says.
    case none
    /// Through the proxy of this URL, which may carry credentials.
    case url(Secret)
  }

  /// A header field added to every request.
  package struct ExtraHeader: Equatable, Sendable {
    /// A field name, RFC 9110 section 5.1; never one the gateway itself sets.
    package var name: String
    /// Its value, without CR, LF and NUL. Often a credential, so never shown in full.
    package var value: Secret

    package init(name: String, value: Secret) {
      self.name = name
      self.value = value
    }
  }

  /// Where the API is, such as `https://api.openai.com/v1`.
  package var baseURL: BaseURL
  /// What the upstream gets as `Authorization`.
  package var auth: Auth
  /// Further header fields of every request, replacing the client's of the same name.
  package var headers: [ExtraHeader]
  /// Which HTTP version is spoken.
  package var version: Version
  /// A file with CA certificates (PEM) to trust instead of the system's; a path the process can open as it is.
  package var caFile: String?
  /// Whether the upstream's TLS certificate is checked.
  package var verifyTLS: Bool
  /// How the upstream is reached through proxies.
  package var proxy: Proxy
  /// The APIs that it has; nil = the first request shows.
  package var apis: Set<UpstreamAPI>?
  /// What its chat completions understand.
  package var chat: ChatCapabilities

  package init(
    baseURL: BaseURL, auth: Auth = .none, headers: [ExtraHeader] = [], version: Version = .auto,
    caFile: String? = nil, verifyTLS: Bool = true, proxy: Proxy = .environment,
    apis: Set<UpstreamAPI>? = nil, chat: ChatCapabilities = ChatCapabilities()
  ) {
    self.baseURL = baseURL
    self.auth = auth
    self.headers = headers
    self.version = version
    self.caFile = caFile
    self.verifyTLS = verifyTLS
    self.proxy = proxy
    self.apis = apis
    self.chat = chat
  }
}
