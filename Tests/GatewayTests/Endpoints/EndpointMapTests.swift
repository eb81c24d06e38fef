import Testing
import Wire

@testable import Gateway

struct EndpointMapTests {
  private let map = EndpointMap(basePaths: [])

  /// What `method path` comes to, asked both ways: by the text of the path and by the bytes of a head.
  private func match(_ request: String, in map: EndpointMap? = nil) throws -> EndpointMatch {
    let map = map ?? self.map
    let words = request.split(separator: " ").map(String.init)
    let head = try ParsedRequest(words[0], path: words[1]).head
    let match = map.match(head)
    #expect(map.match(head.method, path: words[1]) == match)
    return match
  }

  @Test(arguments: [
    ("POST /v1/chat/completions", Endpoint.chat(forcesStream: false), "/chat/completions"),
    ("POST /v1/chat", .chat(forcesStream: false), "/chat/completions"),
    ("POST /v1/chat/stream", .chat(forcesStream: true), "/chat/completions"),
    ("POST /v1/responses", .responses, "/responses"),
    ("POST /v1/completions", .completions, "/completions"),
    ("POST /v1/embeddings", .embeddings, "/embeddings"),
  ])
  func `the calls of the API have endpoints, aliases included`(
    request: String, endpoint: Endpoint, upstreamPath: String
  ) throws {
    #expect(try match(request) == .found(endpoint, upstreamPath: upstreamPath))
    #expect(endpoint.isRelayed && !endpoint.isProbe)
  }

  @Test(arguments: [
    ("GET /v1/models", Endpoint.models), ("HEAD /v1/models", .models), ("GET /v1/requests", .requests),
    ("GET /v1/requests/req_1", .request("req_1")), ("DELETE /v1/requests/req_1", .stopRequest("req_1")),
    ("POST /v1/requests/req_1/stop", .stopRequest("req_1")), ("POST /v1/requests/a%3Ab/stop", .stopRequest("a:b")),
    ("GET /v1/models/gpt-4o", .model("gpt-4o")), ("GET /v1/models/openai/gpt-4o", .model("openai/gpt-4o")),
    ("GET /v1/models/openai%2Fgpt-4o", .model("openai/gpt-4o")), ("GET /healthz", .health), ("HEAD /readyz", .ready),
    ("GET /", .health), ("HEAD /", .health),
    ("GET /v1/responses/resp_1/", .state(.response("resp_1"))),
    ("GET /v1/%72esponses/resp%5F1", .state(.response("resp_1"))),
    ("POST /v1/responses/resp_1/%63ancel/", .state(.cancelResponse("resp_1"))),
    ("POST /v1/responses/input_tokens", .state(.likeResponse)),
    ("POST /v1/responses/compact", .state(.likeResponse)),
    ("GET /v1/responses", .state(.allResponses)), ("DELETE /v1/%72esponses/", .state(.allResponses)),
    ("GET /v1/responses/resp_1/else", .state(.otherOfResponse("resp_1"))),
    ("PUT /v1/conversations/conv_1/x/y/z", .state(.otherOfConversation("conv_1"))),
    ("GET /metrics", .metrics), ("GET /v1/responses/resp_1", .state(.response("resp_1"))),
    ("DELETE /v1/responses/resp_1", .state(.deleteResponse("resp_1"))),
    ("POST /v1/responses/resp_1/cancel", .state(.cancelResponse("resp_1"))),
    ("GET /v1/responses/resp_1/input_items", .state(.inputItems("resp_1"))),
    ("POST /v1/conversations", .state(.createConversation)),
    ("GET /v1/conversations/conv_1", .state(.conversation("conv_1"))),
    ("POST /v1/conversations/conv_1", .state(.changeConversation("conv_1"))),
    ("DELETE /v1/conversations/conv_1", .state(.deleteConversation("conv_1"))),
    ("GET /v1/conversations/conv_1/items", .state(.conversationItems("conv_1"))),
    ("POST /v1/conversations/conv_1/items", .state(.addItems("conv_1"))),
    ("GET /v1/conversations/conv_1/items/msg_1", .state(.conversationItem("conv_1", item: "msg_1"))),
    ("DELETE /v1/conversations/conv_1/items/msg_1", .state(.deleteItem("conv_1", item: "msg_1"))),
  ])
  func `what the gateway answers itself has endpoints`(request: String, endpoint: Endpoint) throws {
    guard case .found(let found, _) = try match(request) else {
      Issue.record("\(request) was not found")
      return
    }
    #expect(found == endpoint)
    #expect(!found.isRelayed)
    #expect(found.isProbe == (found == .health || found == .ready))
  }

  @Test(arguments: [
    "GET /v1/chat/completions", "GET /v1/chat/completions/chatcmpl-1", "POST /v1/audio/speech",
    "GET /v1/files", "GET /v1/x/%20%7E~", "GET /v1/x/",
    "DELETE /v1/models/ft:gpt-4o:me", "PUT /v1/anything/at/all", "PATCH /v1/files/x",
  ])
  func `any other route of the API is relayed as it is`(request: String) throws {
    let path = String(request.split(separator: " ")[1].dropFirst(3))
    #expect(try match(request) == .found(.relay, upstreamPath: path))
  }

  @Test(arguments: ["POST /v1/responses", "POST /v1/responses/", "POST /v1/%72esponses", "POST /v1/response%73/"])
  func `responses are made under every spelling of their path`(request: String) throws {
    #expect(try match(request) == .found(.responses, upstreamPath: "/responses"))
  }

