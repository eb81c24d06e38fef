import CLinux

/// What a descriptor is watched for, or has become ready for: epoll's own bits, written out so that they are constants
/// in every module.
public struct Readiness: OptionSet, Sendable {
  /// The bits as epoll has them.
  public let rawValue: UInt32

  /// Readiness with these bits.
  @inlinable public init(rawValue: UInt32) { self.rawValue = rawValue }

  /// There is something to read, or to accept.
  @inlinable public static var readable: Readiness { Readiness(rawValue: 0x001) }
  /// There is room to write, or the connection stands.
  @inlinable public static var writable: Readiness { Readiness(rawValue: 0x004) }
  /// The peer has closed its sending side.
  @inlinable public static var peerClosed: Readiness { Readiness(rawValue: 0x2000) }
  /// Readable, or closed by the peer: what an idle connection waits for.
  @inlinable public static var input: Readiness { Readiness(rawValue: 0x2001) }
  /// As `input`, but told once per arrival instead of as long as there is something (EPOLLET): spares the kernel a
  /// second look at each socket. Whoever asks for it reads until a read comes back short.
  @inlinable public static var edgeInput: Readiness { Readiness(rawValue: 0x8000_2001) }
  /// As `edgeInput`, and told once whenever there is room to write again.
  @inlinable public static var edgeInputAndOutput: Readiness { Readiness(rawValue: 0x8000_2005) }
  /// The peer has ended its side, or the socket has failed.
  @inlinable public static var ended: Readiness { Readiness(rawValue: 0x2018) }
  /// Both directions are closed; always reported.
  @inlinable public static var hangUp: Readiness { Readiness(rawValue: 0x010) }
  /// The socket has failed; always reported.
  @inlinable public static var error: Readiness { Readiness(rawValue: 0x008) }
}

/// Somebody who is told when a descriptor becomes ready.
package protocol EventHandler: AnyObject {
  /// Called on the loop. The handler may deregister itself or others meanwhile.
  func ready(_ readiness: Readiness)
}

/// One epoll set, level-triggered.
///
/// The datum of each registration is its slot and generation: an event that was fetched in the same batch as the one
/// whose handler closed the descriptor meets a stale id and is skipped.
struct Poller: ~Copyable {
  /// How many events one system call fetches.
  static let batch = 256

  let descriptor: Int32
  private var registrations = SlotTable<any EventHandler>()
  private let events: UnsafeMutablePointer<epoll_event>

  init() throws(SystemError) {
    descriptor = try Syscalls.makeEpoll()
    events = .allocate(capacity: Poller.batch)
  }

  deinit {
    Syscalls.closeDescriptor(descriptor)
    events.deallocate()
  }

  mutating func add(_ watched: Int32, _ interest: Readiness, _ handler: any EventHandler) -> SlotID {
    let id = registrations.insert(handler)
    let added = Syscalls.control(descriptor, EPOLL_CTL_ADD, watched, interest.rawValue, id.rawValue)
    precondition(added, "a descriptor is registered once, and before it is closed")
    return id
  }

  func change(_ id: SlotID, _ watched: Int32, _ interest: Readiness) -> Bool {
    Syscalls.control(descriptor, EPOLL_CTL_MOD, watched, interest.rawValue, id.rawValue)
  }

  mutating func forget(_ id: SlotID) { registrations.remove(id) }

  mutating func remove(_ id: SlotID, _ watched: Int32) {
    guard registrations.remove(id) != nil else { return }
    _ = Syscalls.control(descriptor, EPOLL_CTL_DEL, watched, 0, 0)
  }

  func wait(milliseconds: Int32) -> Int {
    Syscalls.wait(descriptor, events, capacity: Poller.batch, milliseconds: milliseconds)
  }

  /// The `index`th event of the last wait; `nil` when its registration has gone meanwhile.
  func event(_ index: Int) -> (handler: any EventHandler, readiness: Readiness)? {
    guard let handler = registrations[SlotID(rawValue: sluice_epoll_datum(events, Int32(index)))] else { return nil }
    return (handler, Readiness(rawValue: sluice_epoll_bits(events, Int32(index))))
  }
}
