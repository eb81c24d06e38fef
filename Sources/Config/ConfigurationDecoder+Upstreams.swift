import Policy

/// Upstreams.
extension ConfigurationDecoder {
  /// An upstream in the making: after a mistake it still has its name, so that models may refer to it.
  struct DecodedUpstream {
    var options: UpstreamOptions
    /// As given; nil when it is missing.
    var name: String?
  }

  /// The upstreams in the order of the file. `configuration` has the defaults and the client keys already.
  mutating func upstreams(_ root: ConfigSection, _ configuration: Configuration) -> [DecodedUpstream] {
    var names: Set<String> = []
    let hasClientKeys = !root.sections("keys").isEmpty
    return root.sections("upstreams").map { section in
      let name = section.text("name")
      if let name { checkName(name, of: section, seen: &names) }
      let kind: UpstreamOptions.Kind
      if section.text("kind") == "demo" {
        checkDemo(section)
        kind = .demo
      } else {
        kind = http(section, hasClientKeys: hasClientKeys).map { .http($0) } ?? .demo
      }
      checkRetry(of: section)
      let options = UpstreamOptions(
        name: name ?? "", kind: kind, timeouts: section.section("timeouts").timeouts(over: configuration.timeouts),
        retry: retry(of: section, over: configuration.retry),
        breaker: breaker(of: section, over: configuration.breaker), limit: queueLimit(of: section),
        healthCheck: healthCheck(of: section))
      return DecodedUpstream(options: options, name: name)
    }
  }

  /// The options that do not say how a server is reached.
  private static let demoOptions: Set<String> = ["name", "kind", "timeouts", "retry", "breaker", "concurrency"]

  private mutating func checkDemo(_ section: ConfigSection) {
    for member in section.node?.members ?? [] where !Self.demoOptions.contains(member.key) {
      // A name that is no option at all has been reported as such.
      guard OptionTable.upstream.contains(where: { $0.name == member.key }) else { continue }
      mistakes.add(member.origin, section.path(of: member.key), "means nothing for the demo")
    }
  }

  /// nil after a mistake without which there is no upstream to speak of.
  private mutating func http(_ section: ConfigSection, hasClientKeys: Bool) -> HTTPUpstreamOptions? {
    if !section.has("base_url") {
      mistakes.add(section.node?.origin ?? .builtIn, section.path(of: "base_url"), "is missing")
    }
    let auth = auth(section, hasClientKeys: hasClientKeys)
    let headers = headers(section, auth)
    let caFile = caFile(section)
    let proxy = proxy(section)
    let apis = apis(section)
    guard let text = section.text("base_url") else { return nil }
    do {
      let url = try BaseURL(text)
      return HTTPUpstreamOptions(
        baseURL: url, auth: auth, headers: headers, version: section.choice("http") ?? .auto,
        caFile: caFile, verifyTLS: section.bool("verify_tls") ?? true, proxy: proxy,
        apis: apis ?? (Self.isOpenAI(url) ? Set(UpstreamAPI.allCases) : nil),
        chat: chat(section.section("chat"), of: url))
    } catch {
      mistakes.add(section.origin(of: "base_url"), section.path(of: "base_url"), error.message)
      return nil
    }
  }

  /// The options that give an upstream its keys; only one of them may be there.
  private static let keyOptions = ["key", "key_file", "keys", "key_files"]

  private mutating func auth(_ section: ConfigSection, hasClientKeys: Bool) -> HTTPUpstreamOptions.Auth {
    let given = Self.keyOptions.filter(section.has)
    let hasKey = !given.isEmpty
    if given.count > 1 {
      mistakes.add(
        section.origin(of: given[1]), section.path(of: given[1]),
        "takes only one of `key`, `key_file`, `keys` and `key_files`")
    }
    for name in given where name.hasSuffix("s") && section.isEmptyList(name) {
      mistakes.add(section.origin(of: name), section.path(of: name), "is empty; leave the option out for none")
    }
    let standard = hasKey ? "key" : hasClientKeys ? "none" : "passthrough"
    let auth = section.text("auth") ?? standard
    if (auth == "key") != hasKey, section.has("auth") {
      let message =
        hasKey
        ? "\"\(auth)\" does not use the key that is given" : "\"key\" needs a `key`, `key_file`, `keys` or `key_files`"
      mistakes.add(section.origin(of: "auth"), section.path(of: "auth"), message)
    }
    if auth == "passthrough", hasClientKeys {
      notices.append(
        "upstream \(section.text("name") ?? "") gets the clients' Authorization although `keys` are configured: "
          + "clients that present their gateway key in it send that key on")
    }
    switch auth {
    case "key":
      let secrets = secrets(section)
      return secrets.isEmpty ? .none : .keys(secrets)
    case "passthrough": return .passthrough
    default: return .none
    }
  }

