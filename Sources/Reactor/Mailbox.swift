import Synchronization

/// The one way into a loop from another thread: a bounded queue of messages of one closed type.
///
/// Messages are rare (stop, drain, new configuration, scrape), so a lock and an event descriptor are cheap enough.
package final class Mailbox<Message: Sendable>: @unchecked Sendable, EventHandler {
  private let messages = Mutex<[Message]>([])
  private let descriptor: Int32
  private let capacity: Int
  /// Set and called on the loop only.
  private var receive: ((Message) -> Void)?

  package init(capacity: Int) throws(SystemError) {
    self.capacity = capacity
    descriptor = try Syscalls.makeEventDescriptor()
  }

  deinit { Syscalls.closeDescriptor(descriptor) }

  /// Starts delivery; called once, on the loop that owns the mailbox.
  package func attach(to loop: EventLoop, _ receive: @escaping (Message) -> Void) {
    self.receive = receive
    _ = loop.register(descriptor, .readable, self)
  }

  /// Leaves a message from any thread.
  ///
  /// - Parameter beyondCapacity: for messages whose number something else bounds and whose loss would never be made
  ///   good.
  /// - Returns: false when the mailbox is full; nothing was left then.
  package func post(_ message: Message, beyondCapacity: Bool = false) -> Bool {
    let accepted = messages.withLock { queue in
      guard beyondCapacity || queue.count < capacity else { return false }
      queue.append(message)
      return true
    }
    if accepted { Syscalls.signal(descriptor) }
    return accepted
  }

  package func ready(_ readiness: Readiness) {
    Syscalls.acknowledge(descriptor)
    let batch = messages.withLock { queue in
      let batch = queue
      queue.removeAll(keepingCapacity: true)
      return batch
    }
    for message in batch { receive?(message) }
  }
}
