import Policy
import Wire

/// Which calls of a list of items have an output. The chat API wants exactly one for each, behind the call.
struct CallPairs {
  /// Places of calls that were never finished and have no output: they are left out.
  private(set) var abandoned: Set<Int> = []

  /// Checks the items' calls and outputs.
  ///
  /// - Throws: `.invalidValue` for a call id that is used twice, an output without a call and a call without an output,
  ///   as OpenAI does; a call that was cut off (status `incomplete`) needs none.
  init(_ places: [ItemPlace]) throws(Failure) {
    var calls: [String: Int] = [:]
    var answered: Set<String> = []
    for (index, place) in places.enumerated() {
      switch place.type {
      case "function_call", "custom_tool_call":
        let id = try place.callID()
        guard calls.updateValue(index, forKey: id) == nil else {
          throw place.refusal(.invalidValue, "call_id", "Duplicate call with call_id \(id.prefix(100)).")
        }
      case "function_call_output", "custom_tool_call_output":
        let id = try place.callID()
        guard calls[id] != nil else {
          throw place.refusal(
            .invalidValue, "call_id", "No tool call found for function call output with call_id \(id.prefix(100)).")
        }
        guard answered.insert(id).inserted else {
          throw place.refusal(.invalidValue, "call_id", "Duplicate output for call_id \(id.prefix(100)).")
        }
      default: break
      }
    }
    for (id, index) in calls.sorted(by: { $0.value < $1.value }) where !answered.contains(id) {
      guard places[index].item["status"]?.stringValue == "incomplete" else {
        throw Failure(
          .invalidValue, message: "No tool output found for function call \(id.prefix(100)).", param: "input")
      }
      abandoned.insert(index)
    }
  }
}
