import Reactor
import TestSupport
import Testing

@testable import Upstream

/// What a transfer has reported, body bytes joined.
struct Reading: Equatable {
  var statuses: [Int] = []
  var body: [UInt8] = []
  var ends: [TransferEnd] = []

  /// The kind of the failure that the transfer has ended with, if it has.
  var failure: TransferFailure.Kind? {
    guard case .failed(let failure)? = ends.last else { return nil }
    return failure.kind
  }

  var isComplete: Bool { ends == [.complete] }
}

/// The project's own client, which reads answers from pieces that a test cuts. There is no socket.
final class AnswerReader: TransferDelegate, @unchecked Sendable {
  /// How the input ends behind the last piece.
  enum End: Equatable {
    /// It does not.
    case open
    case closed
    case reset
  }

  private static let owner = SlotID(index: 1, generation: 1)
  private var client: HTTP1Client?
  private var reading = Reading()
  private let test: TestLoop

  init() throws {
    test = try TestLoop()
    test.run { [self] loop in
      loop.resident = self
      let resolver = NameResolver(loop: loop) { _, _ in .failure(ResolverFailure(message: "there is no network")) }
      client = HTTP1Client(loop: loop, delegate: self, resolver: resolver)
    }
  }

  /// What comes of the answer, cut in these pieces.
  func read(_ pieces: [[UInt8]], method: String = "GET", then end: End = .open) -> Reading {
    test.run { [self] _ in
      guard let client else { return Reading() }
      reading = Reading()
      let spec = TransferSpec(
        method: method, origin: Origin(isTLS: false, host: "upstream.test", port: 80, proxy: ""), target: "/",
        headers: HeaderLines(), body: nil, connectTimeout: .seconds(60))
      let id = client.start(spec, owner: AnswerReader.owner)
      feed(id, pieces, end)
      client.cancel(id)
      return reading
    }
  }

  /// The readings of a text that is cut in every way: not at all, between all bytes, and in two at each place.
  func readings(_ text: [UInt8], method: String = "GET", then end: End = .open) -> [Reading] {
    var cuts = [[text], text.map { [$0] }]
    for place in text.indices.dropFirst() { cuts.append([Array(text[..<place]), Array(text[place...])]) }
    return cuts.map { read($0, method: method, then: end) }
  }

  private func feed(_ id: SlotID, _ pieces: [[UInt8]], _ end: End) {
    guard let client, let transfer = client.transfers[id] else { return }
    let connection = HTTP1Connection(client: client, origin: transfer.spec.origin, addresses: [])
    // Sending fails without a descriptor, which an upstream that answers early would survive.
    connection.begin(transfer, isReused: true)
    for piece in pieces where connection.transfer != nil {
      // Exactly as large as the piece, so that reading on would be noticed.
      let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: piece.count, alignment: 1)
      defer { buffer.deallocate() }
      buffer.copyBytes(from: piece)
      connection.received(buffer)
    }
    guard connection.transfer != nil, end != .open else { return }
    connection.inputEnded(end == .reset ? "reset" : nil)
  }

  func transferReceivedHead(_ owner: SlotID, _ head: consuming UpstreamHead) { reading.statuses.append(head.status) }

  func transferReceivedBody(_ owner: SlotID, _ bytes: UnsafeRawBufferPointer) -> Bool {
    reading.body += bytes
    return true
  }

  func transferEnded(_ owner: SlotID, _ end: TransferEnd) { reading.ends.append(end) }
}
