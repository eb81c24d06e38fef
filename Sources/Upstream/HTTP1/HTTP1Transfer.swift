import Reactor
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
  var connectDeadline = ContinuousClock.Instant.now
  /// Ends the wait for the upstream's name, or that for the end of a detached answer.
  var timer = TimerID.none

  init(spec: TransferSpec, owner: SlotID) {
    self.spec = spec
    self.owner = owner
  }

  /// Writes the request's head (RFC 9112 section 3).
  func appendHead(to out: inout [UInt8]) {
    out.reserveCapacity(256 + spec.headers.bytes.count + spec.target.utf8.count)
    out.append(contentsOf: spec.method.utf8)
    out.append(0x20)
    let start = out.count
    out.append(contentsOf: spec.origin.basePath.utf8)
    out.append(contentsOf: spec.target.utf8)
    // The whole API may be the server's root.
    if out.count == start || out[start] != 0x2f { out.insert(0x2f, at: start) }
    out.append(contentsOf: spec.origin.lineEndAndHost)
    out.append(contentsOf: spec.headers.bytes)
    // Plain bytes are asked for; whatever comes is decoded all the same.
    out.append(contentsOf: "Accept-Encoding: identity\r\n".utf8)
    if let body = spec.body {
      out.append(contentsOf: "Content-Length: ".utf8)
      ResponseHeadWriter.appendDecimal(body.count, to: &out)
      out.append(0x0d)
      out.append(0x0a)
    }
    out.append(0x0d)
    out.append(0x0a)
  }
}
