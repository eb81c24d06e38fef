import Dialects
import Policy
import Testing
import Wire

@testable import Gateway

struct ResponseTurnTests {
  private func turn(_ body: String, references: [String] = []) -> ResponseTurn {
    let bytes = Array(body.utf8)
    let wishes = ResponsesStatePeek(ofObject: 0..<bytes.count, in: bytes.span)
    return ResponseTurn(wishes, references: references, ids: AnswerIDs(tail: "t"))
  }

  @Test func `a request without a past is let in as it is`() {
    let turn = turn(#"{"input":"x"}"#)
    #expect(!turn.needsHistory)
    #expect(turn.refusal(isShared: true) == nil)
    #expect(turn.isUnderstood(by: "any"))
  }

  @Test func `what is unknown here may be known upstream, unless it may be somebody else's`() {
    let turn = turn(#"{"input":"x","previous_response_id":"resp_68a1"}"#)
    #expect(turn.needsHistory)
    turn.unknown = Failure(.previousResponseNotFound)
    #expect(turn.refusal(isShared: false) == nil)
    #expect(turn.refusal(isShared: true)?.code == .previousResponseNotFound)
    turn.keeper = "openai"
    #expect(turn.refusal(isShared: true) == nil)
  }

  @Test func `no upstream knows what the gateway made`() {
    var random = SplitMix64(seed: 3)
    let turn = turn(#"{"input":"x","previous_response_id":"resp_\#(OwnID.makeTail(using: &random))"}"#)
    turn.unknown = Failure(.previousResponseNotFound)
    #expect(turn.refusal(isShared: false)?.code == .previousResponseNotFound)
  }

  @Test func `a reference that is not known to be one's own is refused where there are others`() {
    let turn = turn(#"{"input":[{"type":"item_reference","id":"msg_1"}]}"#, references: ["msg_1"])
    #expect(turn.refusal(isShared: false) == nil)
    #expect(turn.refusal(isShared: true)?.code == .itemNotFound)
    turn.referenced["msg_1"] = .object([])
    #expect(turn.refusal(isShared: true) == nil)
  }

  @Test func `only its keeper understands a past without being told`() {
    let turn = turn(#"{"input":"x","previous_response_id":"resp_1"}"#)
    turn.history = [Array("{}".utf8)]
    turn.keeper = "openai"
    #expect(turn.isUnderstood(by: "openai"))
    #expect(!turn.isUnderstood(by: "local"))
  }
}
