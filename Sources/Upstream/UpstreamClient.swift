import Policy
import Reactor

/// Names one transfer; stale, and ignored, once the transfer has ended.
package enum TransferID: Equatable, Sendable {
  /// An id that no transfer has.
  case none
  case direct(SlotID)
  case curl(SlotID)
}

/// The upstream side of one loop: transfer specs in, transfer events out.
///
/// Plain HTTP/1.1 is spoken by the gateway's own client, which costs a fraction of libcurl per request and per event;
/// libcurl does TLS, HTTP/2 and proxies (`docs/decisions/0007-own-client-for-plain-http.md`). Callers see no
/// difference.
package final class UpstreamClient {
  /// Whether pausing one stream of an HTTP/2 connection leaves the others alone. Before 8.1.0 libcurl stops reading the
  /// whole connection, and one slow client would hold up everybody who shares it.
  package static var pausesStreamsAlone: Bool { CurlClient.pausesStreamsAlone }

  /// After `detach`: how long and for how many bytes the end of an answer is waited for, so that its connection can be
  /// used again.
  static let detachedFor = Duration.seconds(2)
  static let detachedBytesMax = 64 * 1024

  let loop: EventLoop
  let direct: HTTP1Client
  private let delegate: any TransferDelegate
  /// Made when it is first needed: many gateways never talk TLS.
  private var curl: CurlClient?
  private let hasProxyInEnvironment = Syscalls.hasEnvironment(["http_proxy", "all_proxy", "ALL_PROXY"])

  private let mayBeDirect: Bool

  /// - Parameter delegate: owns the client, or lives as long as the loop does.
  package convenience init(loop: EventLoop, delegate: any TransferDelegate) {
    self.init(loop: loop, delegate: delegate, resolver: NameResolver(loop: loop), mayBeDirect: true)
  }

  /// - Parameter mayBeDirect: false leaves everything to libcurl.
  init(loop: EventLoop, delegate: any TransferDelegate, resolver: NameResolver, mayBeDirect: Bool) {
    self.loop = loop
    self.delegate = delegate
    self.mayBeDirect = mayBeDirect
    direct = HTTP1Client(loop: loop, delegate: delegate, resolver: resolver)
  }

  /// Transfers under way, detached ones included.
  package var transferCount: Int { direct.transferCount + (curl?.transferCount ?? 0) }

  /// Requests that were sent once more because a kept-alive connection was found closed. libcurl does not tell of its
  /// own.
  package var resentCount: Int { direct.resentCount }

  /// Starts a request; its events name `owner`, and none comes before this returns.
  package func start(_ spec: TransferSpec, owner: SlotID) -> TransferID {
    if isDirect(spec) { return .direct(direct.start(spec, owner: owner)) }
    let curl = curl ?? CurlClient(loop: loop, delegate: delegate)
    self.curl = curl
    return .curl(curl.start(spec, owner: owner))
  }

  /// Ends a transfer at once and closes its connection (over HTTP/2: resets its stream). Reports nothing.
  package func cancel(_ id: TransferID) {
    switch id {
    case .none: break
    case .direct(let slot): direct.cancel(slot)
    case .curl(let slot): curl?.cancel(slot)
    }
  }

  /// Lets a transfer whose answer is complete as far as anyone cares come to its end, bounded in time and bytes, so
  /// that its connection can be reused. Reports nothing.
  package func detach(_ id: TransferID) {
    switch id {
    case .none: break
    case .direct(let slot): direct.detach(slot)
    case .curl(let slot): curl?.detach(slot)
    }
  }

  /// Goes on with a transfer whose bytes were refused.
  package func resume(_ id: TransferID) {
    switch id {
    case .none: break
    case .direct(let slot): direct.resume(slot)
    case .curl(let slot): curl?.resume(slot)
    }
  }

  private func isDirect(_ spec: TransferSpec) -> Bool {
    guard mayBeDirect, !spec.origin.isTLS, spec.version != .http2 else { return false }
    return spec.origin.proxy.map(\.isEmpty) ?? !hasProxyInEnvironment
  }
}
