/// One thing that the mock does on a connection; a scripted answer is a sequence of steps.
enum Step: Equatable, Sendable {
  /// Bytes of the body, in one write.
  case send([UInt8])
  /// Zero waits for the next turn of the loop, so that two sends are two writes.
  case wait(Duration)
  /// Waits until a test lets one more event of the run through.
  case gate
  /// The body ends properly.
  case end
  /// The connection is closed (FIN) without ending the body.
  case close
  /// The connection is reset (RST).
  case reset
  /// Nothing more; the connection stays open until the peer goes.
  case hang

  /// True when no step follows this one.
  var isLast: Bool {
    switch self {
    case .send, .wait, .gate: false
    case .end, .close, .reset, .hang: true
    }
  }
}
