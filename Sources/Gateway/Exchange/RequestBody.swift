import Dialects

/// A request's body, and what the gateway may have to change in it for the upstream at hand.
struct RequestBody {
  /// What has been read of the body, and thus where its model's name is.
  ///
  /// Boxed, because it is asked for each attempt and large.
  indirect enum Peek {
    case json(RequestPeek)
    case multipart(MultipartPeek)
    /// Nothing; it goes as it is.
    case none
  }

  /// `nil`: no body at all.
  var bytes: [UInt8]?
  var peek = Peek.none
  /// Whether `stream` must become true: on a URL that always streams, and for an answer that is put together here.
  var forcesStream = false
  /// Whether usage must be asked for, which a stream only brings when it is.
  var asksForUsage = false

  /// The body with the model renamed; the very same bytes where nothing changes.
  func bytes(model: String?) -> [UInt8]? {
    guard let bytes else { return nil }
    switch peek {
    case .none: return bytes
    case .json(let peek):
      let rename = model == peek.model ? nil : model
      guard rename != nil || forcesStream else { return bytes }
      return RequestRewrite.applying(
        model: rename, forcesStream: forcesStream, asksForUsage: asksForUsage, to: bytes, peek: peek)
    case .multipart(let peek):
      guard let model, model != peek.model else { return bytes }
      return RequestRewrite.applying(model: model, to: bytes, peek: peek)
    }
  }
}
