import Dispatch
import Time

/// Host names to addresses, for one loop. The system's resolver blocks, so it runs elsewhere; numeric addresses need
/// none.
///
/// Not a cache to rely on: an answer is used for `keptFor`, as libcurl does, and nothing is kept of a failure.
package final class NameResolver: TurnHandler {
  package typealias Answer = Result<[SocketAddress], ResolverFailure>
  /// Finds a name's addresses; blocks, and is called on any thread.
  package typealias LookUp = @Sendable (_ host: String, _ port: UInt16) -> Answer

  /// How long an answer is used.
  static let keptFor = Duration.seconds(60)
  /// Names remembered; beyond them all are forgotten. A configuration has far fewer.
  static let namesMax = 1024
  /// Addresses of one name that are kept and tried.
  static let addressesMax = 8
  /// Who may wait for one name at the same time: what a loop has of clients, several times over.
  static let waitingMax = 65_536

  private struct Name: Hashable {
    let host: String
    let port: UInt16
  }

  private struct Message: Sendable {
    let host: String
    let port: UInt16
    let answer: Answer
  }

  private let loop: EventLoop
  private let lookUp: LookUp
  private var known: [Name: (addresses: [SocketAddress], until: Instant)] = [:]
  private var waiting: [Name: [(Answer) -> Void]] = [:]
  private var mailbox: Mailbox<Message>?
  /// Who is told at the end of the turn that there will be no answer.
  private var refused: [(Answer) -> Void] = []

  /// - Parameter lookUp: instead of the system's resolver.
  package init(
    loop: EventLoop,
    lookUp: @escaping LookUp = { Syscalls.resolve(host: $0, port: $1, isNumeric: false) }
  ) {
    self.loop = loop
    self.lookUp = lookUp
  }

  /// The addresses of a name that is known already, or a numeric address.
  package func known(_ host: String, _ port: UInt16) -> [SocketAddress]? {
    let name = Name(host: host, port: port)
    if let entry = known[name], entry.until > loop.now { return entry.addresses }
    guard case .success(let addresses) = Syscalls.resolve(host: host, port: port, isNumeric: true) else { return nil }
    remember(name, addresses)
    return addresses
  }

  /// Asks the system; `then` is called on the loop, never before this returns. Who asks for a name that is being looked
  /// up shares the answer.
  package func resolve(_ host: String, _ port: UInt16, then: @escaping (Answer) -> Void) {
    let name = Name(host: host, port: port)
    guard let mailbox = openMailbox(), waiting[name]?.count ?? 0 < NameResolver.waitingMax else { return refuse(then) }
    waiting[name, default: []].append(then)
    guard waiting[name]?.count == 1 else { return }
    // A queue of its own means a thread of its own: names that are long in coming must not hold others up.
    DispatchQueue(label: "sluice.resolver").async { [lookUp] in
      // One message per question, and a name has one question at a time.
      _ = mailbox.post(Message(host: host, port: port, answer: lookUp(host, port)), beyondCapacity: true)
    }
  }

  package func turnEnded() {
    let refused = refused
    self.refused = []
    for then in refused { then(.failure(ResolverFailure(message: "out of descriptors, or too many are waiting"))) }
  }

  private func refuse(_ then: @escaping (Answer) -> Void) {
    refused.append(then)
    if refused.count == 1 { loop.atEndOfTurn(self) }
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
    let answer = answer.map { Array($0.prefix(NameResolver.addressesMax)) }
    if case .success(let addresses) = answer { remember(name, addresses) }
    for then in waiting.removeValue(forKey: name) ?? [] { then(answer) }
  }

  private func remember(_ name: Name, _ addresses: [SocketAddress]) {
    if known.count >= NameResolver.namesMax { known.removeAll() }
    known[name] = (addresses, loop.now + NameResolver.keptFor)
  }
}

/// Why a name has no address: the system's own words.
package struct ResolverFailure: Error, Equatable, Sendable {
  package let message: String

  package init(message: String) { self.message = message }
}
