/// What one request is to experience, read from its model name.
///
/// A model name is `mock`, `mock-anything`, or either followed by `,key` and `,key=value` parts:
/// `mock,events=20,pace=10ms,reset-after=5`. `ScenarioKey` lists the keys. A name that does not begin with `mock` is a
/// plain, well-behaved answer, so that real model names can be used too. Values never depend on the clock or on
/// chance: the same name always makes the same answer.
struct Scenario: Equatable, Sendable {
  /// The whole model name as it was received; answers repeat it.
  var model: String
  /// Free text that makes a name unique, so that `times` counts for one test only.
  var run = ""

  // MARK: Pace

  /// Content events of an answer.
  var events = 5
  /// Bytes of text in one content event.
  var size = 12
  /// Wait before every event but the first.
  var pace = Duration.zero
  /// Wait before the response head.
  var slowHead = Duration.zero
  /// Wait between the head and the first event.
  var slowFirst = Duration.zero
  /// Every event but the first waits until a test lets it through.
  var gate = false
  /// Comments at this interval while the stream waits or is silent; zero: none.
  var keepAlive = Duration.zero

  // MARK: Content

  /// What is answered depends on the conversation; see `Scene`.
  var converse = false
  var tools = 0
  /// Text comes before the tool calls.
  var commentary = false
  var choices = 1
  var reasoning = false
  var refusal = false
  var json = false
  var text: String?
  var unicode = false
  var echo = false
  var timestamps = false
  /// Why generation ended; nil: `stop`, or `tool_calls` when there are tools.
  var finish: Finish?
  /// Usage is sent although the request did not ask for it.
  var usage = false
  /// Bytes of text in one extra, big content event; zero: none.
  var bigEvent = 0
  /// Size of binary answers.
  var bytes = 1_024

  // MARK: Framing

  var comments = false
  var lineEnd = LineEnd.lf
  var noSpace = false
  var byteOrderMark = false
  /// Bytes per write; zero: one write per event.
  var split = 0
  /// A write ends at this byte of the body.
  var splitAt: Int?
  /// Wait between the writes that `split` and `split-at` make.
  var splitGap = Duration.zero
  var noDone = false
  var noFinish = false
  var noBlank = false
  var linger = false
  var gzip = false
  /// A blocking answer comes chunked instead of with its length.
  var chunked = false
  /// A stream comes with its length instead of chunked.
  var sized = false
  /// Instead of the content type that belongs to the answer.
  var contentType: String?
  /// Bytes of one more header field; zero: none.
  var headBytes = 0

  // MARK: Failures before the answer

  /// How attempts fail: the first `times`, or those within `window`.
  var fail: EarlyFailure?
  var times = 1
  /// When attempts fail, counted from the first request of this model name.
  var window: Window?
  /// How requests that present one of these keys fail.
  var badKeys: [BadKey] = []
  /// Status of every attempt; nil: 200.
  var status: Int?
  var errorCode: String?
  var errorType: String?
  var htmlError = false
  var quota = false
  var retryAfter: String?
  var retryAfterMs: String?
  /// `retry-after` as an HTTP date this many seconds ahead.
  var retryAfterDate: Int?
  /// Value of `x-ratelimit-reset-requests`, with no request remaining.
  var rateLimitReset: String?
  var shouldRetry: String?
  var silent = false

  // MARK: Failures inside the answer

  /// What happens once so many events were sent; of a blocking answer: nothing of the body (0), or half of it.
  var breakOff: BreakOff?
  /// Half of the next event is sent before the break.
  var halfEvent = false
  var malformedAt: Int?
  var garbageAt: Int?
  /// The body is neither events nor JSON, whatever its content type says.
  var garbage = false
  var errorAt: Int?
  var errorForm = ErrorForm.nested
  /// A responses stream ends with `response.failed`.
  var failed = false
  var shortBody = false

  /// Finish reasons of chat completions; responses translate them to a status.
  enum Finish: String, CaseIterable, Sendable {
    case stop
    case length
    case toolCalls = "tool_calls"
    case contentFilter = "content_filter"
  }

  /// The line ends of an event stream.
  enum LineEnd: String, CaseIterable, Sendable {
    case lf = "\n"
    case crlf = "\r\n"
    case cr = "\r"
  }

  /// How an error inside a chat stream is written; each has been seen in the wild.
  enum ErrorForm: String, CaseIterable, Sendable {
    /// `{"error":{…}}`, in the responses dialect an `error` event.
    case nested
    /// The same under `event: error`.
    case event
    /// `{"error":"message"}`.
    case string
    /// A chunk with `error`, an empty delta and `finish_reason: "error"`.
    case chunk
    /// A line of JSON without `data:`.
    case bare
  }

  /// A span of time in which attempts fail.
  struct Window: Equatable, Sendable {
    var from = Duration.zero
    /// Zero: for ever.
    var length = Duration.zero

    func contains(_ age: Duration) -> Bool {
      age >= from && (length == .zero || age < from + length)
    }
  }

  /// A key that this upstream does not like.
  struct BadKey: Equatable, Sendable {
    var key: String
    /// Nil: 429 `insufficient_quota`.
    var status: Int?
  }

  /// What an attempt meets instead of an answer.
  enum EarlyFailure: Equatable, Sendable {
    case status(Int)
    /// The connection is reset (RST) without an answer.
    case reset
    /// The connection is closed (FIN) without an answer.
    case close
    /// Nothing ever happens.
    case silent
    /// A stream whose first event is an error.
    case firstEventError
    /// A stream that is reset after its head.
    case headReset
    /// The answer breaks off as the scenario says; those of the other attempts do not.
    case breakOff
  }

  /// How a stream breaks off after `after` events.
  struct BreakOff: Equatable, Sendable {
    var after: Int
    var way: Way

    enum Way: String, CaseIterable, Sendable {
      /// RST.
      case reset
      /// FIN without the last chunk of the chunked coding: a transport error for the reader.
      case close
      /// A clean end of the body, without finish reason and `[DONE]`.
      case cut
      /// Nothing more, the connection stays open.
      case silent
    }
  }

  init(model: String) {
    self.model = model
  }

  /// Whether the answer has text, or a refusal.
  var hasText: Bool { tools == 0 || commentary }

  /// The finish reason in effect.
  var effectiveFinish: Finish {
    finish ?? (tools > 0 ? .toolCalls : .stop)
  }
}
