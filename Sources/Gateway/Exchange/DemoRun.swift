import Dialects
import Policy
import Reactor
import Time
import Upstream
import Wire

/// An attempt at the built-in demo: plays an upstream for its exchange, word by word, without leaving the process.
final class DemoRun: LoopTask {
  /// Between two events of a stream: quick to read, slow enough to be seen as a stream, and to be stopped.
  static let pace = Duration.milliseconds(40)
  /// Before a blocking answer.
  static let thinking = Duration.milliseconds(200)

  private unowned let exchange: Exchange
  private var slot = SlotID.none
  private var timer = TimerID.none
  private var events: [[UInt8]] = []
  private var next = 0

  init(exchange: Exchange) { self.exchange = exchange }

  private var gateway: GatewayLoop { exchange.gateway }

  func start() {
    slot = gateway.tasks.insert(self)
    schedule(after: exchange.request.asksForStream ? .zero : DemoRun.thinking)
  }

  func cancel() {
    gateway.loop.cancel(timer)
    gateway.tasks.remove(slot)
  }

  func timerFired() {
    // An event can end the exchange, and the last reference to it with that.
    let exchange = exchange
    if next == 0, events.isEmpty { return begin() }
    let event = events[next]
    // A slow client is waited for like any other.
    if event.withUnsafeBytes({ exchange.bodyReceived($0) }) { next += 1 }
    guard !exchange.machine.isFinished else { return }
    if next < events.count { schedule(after: DemoRun.pace) } else { end() }
  }

  private func begin() {
    let exchange = exchange
    guard let kind = endpointKind else { return refuse() }
    let request = exchange.request
    let prefix = kind == .responses ? "resp_" : kind == .chat ? "chatcmpl-" : "cmpl-"
    let identity = StreamIdentity(
      id: prefix + exchange.id.description, model: request.model ?? "demo", created: exchange.createdAt)
    let answer = DemoAnswer(
      kind, identity: identity, itemID: "msg_" + exchange.id.description, userText: request.demoPrompt ?? "",
      includeUsage: request.includesUsage)
    let type = request.asksForStream ? "text/event-stream; charset=utf-8" : "application/json"
    exchange.headReceived(UpstreamHead(status: 200, fields: [("content-type", type)]))
    guard !request.asksForStream else {
      events = answer.events
      return schedule(after: .zero)
    }
    _ = answer.body.withUnsafeBytes { exchange.bodyReceived($0) }
    end()
  }

  private func end() {
    let exchange = exchange
    cancel()
    exchange.demo = nil
    exchange.transferEnded(.complete)
  }

  /// The demo can talk, and nothing else.
  private func refuse() {
    let exchange = exchange
    let failure = Failure(
      .unknownURL,
      message: "The built-in demo answers chat, responses and completions only; configure an upstream for the rest.")
    exchange.headReceived(UpstreamHead(status: failure.status, fields: [("content-type", "application/json")]))
    _ = ErrorBody(failure).json.withUnsafeBytes { exchange.bodyReceived($0) }
    end()
  }

  private var endpointKind: DemoAnswer.Endpoint? {
    switch exchange.request.endpoint {
    case .chat: .chat
    case .responses: .responses
    case .completions: .completions
    case .embeddings, .models, .model, .requests, .request, .stopRequest, .state, .relay, .health, .ready, .metrics:
      nil
    }
  }

  private func schedule(after wait: Duration) {
    timer = gateway.loop.schedule(gateway, tag: slot.rawValue, at: gateway.loop.now + wait)
  }

  func clientLeft() {}
  func headReceived(_ head: UpstreamHead) {}
  func bodyReceived(_ bytes: UnsafeRawBufferPointer) -> Bool { true }
  func transferEnded(_ end: TransferEnd) {}
}
