/// What a path of the API stands for. Prefixes before `/v1` do not matter, so that a mock can play any base URL.
enum Endpoint: Equatable, Sendable {
  case chat, responses, completions, embeddings, moderations
  case models, model(String)
  case speech, transcription, images
  case fileUpload, fileList, file(String), fileContent(String)
  case response(String), responseCancel(String), responseItems(String)
  /// Batches, uploads and whatever else: answered with a description of the request.
  case other

  /// `path` without its query, percent escapes as sent.
  init(method: String, path: String) {
    let all = path.split(separator: "/").map { percentDecoded($0) ?? String($0) }
    let parts = all.firstIndex(of: "v1").map { Array(all[($0 + 1)...]) } ?? all
    self = Self.create(method: method, parts: parts) ?? Self.byID(method: method, parts: parts) ?? .other
  }

  /// The status of an API that the upstream of this path does not have: `/chat-only…` has no responses,
  /// `/responses-only…` no chat completions.
  static func absence(method: String, path: String) -> Int? {
    let upstream = path.split(separator: "/").first ?? ""
    let endpoint = Endpoint(method: method, path: path)
    if upstream.hasPrefix("chat-only"), endpoint.isOfResponses { return upstream.hasSuffix("-405") ? 405 : 404 }
    return upstream.hasPrefix("responses-only") && endpoint == .chat ? 404 : nil
  }

  private var isOfResponses: Bool {
    switch self {
    case .responses, .response, .responseCancel, .responseItems: true
    case .chat, .completions, .embeddings, .moderations, .models, .model, .speech, .transcription, .images,
      .fileUpload, .fileList, .file, .fileContent, .other:
      false
    }
  }

  private static func create(method: String, parts: [String]) -> Endpoint? {
    switch (method, parts.joined(separator: "/")) {
    case ("POST", "chat/completions"): .chat
    case ("POST", "responses"): .responses
    case ("POST", "completions"): .completions
    case ("POST", "embeddings"): .embeddings
    case ("POST", "moderations"): .moderations
    case ("POST", "audio/speech"): .speech
    case ("POST", "audio/transcriptions"), ("POST", "audio/translations"): .transcription
    case ("POST", "images/generations"), ("POST", "images/edits"), ("POST", "images/variations"): .images
    case ("POST", "files"): .fileUpload
    case ("GET", "files"): .fileList
    case ("GET", "models"): .models
    default: nil
    }
  }

  private static func byID(method: String, parts: [String]) -> Endpoint? {
    guard parts.count >= 2 else { return nil }
    let id = parts[1]
    switch (method, parts[0], parts.dropFirst(2).first) {
    case ("GET", "models", _): return .model(parts.dropFirst().joined(separator: "/"))
    case ("GET", "files", nil), ("DELETE", "files", nil): return .file(id)
    case ("GET", "files", "content"): return .fileContent(id)
    case ("GET", "responses", nil), ("DELETE", "responses", nil): return .response(id)
    case ("POST", "responses", "cancel"): return .responseCancel(id)
    case ("GET", "responses", "input_items"): return .responseItems(id)
    default: return nil
    }
  }

  /// The id in the path, which may carry a scenario.
  var id: String? {
    switch self {
    case .model(let id), .file(let id), .fileContent(let id), .response(let id), .responseCancel(let id),
      .responseItems(let id):
      id
    case .chat, .responses, .completions, .embeddings, .moderations, .models, .speech, .transcription, .images,
      .fileUpload, .fileList, .other:
      nil
    }
  }
}
