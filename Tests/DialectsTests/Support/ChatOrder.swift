import Wire

/// Checks that a whole chat or completions stream is one that the SDKs accept.
struct ChatOrder {
  var choices = 1
  var isChat = true
  private(set) var violations: [String] = []
  private var identity: [JSONTree?]?
  private var named: Set<Int> = []
  private var finished: Set<Int> = []
  private var sawUsage = false

  /// What is wrong with the stream `bytes`; empty when nothing is.
  static func violations(_ bytes: [UInt8], choices: Int = 1, isChat: Bool = true) -> [String] {
    var order = ChatOrder(choices: choices, isChat: isChat)
    let events = EventStream.events(bytes)
    for (place, event) in events.enumerated() { order.check(event, isLast: place == events.count - 1) }
    if order.finished.count != choices { order.violations.append("only \(order.finished) finished") }
    if isChat, order.named.count != choices { order.violations.append("only \(order.named) have a role") }
    return order.violations
  }

  private init(choices: Int, isChat: Bool) {
    self.choices = choices
    self.isChat = isChat
  }

  private mutating func check(_ event: StreamEvent, isLast: Bool) {
    if (event.text == "[DONE]") != isLast { violations.append("[DONE] is not where it belongs") }
    guard event.text != "[DONE]" else { return }
    guard let chunk = event.json else { return violations.append("not JSON: \(event.text)") }
    let identity = ["id", "object", "created", "model"].map { chunk[$0] }
    if identity.contains(nil) || self.identity ?? identity != identity { violations.append("identity: \(event.text)") }
    self.identity = identity
    if chunk["object"]?.stringValue != (isChat ? "chat.completion.chunk" : "text_completion") {
      violations.append("object: \(event.text)")
    }
    if sawUsage { violations.append("a chunk follows the usage chunk") }
    guard let list = chunk["choices"]?.arrayValue else { return violations.append("no choices: \(event.text)") }
    sawUsage = list.isEmpty && chunk["usage"]?.objectValue != nil
    for choice in list { check(choice) }
  }

  private mutating func check(_ choice: JSONTree) {
    guard let index = choice["index"]?.intValue, (0..<choices).contains(index) else {
      return violations.append("choice without a proper index")
    }
    if finished.contains(index) { violations.append("choice \(index) goes on after its end") }
    if isChat {
      if choice["delta"]?.objectValue == nil { violations.append("choice \(index) has no delta") }
      if choice["delta"]?["role"] != nil, !named.insert(index).inserted { violations.append("role \(index) twice") }
      if !named.contains(index) { violations.append("choice \(index) begins without a role") }
    } else if choice["text"]?.stringValue == nil {
      violations.append("choice \(index) has no text")
    }
    if choice["finish_reason"]?.stringValue != nil { finished.insert(index) }
  }
}
