import CCurl
import Policy
import Reactor

/// One libcurl transfer and the answer's head; pooled together with its easy handle.
final class CurlTransfer {
  let easy: UnsafeMutableRawPointer
  unowned let client: CurlClient
  /// Who is told; `.none` once nobody cares any more.
  var owner = SlotID.none
  var id = SlotID.none
  /// Kept here because libcurl reads from it while it sends.
  var body: [UInt8]?
  private var headers = HeaderList()
  /// Whether the transfer is to be removed as soon as libcurl's call stack allows.
  var isCancelled = false
  private(set) var usesTLS = false
  /// Bytes that may still be thrown away after `detach`.
  var discardLeft = 0
  var drainTimer = TimerID.none
  private var headDelivered = false
  private var isHead = false
  /// What is wrong with the answer's head, which libcurl would have taken.
  private(set) var mistake: String?
  /// Bytes of trailer fields, which nobody reads; libcurl would take them without end.
  private var trailerBytes = 0

  private(set) var head = UpstreamHead()
  /// Whether `transferReceivedBody` has refused bytes and `resume` has not been called since.
  private(set) var isPaused = false

  init(client: CurlClient) {
    guard let easy = curl_easy_init() else { fatalError("libcurl cannot allocate a handle") }
    self.easy = easy
    self.client = client
  }

  deinit {
    curl_easy_cleanup(easy)
  }

  /// Sets every option of the next request.
  func prepare(_ spec: TransferSpec, owner: SlotID) {
    curl_easy_reset(easy)
    self.owner = owner
    isCancelled = false
    isPaused = false
    headDelivered = false
    isHead = spec.method == "HEAD"
    mistake = nil
    usesTLS = spec.origin.isTLS
    head.reset()
    prepareConnection(spec)
    prepareRequest(spec)
    prepareCallbacks()
  }

  /// Lets go of what the request held.
  func clear() {
    owner = .none
    body = nil
    drainTimer = .none
    discardLeft = 0
  }

  func unpause() { isPaused = false }

  private func prepareConnection(_ spec: TransferSpec) {
    set(CURLOPT_NOSIGNAL, 1)
    set(CURLOPT_TCP_KEEPALIVE, 1)
    set(CURLOPT_MAXAGE_CONN, Limits.upstreamIdleTimeout.millisecondsRoundedUp / 1000)
    // Over TLS, a burst of requests waits for the first handshake to see whether it can share the connection.
    set(CURLOPT_PIPEWAIT, spec.version != .http1 && spec.origin.isTLS ? 1 : 0)
    set(CURLOPT_BUFFERSIZE, spec.receiveBufferBytes)
    set(CURLOPT_CONNECTTIMEOUT_MS, max(1, spec.connectTimeout.millisecondsRoundedUp))
    switch spec.version {
    case .automatic: set(CURLOPT_HTTP_VERSION, Int(CURL_HTTP_VERSION_2TLS))
    case .http1: set(CURLOPT_HTTP_VERSION, Int(CURL_HTTP_VERSION_1_1))
    case .http2: set(CURLOPT_HTTP_VERSION, Int(CURL_HTTP_VERSION_2_PRIOR_KNOWLEDGE))
    }
    if let proxy = spec.origin.proxy { set(CURLOPT_PROXY, proxy) }
    // What a proxy says to `CONNECT` is not the upstream's answer.
    set(CURLOPT_SUPPRESS_CONNECT_HEADERS, 1)
    if let file = spec.origin.authorities { set(CURLOPT_CAINFO, file) }
    if !spec.origin.verifiesPeer {
      set(CURLOPT_SSL_VERIFYPEER, 0)
      set(CURLOPT_SSL_VERIFYHOST, 0)
    }
  }

  private func prepareRequest(_ spec: TransferSpec) {
    set(CURLOPT_PROTOCOLS_STR, "http,https")
    set(CURLOPT_URL, spec.origin.url + spec.target)
    // The path was checked by the gateway; libcurl must not tidy it once more.
    set(CURLOPT_PATH_AS_IS, 1)
    // Asks for plain bytes and decodes whatever comes all the same.
    set(CURLOPT_ACCEPT_ENCODING, "identity")
    // libcurl has no HEAD with a body: it would wait for the body of the answer.
    if let body = spec.body, spec.method != "HEAD" {
      set(CURLOPT_POST, 1)
      sluice_curl_set_offset(easy, CURLOPT_POSTFIELDSIZE_LARGE, curl_off_t(body.count))
      self.body = body
      if body.isEmpty {
        // Without any pointer libcurl would read the body from standard input.
        set(CURLOPT_COPYPOSTFIELDS, "")
      }
      // The array stays untouched in `self.body` until the transfer is over, so its storage does not move.
      self.body?.withUnsafeBytes { bytes in
        if !bytes.isEmpty { sluice_curl_set_pointer(easy, CURLOPT_POSTFIELDS, bytes.baseAddress) }
      }
      if spec.method != "POST" { set(CURLOPT_CUSTOMREQUEST, spec.method) }
    } else if spec.method == "HEAD" {
      set(CURLOPT_NOBODY, 1)
    } else if spec.method != "GET" {
      set(CURLOPT_CUSTOMREQUEST, spec.method)
    }
    if spec.hasUnusualBody { set(CURLOPT_FORBID_REUSE, 1) }
    let lines = spec.allHeaders
    sluice_curl_set_list(easy, CURLOPT_HTTPHEADER, headers.set(lines, suppressed: suppressed(spec, lines)))
  }

