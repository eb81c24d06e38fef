import Dispatch

/// Host names to addresses, for one loop. The system's resolver blocks, so it runs elsewhere; numeric addresses need
/// none.
///
/// Not a cache to rely on: an answer is used for `keptFor`, as libcurl does, and nothing is kept of a failure.
package final class NameResolver {
  package typealias Answer = Result<[SocketAddress], ResolverFailure>

  /// How long an answer is used.
  static let keptFor = Duration.seconds(60)
  /// Names remembered; beyond them all are forgotten. A configuration has far fewer.
  static let namesMax = 1024
  /// Addresses of one name that are kept.
  static let addressesMax = 8

  private struct Name: Hashable {
    let host: String
    let port: UInt16
  }

  private struct Message: Sendable {
    let host: String
    let port: UInt16
    let answer: Answer
  }

  private static let queue = DispatchQueue(label: "sluice.resolver", attributes: .concurrent)

  private let loop: EventLoop
  private var known: [Name: (addresses: [SocketAddress], until: ContinuousClock.Instant)] = [:]
  private var waiting: [Name: [(Answer) -> Void]] = [:]
  private var mailbox: Mailbox<Message>?

  package init(loop: EventLoop) { self.loop = loop }

  /// The addresses of a name that is known already, or a numeric address.
  package func known(_ host: String, _ port: UInt16) -> [SocketAddress]? {
    let name = Name(host: host, port: port)
    if let entry = known[name], entry.until > loop.now { return entry.addresses }
    guard case .success(let addresses) = Syscalls.resolve(host: host, port: port, isNumeric: true) else { return nil }
    remember(name, addresses)
    return addresses
  }

  /// Asks the system; `then` is called on the loop, never before this returns.
  package func resolve(_ host: String, _ port: UInt16, then: @escaping (Answer) -> Void) {
    let name = Name(host: host, port: port)
    let isUnderWay = waiting[name] != nil
    waiting[name, default: []].append(then)
    if isUnderWay { return }
    guard let mailbox = openMailbox() else {
      return answered(name, .failure(ResolverFailure(message: "no descriptor")))
    }
    NameResolver.queue.async {
      let answer = Syscalls.resolve(host: host, port: port, isNumeric: false)
      // One message per question, and a name has one question at a time.
      _ = mailbox.post(Message(host: host, port: port, answer: answer), beyondCapacity: true)
    }
  }

  private func openMailbox() -> Mailbox<Message>? {
    if let mailbox { return mailbox }
    guard let made = try? Mailbox<Message>(capacity: NameResolver.namesMax) else { return nil }
    made.attach(to: loop) { [unowned self] message in
      self.answered(Name(host: message.host, port: message.port), message.answer)
    }
    mailbox = made
    return made
  }

  private func answered(_ name: Name, _ answer: Answer) {
    if case .success(let addresses) = answer { remember(name, addresses) }
    for then in waiting.removeValue(forKey: name) ?? [] { then(answer) }
  }

  private func remember(_ name: Name, _ addresses: [SocketAddress]) {
    if known.count >= NameResolver.namesMax { known.removeAll() }
    known[name] = (Array(addresses.prefix(NameResolver.addressesMax)), loop.now + NameResolver.keptFor)
  }
}

/// Why a name has no address: the system's own words.
package struct ResolverFailure: Error, Equatable, Sendable {
  package let message: String
}