  @Test(arguments: [
    "POST /v1/Responses", "GET /v1/RESPONSES/resp_1", "GET /v1/responses;x/resp_1", "GET /v1/conversationS/c",
  ])
  func `what others may take for what is stored is not relayed`(request: String) throws {
    #expect(try match(request) == .unknown(hint: nil))
  }

  @Test(arguments: [
    ("GET /v1/chat", "POST"), ("GET /v1/chat/stream", "POST"), ("PUT /v1/completions", "POST"),
    ("GET /v1/embeddings", "POST"), ("POST /v1/models", "GET, HEAD"), ("POST /v1/requests", "GET, HEAD"),
    ("POST /v1/requests/req_1", "GET, HEAD, DELETE"), ("GET /v1/requests/req_1/stop", "POST"),
    ("PUT /v1/responses/resp_1", "GET, DELETE"), ("GET /v1/responses/resp_1/cancel", "POST"),
    ("GET /v1/conversations", "POST"), ("PATCH /v1/conversations/conv_1", "GET, POST, DELETE"),
    ("POST /healthz", "GET, HEAD"), ("POST /", "GET, HEAD"), ("DELETE /readyz", "GET, HEAD"),
    ("PUT /metrics", "GET, HEAD"),
  ])
  func `a wrong method is told the right ones`(request: String, allow: String) throws {
    #expect(try match(request) == .wrongMethod(allow: allow))
  }

  @Test(arguments: [
    ("POST /v2/chat/completions", nil), ("POST /v1chat", nil), ("GET /v1", nil),
    ("GET /healthz/", nil), ("GET /V1/models", nil), ("GET /v1/requests/a/b", nil), ("GET /v1/requests/a/stop/b", nil),
    ("POST /chat/completions", "/v1/chat/completions"), ("GET /models", "/v1/models"),
    ("GET /models/gpt-4o", "/v1/models/gpt-4o"), ("GET /modelsx", nil), ("POST /embeddings", "/v1/embeddings"),
  ])
  func `an unknown path is told what was probably meant`(request: String, hint: String?) throws {
    #expect(try match(request) == .unknown(hint: hint))
  }

  // MARK: - Mounted paths

  @Test func `a mounted path serves the same routes beside the usual one`() throws {
    let map = EndpointMap(basePaths: ["/some/prefix/llm"])
    let chat = EndpointMatch.found(.chat(forcesStream: false), upstreamPath: "/chat/completions")
    #expect(try match("POST /some/prefix/llm/chat/completions", in: map) == chat)
    #expect(try match("POST /some/prefix/llm/chat", in: map) == chat)
    #expect(
      try match("POST /some/prefix/llm/chat/stream", in: map)
        == .found(.chat(forcesStream: true), upstreamPath: "/chat/completions"))
    #expect(try match("POST /v1/chat/completions", in: map) == chat)
    #expect(try match("GET /some/prefix/llm/files", in: map) == .found(.relay, upstreamPath: "/files"))
    #expect(try match("GET /some/prefix/llmx/files", in: map) == .unknown(hint: nil))
    #expect(try match("GET /some/prefix/llm", in: map) == .unknown(hint: nil))
    #expect(try match("GET /healthz", in: map) == .found(.health, upstreamPath: ""))
  }

  @Test func `the longest mounted path that fits wins`() throws {
    let map = EndpointMap(basePaths: ["/v1/team", "/v1/team/x", "/v1/chat"])
    #expect(try match("POST /v1/team/embeddings", in: map) == .found(.embeddings, upstreamPath: "/embeddings"))
    #expect(try match("POST /v1/team/x/embeddings", in: map) == .found(.embeddings, upstreamPath: "/embeddings"))
    #expect(try match("POST /v1/embeddings", in: map) == .found(.embeddings, upstreamPath: "/embeddings"))
    #expect(try match("POST /v1/chat/completions", in: map) == .found(.completions, upstreamPath: "/completions"))
  }

  // MARK: - Ambiguous paths

  @Test(arguments: [
    "/v1//models", "//v1/models", "/v1/models//gpt", "/v1/../metrics", "/v1/./models", "/v1/..", "/v1/%2e%2e/metrics",
    "/v1/%2E./x", "/v1/.%2e/x", "/v1/%2e/x", "/v1/files/a%2fb", "/v1/files/%2F", "/v1/a\\b", "/v1/a%5cb", "/v1/a%5Cb",
    "/v1/a%00b", "/v1/a%0d%0aX:b", "/v1/a%1Fb",
    "/v1/models/a%7f", "/v1/models/a%2f%2fb", "/v1/models/%2fa", "/v1/models/a%2f..%2fb", "/v1/models/a%2f%2e%2e",
    "/v1/models/..%2fadmin", "/v1/files/a%2fb/models/c",
  ])
  func `a path that servers read differently is refused`(path: String) {
    #expect(map.match(.get, path: path) == .ambiguous)
    #expect(EndpointMap(basePaths: ["/v1/files"]).match(.post, path: path) == .ambiguous)
  }

  @Test(arguments: [
    "/v1/files/a.b", "/v1/files/...", "/v1/files/.hidden", "/v1/files/a%20b", "/v1/files/%252e%252e",
    "/v1/models/a%2Fb", "/v1/models/a%2fb%2fc", "/v1/models/gpt-4%2e1",
  ])
  func `dots and escapes that mean nothing else are served`(path: String) {
    #expect(map.match(.get, path: path) != .ambiguous)
  }
}
