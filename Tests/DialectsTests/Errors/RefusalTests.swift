import Dialects
import Policy
import Testing

struct RefusalTests {
  @Test(arguments: [
    PeekedError(message: "…", type: "invalid_request_error", code: "context_length_exceeded"),
    PeekedError(message: "the request exceeds the available context size", type: "exceed_context_size_error"),
    PeekedError(message: "This model's maximum context length is 4096 tokens. However, you requested 5000."),
    PeekedError(message: "prompt is too long: 210000 tokens > 200000 maximum", type: "invalid_request_error"),
    PeekedError(message: "The input token count (1100000) exceeds the maximum number of tokens allowed (1048576)."),
  ])
  func `requests that are too long are known as such`(error: PeekedError) {
    #expect(error.refusal(status: 400) == .contextLength)
    #expect(error.refusal(status: 500) == nil)
  }

  @Test(arguments: ["content_filter", "content_policy_violation", "ResponsibleAIPolicyViolation", "invalid_prompt"])
  func `requests that a filter objects to are known as such`(code: String) {
    #expect(PeekedError(message: "no", code: code).refusal(status: 400) == .contentFilter)
  }

  @Test(arguments: [
    PeekedError(message: "Unknown parameter: 'foo'.", type: "invalid_request_error", code: "unknown_parameter"),
    PeekedError(), PeekedError(message: "max_tokens is too large"),
  ])
  func `other mistakes are not`(error: PeekedError) {
    #expect(error.refusal(status: 400) == nil)
  }
}
