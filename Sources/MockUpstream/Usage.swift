/// The usage of an answer. Numbers are fixed but for the output, which counts the pieces of text.
struct Usage {
  private let input = 9
  private let output: Int
  private let cached: Int
  private let reasoning: Int

  init(_ scenario: Scenario, _ facts: RequestFacts, output: Int) {
    self.output = output
    // The second turn of a conversation finds the first in the cache.
    cached = facts.turnCount > 1 ? 4 : 0
    reasoning = scenario.reasoning ? 2 : 0
  }

  var chat: String {
    #"""
    {"prompt_tokens":\#(input),"completion_tokens":\#(output),"total_tokens":\#(input + output),\#
    "prompt_tokens_details":{"cached_tokens":\#(cached),"audio_tokens":0},\#
    "completion_tokens_details":{"reasoning_tokens":\#(reasoning),"audio_tokens":0,\#
    "accepted_prediction_tokens":0,"rejected_prediction_tokens":0}}
    """#
  }

  var responses: String {
    #"""
    {"input_tokens":\#(input),"input_tokens_details":{"cached_tokens":\#(cached),"cache_write_tokens":0},\#
    "output_tokens":\#(output),\#
    "output_tokens_details":{"reasoning_tokens":\#(reasoning)},"total_tokens":\#(input + output)}
    """#
  }
}
