import Wire

/// What the mock needs to know of a request to answer it, read from its path and body.
struct RequestFacts: Equatable, Sendable {
  /// The model name; empty when the request has none.
  var model = ""
  var stream = false
  var includeUsage = false
  /// The bearer key that was presented.
  var key: String?
  /// Text of the last user message, for `echo`.
  var lastText: String?
  /// `encoding_format` of an embeddings request.
  var encodingFormat: String?
  /// Vectors that an embeddings request asks for.
  var inputCount = 1
  var dimensions: Int?
  var logprobs = false
  var isBackground = false
  /// Things said so far in a conversation.
  var turnCount = 0
  /// The tool calls of the answer where the conversation says which.
  var calls: [ToolCall] = []
  /// The body of a responses request that is to be repeated in the answer.
  var request: JSONTree?
  /// Makes the ids of a stored response its own.
  var serial: Int?
  /// Parts of a multipart body.
  var parts: [MultipartPart] = []

  /// An id's tail that depends on the model name only, so that the same request always gets the same bytes; but for
  /// stored responses.
  var idTail: String {
    serial.map { "native\($0)" } ?? hex(CRC32.checksum(Array(model.utf8)))
  }
}

/// The time that every answer claims to be from, in epoch seconds; fixed, so that answers can be compared.
let createdSeconds = 1_795_000_000
