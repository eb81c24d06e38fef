import Dispatch
import Reactor

@testable import Upstream

/// The client for plain HTTP/1.1: head, framing and body of an upstream's answer. The owner is told the same however
/// the bytes are cut and however often the owner pauses.
func fuzzAnswer(_ bytes: UnsafeBufferPointer<UInt8>) {
  guard bytes.count > 0 else { return }
  var cuts = Cuts(bytes)
  let pieces = cuts.pieces(of: bytes)
  let pauses = (0..<16).map { _ in cuts.next(below: 3) == 0 }
  AnswerBench.shared.loop.queue.sync {
    let whole = AnswerBench.shared.answer(bytes, pieces: [0..<bytes.count], pauses: [])
    must(AnswerBench.shared.answer(bytes, pieces: pieces, pauses: pauses) == whole, "cuts or pauses change the answer")
  }
}

/// What the owner of a transfer was told.
private struct ToldAnswer: Equatable {
  var status = 0
  var fields: [[UInt8]] = []
  var body: [UInt8] = []
  var heads = 0
  var isComplete = false
  var failure: TransferFailure.Kind?
}

/// A client without sockets: connections are handed the bytes that they would have read. Touched on its loop only.
private final class AnswerBench: TransferDelegate, @unchecked Sendable {
  static let shared = AnswerBench()

  let loop: EventLoop
  private let origin = Origin(isTLS: false, host: "127.0.0.1", port: 9)
  private var client: HTTP1Client?
  private var told = ToldAnswer()
  private var pauses: ArraySlice<Bool> = []

  private init() {
    do { loop = try EventLoop(index: 0) } catch { fatalError("no event loop: \(error)") }
  }

  func answer(_ bytes: UnsafeBufferPointer<UInt8>, pieces: [Range<Int>], pauses: [Bool]) -> ToldAnswer {
    told = ToldAnswer()
    self.pauses = pauses[...]
    let client = client ?? HTTP1Client(loop: loop, delegate: self, resolver: NameResolver(loop: loop))
    self.client = client
    let connection = HTTP1Connection(client: client, origin: origin, addresses: [])
    client.keep(connection)
    let spec = TransferSpec(
      method: "POST", origin: origin, target: "/", headers: HeaderLines(), body: nil, connectTimeout: .seconds(1))
    _ = client.start(spec, owner: SlotID(index: 1, generation: 1))
    for piece in pieces where isRunning {
      var copy = Array(bytes[piece])
      copy.withUnsafeMutableBytes { connection.received($0) }
      while isRunning, connection.isPaused { connection.resume() }
    }
    if isRunning { connection.inputEnded(nil) }
    while isRunning, connection.isPaused { connection.resume() }
    must(!isRunning, "the transfer has no end")
    must(told.heads <= 1, "two heads")
    connection.close()
    return told
  }

  private var isRunning: Bool { !told.isComplete && told.failure == nil }

  func transferReceivedHead(_ owner: SlotID, _ head: consuming UpstreamHead) {
    told.heads += 1
    told.status = head.status
    must((200...999).contains(head.status), "an interim answer as the final one")
    told.fields = head.fields.map { Array(head.bytes[$0.name] + [0x3a] + head.bytes[$0.value]) }
    for field in told.fields { must(!field.contains { $0 == 0 || $0 == 0x0a || $0 == 0x0d }, "a field of two lines") }
  }

  func transferReceivedBody(_ owner: SlotID, _ bytes: UnsafeRawBufferPointer) -> Bool {
    must(told.heads == 1 && isRunning, "a body before its head or behind its end")
    if pauses.popFirst() == true { return false }
    told.body += bytes
    return true
  }

  func transferEnded(_ owner: SlotID, _ end: TransferEnd) {
    must(isRunning, "two ends")
    switch end {
    case .complete: told.isComplete = true
    case .failed(let failure): told.failure = failure.kind
    }
  }
}
