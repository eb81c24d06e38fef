import Policy

extension Configuration {
  /// The configuration in effect, every option of it, as JSON5 with the secrets masked.
  ///
  /// But for the masks it is valid input and means the same again. Notices stand on top as comments.
  package func effectiveText() -> String {
    notices.map { "// Note: \($0).\n" }.joined() + ConfigWriter.text(of: tree)
  }

  private var tree: ConfigNode {
    .section([
      ("listen", listen.tree),
      ("base_paths", .texts(basePaths)),
      ("keys", .list(keys.map(\.tree))),
      ("upstreams", .list(upstreams.map(\.tree))),
      ("models", .list(models.entries.map { $0.tree(upstreams) })),
      ("timeouts", timeouts.tree),
      ("retry", retry.tree),
      ("retry_budget", retryBudget?.tree ?? .off),
      ("breaker", breaker.tree),
      ("concurrency", limit?.tree ?? .off),
      ("queue_comments", .bool(queueComments)),
      ("state", state.tree),
      ("limits", limits.tree),
      ("cors", .section([("origins", .texts(cors.origins)), ("max_age", .duration(cors.maxAge))])),
      ("client", client.tree),
      ("keep_alive", keepAlive.map(ConfigNode.duration) ?? .off),
      ("drain", .duration(drain)),
      ("log", .section([("format", .text(log.format.rawValue)), ("access", .bool(log.access))])),
      ("compression", .bool(compression)),
    ])
  }
}

// MARK: - Sections

extension ListenOptions {
  fileprivate var tree: ConfigNode {
    .section([
      ("host", .text(host)), ("port", .integer(port)), ("insecure", .bool(insecure)), ("loops", .integer(loops)),
      ("allowed_hosts", .texts(allowedHosts)), ("tls", tls?.tree ?? .off),
    ])
  }
}

extension TLSOptions {
  fileprivate var tree: ConfigNode {
    .section([("cert_file", .text(certFile)), ("key_file", .text(keyFile))])
  }
}

extension ClientKey {
  fileprivate var tree: ConfigNode {
    let credential: (String, ConfigNode?) =
      switch credential {
      case .key(let secret): ("key", .text(secret.masked))
      case .sha256(let digest): ("sha256", .text(Secret(digest.hex).masked))
      }
    return .section([("name", .text(name)), credential, ("admin", .bool(admin))])
  }
}

extension UpstreamOptions {
  fileprivate var tree: ConfigNode {
    let own: [(String, ConfigNode?)] =
      switch kind {
      case .demo: [("kind", .text("demo"))]
      case .http(let http): [("kind", .text("http"))] + http.options
      }
    let check = http == nil ? nil : healthCheck?.tree ?? .off
    return .section(
      [("name", .text(name))] + own + [
        ("timeouts", timeouts.tree), ("retry", retry.tree), ("breaker", breaker.tree),
        ("concurrency", limit?.tree ?? .off), ("health_check", check),
      ])
  }
}

extension HTTPUpstreamOptions {
  fileprivate var options: [(String, ConfigNode?)] {
    let fields = headers.map { ($0.name, Optional(ConfigNode.text($0.value.masked))) }
    var options: [(String, ConfigNode?)] = [("base_url", .text(baseURL.text))]
    switch auth {
    case .keys(let secrets):
      let key = ("key", Optional(ConfigNode.text(secrets[0].masked)))
      options += [
        secrets.count == 1 ? key : ("keys", .texts(secrets.map(\.masked))), ("auth", .text("key")),
      ]
    case .passthrough: options.append(("auth", .text("passthrough")))
    case .none: options.append(("auth", .text("none")))
    }
    options += [
      ("apis", apis.map { .texts(UpstreamAPI.allCases.filter($0.contains).map(\.rawValue)) }),
      ("chat", chat.tree), ("headers", .section(fields)), ("http", .text(version.rawValue)),
      ("ca_file", caFile.map(ConfigNode.text)),
      ("verify_tls", .bool(verifyTLS)),
    ]
    switch proxy {
    case .environment: break
    case .none: options.append(("proxy", .text("")))
    case .url(let url): options.append(("proxy", .text(Self.withoutCredentials(url.value))))
    }
    return options
  }

  /// A proxy's URL with its credentials masked.
  private static func withoutCredentials(_ url: String) -> String {
    guard let at = url.lastIndex(of: "@") else { return url }
    return url.prefix { $0 != ":" } + "://***" + url[at...]
  }
}

extension ChatCapabilities {
  fileprivate var tree: ConfigNode {
    .section([
      ("max_tokens", .text(maxTokensField.rawValue)), ("developer_role", .bool(knowsDeveloperRole)),
      ("custom_tools", .bool(nativeCustomTools)), ("allowed_tools", .bool(nativeAllowedTools)),
      ("tool_parts", .bool(toolMessageParts)), ("refusals", .bool(nativeRefusals)),
      ("reasoning", .bool(wantsReasoningBack)), ("stream_options", .bool(acceptsStreamOptions)),
      ("openai_fields", .bool(knowsOpenAIFields)), ("call_ids", .text(callIDs.rawValue)),
    ])
  }
}

extension StateOptions {
  fileprivate var tree: ConfigNode {
    .section([
      ("path", .text(path)), ("retention", .duration(retention)), ("max_size", .size(bytesMax)),
    ])
  }
}

extension LimitOptions {
  fileprivate var tree: ConfigNode {
    .section([
      ("body", .size(bodyBytesMax)), ("head", .size(headBytesMax)), ("headers", .integer(headersMax)),
      ("connections", .integer(connectionsMax)),
      ("connections_per_address", connectionsPerAddressMax.map(ConfigNode.integer) ?? .off),
      ("idle_connections", .integer(idleConnectionsMax)),
    ])
  }
}

extension ClientOptions {
  fileprivate var tree: ConfigNode {
    .section([
      ("header_timeout", .duration(headerTimeout)), ("body_timeout", .duration(bodyTimeout)),
      ("idle_timeout", .duration(idleTimeout)), ("half_close", .text(halfClose.rawValue)),
    ])
  }
}
