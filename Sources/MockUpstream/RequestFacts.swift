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
  /// Parts of a multipart body.
  var parts: [MultipartPart] = []

  /// An id's tail that depends on the model name only: the same request always gets the same bytes.
  var idTail: String {
    hex(CRC32.checksum(Array(model.utf8)))
  }
}

/// The time that every answer claims to be from, in epoch seconds; fixed, so that answers can be compared.
let createdSeconds = 1_795_000_000
