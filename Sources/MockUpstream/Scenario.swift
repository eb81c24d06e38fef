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
  /// Comments at this interval while the stream waits or is silent; zero: none.
  var keepAlive = Duration.zero

  // MARK: Content

  var tools = 0
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

  // MARK: Failures before the answer

  /// How the first `times` attempts fail.
  var fail: EarlyFailure?
  var times = 1
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
  var shouldRetry: String?
  var silent = false

  // MARK: Failures inside the answer

  /// What happens once so many events were sent.
  var breakOff: BreakOff?
  /// Half of the next event is sent before the break.
  var halfEvent = false
  var malformedAt: Int?
  var errorAt: Int?
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

  /// The finish reason in effect.
  var effectiveFinish: Finish {
    finish ?? (tools > 0 ? .toolCalls : .stop)
  }
}
