import Policy
import Wire

/// Makes a response of a chat answer, streamed or whole.
///
/// Events come in the legal order: an item is announced, its parts are, their text follows in the pieces in which it
/// came, and whatever is open ends before something of another kind begins. Calls stay open while more of them may
/// come, because some upstreams interleave them. Pieces of text and of arguments go from the chunk to the event as
/// escaped bytes; nothing is allocated for them but the growth of the output and of the kept text.
package struct ResponsesFromChat: AnswerTranslator {
  /// What the client has been told of the response as a whole.
  enum Phase {
    case unopened, queued, inProgress, ended
  }

  /// What is written to, or asked of, an item by its place.
  enum Output {
    case text(Int)
    case call(Int)
  }

  /// The id that the client sees.
  package let answerID: String
  /// How many bytes of the answer are kept, for its final object.
  package internal(set) var heldBytes = 0

  /// What an item is taken to need besides its text.
  static let itemBytes = 512
  /// Most calls of one answer that are told apart, as in openai-node.
  static let callsMax = ChatChoice.callsMax

  let ids: AnswerIDs
  let tools: ToolTable
  let wantsLogprobs: Bool
  let isBackground: Bool
  let echo: ResponseEcho

  var phase = Phase.unopened
  /// The number of the next event.
  var sequence = 0
  /// Whether events are not written, because the answer comes as a whole.
  var isMute = false

  /// The output in its order, by where each item is kept.
  var output: [Output] = []
  var texts: [AnswerText] = []
  var calls: [AnswerCall] = []
  /// The kind of text whose part is open, which is the last part of the last of `texts`.
  var openChannel: ResponsesPart.Channel?
  /// Annotations that came while no text was open, as JSON.
  var waitingAnnotations: [[UInt8]] = []
  /// Log probabilities for which no text has come; JSON, separated by commas.
  var waitingLogprobs: [UInt8] = []

  var outcome: FinishOutcome?
  /// The last `usage` object, as it was spelled; empty when none came.
  var usage: [UInt8] = []
  /// The service tier that the upstream reports; JSON.
  var serviceTier: [UInt8] = []
  var status = AnswerStatus.inProgress
  var incompleteReason: String?
  var error: ErrorBody?
  var completedAt: Int?

  /// A response of which nothing has come.
  ///
  /// - Parameters:
  ///   - ids: the same that the request was read with.
  ///   - model: the model's name as the client shall read it.
  ///   - createdAt: seconds since 1970.
  package init(_ request: ResponsesRequest, ids: AnswerIDs, model: String, createdAt: Int) {
    self.ids = ids
    answerID = ids.response
    tools = request.tools
    wantsLogprobs = request.includesLogprobs
    isBackground = request.background
    echo = ResponseEcho(request, id: ids.response, model: model, createdAt: createdAt)
    if request.background { status = .queued }
  }

  /// Announces the response before its upstream is asked, which background responses need. Others announce themselves
  /// with the first chunk.
  package mutating func announce(into out: inout [UInt8]) {
    guard phase == .unopened else { return }
    phase = .queued
    emitResponse("response.created", into: &out)
    if isBackground { emitResponse("response.queued", into: &out) }
  }

  /// What the upstream's chunks have in common ends here: the response is under way.
  mutating func open(into out: inout [UInt8]) {
    guard phase == .unopened || phase == .queued else { return }
    announce(into: &out)
    phase = .inProgress
    status = .inProgress
    emitResponse("response.in_progress", into: &out)
  }

  package mutating func take(_ block: SSEBlock, in source: Span<UInt8>, into out: inout [UInt8]) {
    guard let data = block.data, phase != .ended else { return }
    guard block.dataLines > 1 else { return take(data, in: source, into: &out) }
    let joined = JSONScan.onOneLine(block.joinedData(in: source))
    take(0..<joined.count, in: joined.span, into: &out)
  }

  package mutating func takeWhole(_ body: [UInt8]) -> Bool {
    let object = JSONScan.trimmed(0..<body.count, in: body.span)
    guard phase != .ended, JSONScan.looksLikeObject(object, in: body.span),
      let choices = JSONPick.member("choices", of: object, in: body.span)
    else { return false }
    var cursor = JSONCursor(choices.range, in: body.span)
    guard let first = cursor.nextElement(in: body.span),
      let message = JSONPick.member("message", of: first.range, in: body.span), message.kind == .object
    else { return false }
    isMute = true
    var nothing: [UInt8] = []
    take(object, in: body.span, into: &nothing)
    return true
  }

  // MARK: - Chunks

  private mutating func take(_ data: Range<Int>, in bytes: Span<UInt8>, into out: inout [UInt8]) {
    let object = JSONScan.trimmed(data, in: bytes)
    guard JSONScan.looksLikeObject(object, in: bytes) else { return }
    if phase != .inProgress {
      // An upstream that begins with an error has not begun an answer.
      if let error = JSONPick.member("error", of: object, in: bytes), PeekedError.isTruthy(error, in: bytes) { return }
      open(into: &out)
    }
    var cursor = JSONCursor(object, in: bytes)
    while let member = cursor.nextMember(in: bytes) {
      let value = member.value
      switch member.key.count {
      case 7 where value.kind == .array && bytes.equals("choices", in: member.key):
        takeChoices(value.range, in: bytes, into: &out)
      case 5 where value.kind == .object && bytes.equals("usage", in: member.key):
        keepUsage(value, in: bytes)
      case 6 where value.kind == .object && bytes.equals("x_groq", in: member.key):
        keepUsage(JSONPick.member("usage", of: value.range, in: bytes), in: bytes)
      case 12 where value.kind == .string && bytes.equals("service_tier", in: member.key):
        keepServiceTier(value, in: bytes)
      default: break
      }
    }
  }

  /// A response has one answer: choices other than the first were not asked for.
  private mutating func takeChoices(_ list: Range<Int>, in bytes: Span<UInt8>, into out: inout [UInt8]) {
    var cursor = JSONCursor(list, in: bytes)
    while let choice = cursor.nextElement(in: bytes) {
      guard choice.kind == .object else { continue }
      var index: JSONValue?
      var message: JSONValue?
      var finish: JSONValue?
      var logprobs: JSONValue?
      var members = JSONCursor(choice.range, in: bytes)
      while let member = members.nextMember(in: bytes) {
        switch member.key.count {
        case 5 where bytes.equals("delta", in: member.key): message = isMute ? message : member.value
        case 5 where bytes.equals("index", in: member.key): index = member.value
        case 5 where bytes.equals("usage", in: member.key): keepUsage(member.value, in: bytes)
        case 7 where bytes.equals("message", in: member.key): message = isMute ? member.value : message
        case 8 where bytes.equals("logprobs", in: member.key): logprobs = member.value
        case 13 where bytes.equals("finish_reason", in: member.key): finish = member.value
        default: break
        }
      }
      guard JSONPick.integer(index, in: bytes) ?? 0 == 0 else { continue }
      if let message, message.kind == .object { take(message.range, logprobs: logprobs, in: bytes, into: &out) }
      if outcome == nil { outcome = FinishOutcome.read(finish, in: bytes) }
    }
  }

  private mutating func keepUsage(_ value: JSONValue?, in bytes: Span<UInt8>) {
    guard let value, value.kind == .object, value.range.count <= ChatTap.usageBytesMax else { return }
    usage.removeAll(keepingCapacity: true)
    usage.append(copying: value.range, of: bytes)
  }

  private mutating func keepServiceTier(_ value: JSONValue, in bytes: Span<UInt8>) {
    guard serviceTier.isEmpty, value.range.count <= 64, JSONScan.isSound(bytes.extracting(value.range)) else { return }
    serviceTier.append(copying: value.range, of: bytes)
  }
}
