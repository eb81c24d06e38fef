import CCurl
import Reactor

/// One of libcurl's sockets in the loop's epoll set.
///
/// libcurl says "remove" at the end of each transfer and "add" at the start of the next one on the same kept-alive
/// connection. The registration is therefore left in place until the socket is closed or speaks while nobody listens:
/// a request on a warm connection costs no `epoll_ctl`.
final class CurlSocket: EventHandler {
  private unowned let client: CurlClient
  private let descriptor: Int32
  private var registration = SlotID.none
  private var interest: Readiness = []
  private var isWatched = false
  private var isConnection = false

  init(client: CurlClient, descriptor: Int32) {
    self.client = client
    self.descriptor = descriptor
  }

  /// libcurl wants to be told about these from now on.
  func watch(_ wanted: Readiness) {
    isWatched = true
    if registration != .none, wanted == interest { return }
    if registration != .none {
      interest = wanted
      if client.loop.change(registration, descriptor, wanted) { return }
      // The number belongs to a new socket: the old one was closed without our knowledge (the resolver's own).
      client.loop.forget(registration)
    }
    interest = wanted
    registration = client.loop.register(descriptor, wanted, self)
  }

  /// libcurl has lost interest for now.
  func unwatch() {
    isWatched = false
    // Sockets other than connections (the resolver's) are closed behind our back.
    if !isConnection { close() }
  }

  /// The socket is a connection to an upstream, whose close will be announced.
  func announcedConnection() {
    // The number may have belonged to another socket, which is closed by now.
    close()
    isConnection = true
  }

  /// The socket is about to be closed.
  func close() {
    isWatched = false
    isConnection = false
    deregister()
  }

  private func deregister() {
    guard registration != .none else { return }
    client.loop.deregister(registration, descriptor)
    registration = .none
  }

  func ready(_ readiness: Readiness) {
    // A kept-alive connection that speaks up has been closed by the upstream; libcurl finds out when it next wants it.
    guard isWatched else { return deregister() }
    var bits: Int32 = 0
    if readiness.contains(.readable) || readiness.contains(.hangUp) { bits |= CURL_CSELECT_IN }
    if readiness.contains(.writable) { bits |= CURL_CSELECT_OUT }
    if readiness.contains(.error) { bits |= CURL_CSELECT_ERR }
    client.socketReady(descriptor, bits)
  }
}
