import Policy
import Wire

/// An item on its way into a chat request, and where it came from.
struct ItemPlace {
  let item: JSONTree
  /// `input[3]`, or the parameter that brought the history.
  let path: String
  let isHistory: Bool

  var type: String { InputItems.type(of: item) ?? "" }

  /// The item's members; what is wrong with an item of the history is wrong with the parameter that brought it.
  var fields: RequestFields { RequestFields(item, at: path) }

  /// The id that a call or the output of one names.
  func callID() throws(Failure) -> String {
    guard let id = item["call_id"]?.stringValue, !id.isEmpty else {
      throw missing("call_id")
    }
    return id
  }

  /// - Parameter name: the member at fault, as a path within the item.
  func missing(_ name: String) -> Failure {
    var failure = fields.missing(name)
    if isHistory { failure.param = path }
    return failure
  }

  func refusal(_ code: ErrorCode, _ name: String, _ message: String) -> Failure {
    Failure(code, message: message, param: isHistory ? path : "\(path).\(name)")
  }

  /// - Parameter name: the member at fault, as a path within the item.
  func unsupported(_ name: String, _ reason: String) -> Failure {
    guard isHistory else { return fields.unsupported(name, reason) }
    return Failure(
      .unsupportedParameter,
      message: "Unsupported history: \(reason); this model's upstream has only chat completions.", param: path)
  }
}