  private static func isOpenAI(_ url: BaseURL) -> Bool {
    url.host == "api.openai.com" || url.host.hasSuffix(".openai.azure.com")
  }

  /// OpenAI's own API understands all of its own.
  private func chat(_ section: ConfigSection, of url: BaseURL) -> ChatCapabilities {
    var chat = Self.isOpenAI(url) ? ChatCapabilities.openAI : ChatCapabilities()
    chat.maxTokensField = section.choice("max_tokens") ?? chat.maxTokensField
    chat.knowsDeveloperRole = section.bool("developer_role") ?? chat.knowsDeveloperRole
    chat.nativeCustomTools = section.bool("custom_tools") ?? chat.nativeCustomTools
    chat.nativeAllowedTools = section.bool("allowed_tools") ?? chat.nativeAllowedTools
    chat.toolMessageParts = section.bool("tool_parts") ?? chat.toolMessageParts
    chat.nativeRefusals = section.bool("refusals") ?? chat.nativeRefusals
    chat.wantsReasoningBack = section.bool("reasoning") ?? chat.wantsReasoningBack
    chat.acceptsStreamOptions = section.bool("stream_options") ?? chat.acceptsStreamOptions
    chat.knowsOpenAIFields = section.bool("openai_fields") ?? chat.knowsOpenAIFields
    chat.callIDs = section.choice("call_ids") ?? chat.callIDs
    return chat
  }

  private mutating func apis(_ section: ConfigSection) -> Set<UpstreamAPI>? {
    guard section.has("apis") else { return nil }
    if section.isEmptyList("apis") {
      mistakes.add(
        section.origin(of: "apis"), section.path(of: "apis"), "is empty; leave the option out to have it found out")
    }
    return Set(section.texts("apis").compactMap { UpstreamAPI(rawValue: $0.text) })
  }

  // MARK: - Headers

  private mutating func headers(
    _ section: ConfigSection, _ auth: HTTPUpstreamOptions.Auth
  ) -> [HTTPUpstreamOptions.ExtraHeader] {
    var headers: [HTTPUpstreamOptions.ExtraHeader] = []
    var seen: [String: String] = [:]
    for member in section.section("headers").node?.members ?? [] {
      let name = member.key.lowercased()
      let path = OptionChecker.join(section.path(of: "headers"), member.key)
      if name.isEmpty || !name.utf8.allSatisfy(ConfigText.isTokenByte) {
        mistakes.add(member.origin, path, "is no header field name")
      } else if Self.isReserved(name) {
        mistakes.add(member.origin, path, "is set by the gateway itself")
      } else if name == "authorization", auth != .none || Self.keyOptions.contains(where: section.has) {
        mistakes.add(member.origin, path, "needs `auth: \"none\"`, which leaves the field to you")
      } else if let other = seen.updateValue(member.key, forKey: name), other != member.key {
        // The very same key twice has been reported already.
        mistakes.add(member.origin, path, "is there twice: `\(other)` is the same field")
      }
      guard let value = member.value.text else { continue }
      headers.append(HTTPUpstreamOptions.ExtraHeader(name: member.key, value: Secret(value)))
    }
    return headers
  }

  /// Fields that frame a message or belong to one connection (RFC 9110 section 7.6.1), and those that must describe the
  /// body that the client sent or the answer that the relay can read.
  private static func isReserved(_ name: String) -> Bool {
    let reserved: Set<String> = [
      "host", "content-length", "transfer-encoding", "connection", "keep-alive", "te", "trailer", "upgrade", "expect",
      "content-type", "content-encoding", "accept-encoding",
    ]
    return reserved.contains(name) || name.hasPrefix("proxy-")
  }

  // MARK: - Connection

  private mutating func caFile(_ section: ConfigSection) -> String? {
    guard let path = section.text("ca_file") else { return nil }
    do {
      try files.checkCertificates(path)
    } catch {
      let message = "`\(files.resolve(path))`: \(error.message)"
      mistakes.add(section.origin(of: "ca_file"), section.path(of: "ca_file"), message)
    }
    return files.resolve(path)
  }

  private mutating func proxy(_ section: ConfigSection) -> HTTPUpstreamOptions.Proxy {
    guard let url = section.text("proxy", orEmpty: true) else { return .environment }
    if url.isEmpty { return .none }
    if !ConfigText.isProxyURL(url) {
      mistakes.add(
        section.origin(of: "proxy"), section.path(of: "proxy"),
        "must be a URL that starts with http://, https://, socks4://, socks4a://, socks5:// or socks5h://")
    }
    return .url(Secret(url))
  }
}
