import Policy

/// Gives a checked tree its meaning, and finds the mistakes that a single option does not show.
struct ConfigurationDecoder {
  /// Reads the files that options name.
  let files: ConfigFiles
  var mistakes: MistakeList
  var notices: [String] = []
  /// `retry_policies`.
  var retryPolicies: [String: RetryPolicy] = [:]
  /// Those among them that some `retry` names.
  var namedPolicies: Set<String> = []

  init(files: ConfigFiles, mistakes: MistakeList) {
    self.files = files
    self.mistakes = mistakes
  }

  /// The whole configuration. With mistakes in the list it is only good for finding more of them.
  mutating func configuration(_ root: ConfigSection) -> Configuration {
    var result = Configuration()
    result.timeouts = root.section("timeouts").timeouts(over: result.timeouts)
    readRetryPolicies(root)
    checkRetry(of: root)
    result.retry = retry(of: root, over: result.retry)
    result.retryBudget = retryBudget(root)
    result.breaker = breaker(of: root, over: result.breaker)
    result.limit = queueLimit(of: root)
    result.queueComments = root.bool("queue_comments") ?? result.queueComments
    result.listen = listen(root.section("listen"))
    result.basePaths = basePaths(root)
    result.keys = clientKeys(root)
    let upstreams = upstreams(root, result)
    result.upstreams = upstreams.map(\.options)
    result.models = models(root, upstreams)
    result.state = state(root.section("state"))
    result.limits = limits(root.section("limits"), result.listen)
    result.cors = cors(root.section("cors"))
    result.client = client(root.section("client"))
    result.log = log(root.section("log"))
    result.keepAlive = root.text("keep_alive") == "off" ? nil : root.duration("keep_alive") ?? result.keepAlive
    result.drain = root.duration("drain") ?? result.drain
    result.compression = root.bool("compression") ?? result.compression
    // Keys that are there but wrong have their own mistakes.
    if let exposure = result.exposure, root.isEmptyList("keys") {
      mistakes.add(root.section("listen").origin(of: "host"), "listen.host", exposure)
    }
    noticeUnusedPolicies()
    result.notices = notices
    return result
  }

  // MARK: - Sections of their own

  private mutating func listen(_ section: ConfigSection) -> ListenOptions {
    var options = ListenOptions()
    if var host = section.text("host") {
      if host.hasPrefix("["), host.hasSuffix("]") { host = String(host.dropFirst().dropLast()) }
      options.host = host.lowercased()
      if host.utf8.count > 253 || !host.utf8.allSatisfy(ConfigText.isHostByte) {
        mistakes.add(section.origin(of: "host"), section.path(of: "host"), "is neither an address nor a host name")
      }
    }
    options.port = section.integer("port") ?? options.port
    options.insecure = section.bool("insecure") ?? options.insecure
    options.loops = section.integer("loops") ?? options.loops
    for entry in section.texts("allowed_hosts") {
      if entry.text.contains("/") || !entry.text.utf8.allSatisfy({ ConfigText.isHostByte($0) && $0 != 0x3A }) {
        mistakes.add(entry.origin, entry.path, "must be a host name alone, without scheme, port and path")
      }
      options.allowedHosts.append(entry.text.lowercased())
    }
    options.tls = tls(section.section("tls"))
    return options
  }

  private mutating func basePaths(_ root: ConfigSection) -> [String] {
    var paths: [String] = []
    for entry in root.texts("base_paths") {
      let segments = entry.text.split(separator: "/", omittingEmptySubsequences: false)
      if entry.text.first != "/" {
        mistakes.add(entry.origin, entry.path, "must start with `/`")
      } else if entry.text.last == "/" {
        mistakes.add(entry.origin, entry.path, "must not end with `/`")
      } else if segments.dropFirst().contains(where: { $0.isEmpty || $0 == "." || $0 == ".." })
        || !entry.text.utf8.allSatisfy({ ConfigText.isNameByte($0) || $0 == UInt8(ascii: "/") })
      {
        mistakes.add(entry.origin, entry.path, "must be path segments of letters, digits and any of `. _ - @`")
      } else if paths.contains(entry.text) {
        mistakes.add(entry.origin, entry.path, "is there twice")
      }
      paths.append(entry.text)
    }
    return paths
  }

  private func state(_ section: ConfigSection) -> StateOptions {
    let standard = StateOptions()
    let path = section.text("path").map { $0 == standard.path ? $0 : files.resolve($0) }
    return StateOptions(
      path: path ?? standard.path, retention: section.duration("retention") ?? standard.retention,
      bytesMax: section.size("max_size") ?? standard.bytesMax)
  }

  private func limits(_ section: ConfigSection, _ listen: ListenOptions) -> LimitOptions {
    let standard = LimitOptions()
    // Whoever can reach a loopback address has the same one as all others.
    let perAddress = listen.isLoopback ? nil : Limits.connectionsPerAddressMax
    return LimitOptions(
      bodyBytesMax: section.size("body") ?? standard.bodyBytesMax,
      headBytesMax: section.size("head") ?? standard.headBytesMax,
      headersMax: section.integer("headers") ?? standard.headersMax,
      connectionsMax: section.integer("connections") ?? standard.connectionsMax,
      connectionsPerAddressMax: section.text("connections_per_address") == "off"
        ? nil : section.integer("connections_per_address") ?? perAddress,
      idleConnectionsMax: section.integer("idle_connections") ?? standard.idleConnectionsMax)
  }

  private mutating func cors(_ section: ConfigSection) -> CORSOptions {
    var options = CORSOptions()
    let entries = section.texts("origins")
    for entry in entries {
      if entry.text == "*" {
        if entries.count > 1 { mistakes.add(entry.origin, entry.path, "`*` must stand alone: it allows every origin") }
      } else if !ConfigText.isWebOrigin(entry.text) {
        mistakes.add(entry.origin, entry.path, "must be an origin such as `https://app.example:8443`, without a path")
      }
      options.origins.append(entry.text.lowercased())
    }
    options.maxAge = section.duration("max_age") ?? options.maxAge
    return options
  }

  private func client(_ section: ConfigSection) -> ClientOptions {
    let standard = ClientOptions()
    return ClientOptions(
      headerTimeout: section.duration("header_timeout") ?? standard.headerTimeout,
      bodyTimeout: section.duration("body_timeout") ?? standard.bodyTimeout,
      idleTimeout: section.duration("idle_timeout") ?? standard.idleTimeout,
      halfClose: section.choice("half_close") ?? standard.halfClose)
  }

  private func log(_ section: ConfigSection) -> LogOptions {
    let standard = LogOptions()
    return LogOptions(
      format: section.choice("format") ?? standard.format, access: section.bool("access") ?? standard.access)
  }
}