  /// What libcurl would add on its own: a wait of up to a second for the permission to send a large body, a content
  /// type of forms, and `Accept`.
  private func suppressed(_ spec: TransferSpec, _ lines: HeaderLines) -> [StaticString] {
    var names: [StaticString] = ["Expect"]
    if spec.body != nil, !lines.contains("content-type") { names.append("Content-Type") }
    if !lines.contains("accept") { names.append("Accept") }
    return names
  }

  private func prepareCallbacks() {
    let context = Unmanaged.passUnretained(self).toOpaque()
    sluice_curl_set_pointer(easy, CURLOPT_PRIVATE, context)
    sluice_curl_set_pointer(easy, CURLOPT_HEADERDATA, context)
    sluice_curl_set_write(easy, CURLOPT_HEADERFUNCTION) { bytes, size, count, context in
      CurlTransfer.from(context).headerReceived(UnsafeRawBufferPointer(start: bytes, count: size * count))
    }
    sluice_curl_set_pointer(easy, CURLOPT_WRITEDATA, context)
    sluice_curl_set_write(easy, CURLOPT_WRITEFUNCTION) { bytes, size, count, context in
      CurlTransfer.from(context).bodyReceived(UnsafeRawBufferPointer(start: bytes, count: size * count))
    }
    client.prepareSocketCallbacks(of: easy)
  }

  private static func from(_ context: UnsafeMutableRawPointer?) -> CurlTransfer {
    guard let context else { fatalError("libcurl lost the transfer") }
    return Unmanaged<CurlTransfer>.fromOpaque(context).takeUnretainedValue()
  }

  private func headerReceived(_ line: UnsafeRawBufferPointer) -> Int {
    guard !isCancelled else { return 0 }
    // Trailer fields after the body arrive here too and are not part of the head.
    guard !headDelivered else {
      trailerBytes += line.count
      return trailerBytes <= UpstreamHead.bytesMax ? line.count : 0
    }
    guard CurlTransfer.isSound(line) else { return refuse("the answer's head is malformed") }
    guard head.receive(line) else { return refuse("the answer's head is too large") }
    guard head.status != 101 else { return refuse("the upstream switched protocols unasked") }
    if head.isComplete {
      var framing = AnswerFraming(minor: head.minorVersion)
      let hasBody = !isHead && head.status != 204 && head.status != 304
      guard framing.read(head, hasBody: hasBody, isDecoded: true) else { return refuse(framing.mistake) }
      if !framing.keepsAlive { set(CURLOPT_FORBID_REUSE, 1) }
      headDelivered = true
      client.headReceived(self)
    }
    return isCancelled ? 0 : line.count
  }

  /// libcurl passes on folded lines, whatever is in a status line, and more; what it makes of HTTP/2 is sound.
  private static func isSound(_ line: UnsafeRawBufferPointer) -> Bool {
    var end = line.count
    if end > 0, line[end - 1] == 0x0a { end -= 1 }
    if end > 0, line[end - 1] == 0x0d { end -= 1 }
    let text = UnsafeRawBufferPointer(rebasing: line[..<end])
    if text.starts(with: "HTTP/2 ".utf8) { return true }
    return switch HeadLine(text, startsHead: text.starts(with: "HTTP/".utf8)) {
    case .status, .field, .end: true
    case .malformed: false
    }
  }

  private func refuse(_ mistake: String) -> Int {
    self.mistake = mistake
    return 0
  }

  private func bodyReceived(_ bytes: UnsafeRawBufferPointer) -> Int {
    guard !isCancelled else { return 0 }
    if client.bodyReceived(self, bytes) { return isCancelled ? 0 : bytes.count }
    // Refused by somebody who has let go of the transfer meanwhile and will not ask again.
    if owner == .none { return isCancelled ? 0 : bytes.count }
    isPaused = true
    return Int(CURL_WRITEFUNC_PAUSE)
  }

  private func set(_ option: CURLoption, _ value: Int) { sluice_curl_set_long(easy, option, value) }

  private func set(_ option: CURLoption, _ value: String) { sluice_curl_set_string(easy, option, value) }
}

extension Duration {
  /// Whole milliseconds, none too few.
  fileprivate var millisecondsRoundedUp: Int {
    let (seconds, attoseconds) = components
    return Int(clamping: seconds * 1000 + (attoseconds + 999_999_999_999_999) / 1_000_000_000_000_000)
  }
}
