/// The tool call of one number, in the forms of both dialects.
struct ToolCall: Equatable, Sendable {
  let index: Int
  let callID: String
  let name: String
  /// Of a custom tool, whose input is no JSON.
  let isCustom: Bool
  /// The arguments or the input in the fragments in which it is streamed.
  let fragments: [String]

  /// The call that `tools=N` makes, whatever tools there are.
  init(_ index: Int) {
    self.init(
      index, callID: "call_mock\(index)",
      of: Conversation.Tool(name: "get_weather", isCustom: false, takesInput: false))
  }

  init(_ index: Int, callID: String, of tool: Conversation.Tool) {
    self.index = index
    self.callID = callID
    name = tool.name
    isCustom = tool.isCustom
    let query = ["SELECT \"a\"", " FROM t", "\nLIMIT \(index)"]
    if isCustom {
      fragments = query
    } else if tool.takesInput {
      fragments = [#"{"input":"#, quoted(query.joined()), "}"]
    } else {
      fragments = [#"{"city":"#, #""City \#(index)""#, "}"]
    }
  }

  /// The calls of an answer.
  static func all(_ scenario: Scenario, _ facts: RequestFacts) -> [ToolCall] {
    facts.calls.isEmpty ? (0..<scenario.tools).map { ToolCall($0) } : facts.calls
  }

  /// Arguments, or the input of a custom tool.
  var input: String { fragments.joined() }

  var chatObject: String {
    #"{"id":"\#(callID)","type":"\#(kind)","\#(kind)":{"name":"\#(name)","\#(field)":\#(quoted(input))}}"#
  }

  /// The first delta carries id, type and name, the others only arguments.
  var chatDeltas: [String] {
    let start = #"{"name":"\#(name)","\#(field)":""}"#
    let first = #"{"index":\#(index),"id":"\#(callID)","type":"\#(kind)","\#(kind)":\#(start)}"#
    return [first] + fragments.map { #"{"index":\#(index),"\#(kind)":{"\#(field)":\#(quoted($0))}}"# }
  }

  private var kind: String { isCustom ? "custom" : "function" }
  private var field: String { isCustom ? "input" : "arguments" }
}
