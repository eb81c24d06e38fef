import Reactor
import Time
import Wire

/// One request to an upstream over plain HTTP/1.1, from `start` to its end.
final class HTTP1Transfer {
  let spec: TransferSpec
  /// Who is told; `.none` once nobody cares any more.
  var owner: SlotID
  var id = SlotID.none
  /// `nil` while the upstream's name is being resolved.
  var connection: HTTP1Connection?
  /// Bytes that may still be thrown away after `detach`.
  var discardLeft = 0
  /// When the connection must stand, the name's resolution included.
  var connectDeadline = Instant.now
  /// Ends the wait for the upstream's name, or that for the end of a detached answer.
  var timer = TimerID.none

  init(spec: TransferSpec, owner: SlotID) {
    self.spec = spec
    self.owner = owner
  }

  /// Writes the request's head (RFC 9112 section 3).
  func appendHead(to out: inout [UInt8]) {
    let requestID = spec.requestID
    let fields = spec.headers.bytes.count + spec.shared.bytes.count + requestID.count
    out.reserveCapacity(out.count + 256 + fields + spec.target.utf8.count)
    out.append(text: spec.method)
    out.append(0x20)
    let start = out.count
    if !spec.origin.basePath.isEmpty { out.append(text: spec.origin.basePath) }
    out.append(text: spec.target)
    // The whole API may be the server's root.
    if out.count == start || out[start] != 0x2f { out.insert(0x2f, at: start) }
    out.append(contentsOf: spec.origin.lineEndAndFields)
    out.append(contentsOf: spec.headers.bytes)
    out.append(contentsOf: spec.shared.bytes)
    if !requestID.isEmpty { ResponseHeadWriter.appendField("X-Request-Id", requestID.span, to: &out) }
    if let body = spec.body { ResponseHeadWriter.appendField("Content-Length", body.count, to: &out) }
    ResponseHeadWriter.appendEnd(to: &out)
  }
}

extension [UInt8] {
  /// Appends the bytes of a text, at once.
  fileprivate mutating func append(text: String) {
    text.utf8.span.withUnsafeBufferPointer { append(contentsOf: $0) }
  }
}
