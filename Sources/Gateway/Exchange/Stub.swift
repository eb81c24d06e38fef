import Dialects
import Policy
import Wire
struct StubT: AnswerTranslator {
  var answerID = ""
  mutating func take(_ block: SSEBlock, in source: Span<UInt8>, into out: inout [UInt8]) {}
  mutating func end(_ end: TranslationEnd, now: Int, into out: inout [UInt8]) {}
  mutating func takeWhole(_ body: [UInt8]) -> Bool { false }
  func answer() -> [UInt8] { [] }
  var heldBytes: Int { 0 }
}
func ResponsesFromChat(_ r: ResponsesRequest, ids: AnswerIDs, created: Int) -> StubT { StubT() }
func ChatFromResponses(_ r: ResponsesRequestBody, id: String) -> StubT { StubT() }
struct ResponsesRequestBody {
  var body: [UInt8] = []
  init(chat: JSONTree, model: String, stream: Bool) throws(Failure) {}
}
