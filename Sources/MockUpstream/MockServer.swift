import Glibc
import HTTPServer
import Reactor
import Wire

/// CLOCK_MONOTONIC, the clock that every record and every `timestamps` event uses.
func monotonicNanoseconds() -> UInt64 {
  var time = timespec()
  clock_gettime(CLOCK_MONOTONIC, &time)
  return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
}

/// The mock on one loop: records requests, plans replies and starts their exchanges.
final class MockServer: ServerDelegate {
  private let loop: EventLoop
  private let recorder: Recorder
  private let shared: Shared
  private let closes: Bool
  private var server: HTTPServer?
  private var exchanges: [ObjectIdentifier: MockExchange] = [:]
  /// Numbers of the connections that have sent a request. Weak, because an address may be used again.
  private var connections: [ObjectIdentifier: Numbered] = [:]

  /// What the loops of a mock have in common besides its journal.
  struct Shared: Sendable {
    let outages = Outages()
    let gates = Gates()
    let memory = ResponseMemory()
  }

  private struct Numbered {
    weak var connection: ServerConnection?
    let number: Int
  }

  /// Must be called on `loop`.
  init(loop: EventLoop, listening: Int32, recorder: Recorder, shared: Shared, closes: Bool) {
    self.closes = closes
    self.loop = loop
    self.recorder = recorder
    self.shared = shared
    let limits = RequestLimits(headBytesMax: 256 << 10, headersMax: 500, bodyBytesMax: 1 << 30)
    let options = ServerOptions(
      request: limits, headerTimeout: .seconds(60), bodyTimeout: .seconds(120), idleTimeout: .seconds(600),
      connectionsMax: 65_536, bufferedBodyBytesMax: 2 << 30)
    server = HTTPServer(loop: loop, listening: listening, options: options, delegate: self)
  }

  // MARK: - ServerDelegate

  func headReceived(_ connection: ServerConnection) -> Bool { true }

  func requestReceived(_ connection: ServerConnection) {
    let head = connection.head
    let target = head.string(head.targetRange)
    let method = head.string(head.methodRange)
    let body = connection.takeBody()
    if target.hasPrefix("/_mock/") {
      return send(control(method: method, target: target), on: connection)
    }
    if closes { connection.closeAfterAnswer() }
    var facts = RequestFacts.read(
      method: method, target: target, contentType: head.value(.contentType) ?? "", body: body)
    facts.key = head.value(.authorization).flatMap { $0.hasPrefix("Bearer ") ? String($0.dropFirst(7)) : nil }
    let request = MockRequest(method: method, target: target, body: body, facts: facts)
    do {
      answer(request, scenario: try scenario(of: request), on: connection)
    } catch {
      send(.json(#"{"error":{"message":\#(quoted(error.message)),"type":"mock"}}"#, status: 400), on: connection)
    }
  }

  func requestFailed(_ connection: ServerConnection, _ failure: ServerFailure) {
    let message = quoted("the mock cannot read this: \(failure)")
    send(.json(#"{"error":{"message":\#(message)}}"#, status: 400), on: connection)
  }

  func clientLeft(_ connection: ServerConnection) {
    exchanges[ObjectIdentifier(connection)]?.peerLeft()
  }

  func outputDrained(_ connection: ServerConnection) {
    exchanges[ObjectIdentifier(connection)]?.outputDrained()
  }

  // MARK: - Requests

  /// The request's own scenario, or that of the outage that it meets.
  private func scenario(of request: MockRequest) throws(ScenarioFailure) -> Scenario {
    let own = try Scenario.parse(request.facts.model)
    guard let outage = shared.outages.scenario(for: request.target, now: monotonicNanoseconds()) else { return own }
    var scenario = try Scenario.parse("mock," + outage)
    scenario.model = own.model
    scenario.run = own.run
    // Every attempt fails, not just the first.
    scenario.window = scenario.window ?? Scenario.Window()
    return scenario
  }

  private func answer(_ request: MockRequest, scenario: Scenario, on connection: ServerConnection) {
    let record = record(of: request, scenario: scenario, on: connection)
    let (number, place) = recorder.add(record)
    let key = ObjectIdentifier(connection)
    let exchange = MockExchange(
      loop: loop, connection: connection, recorder: recorder, number: number,
      reply: reply(to: request, scenario: scenario, place: place, now: record.beganAt),
      gate: { [gates = shared.gates] in gates.take(run: scenario.run) }
    ) { [unowned self] in
      exchanges[key] = nil
    }
    exchanges[key] = exchange
    exchange.start()
  }

  private func reply(to request: MockRequest, scenario: Scenario, place: AttemptPlace, now: UInt64) -> Reply {
    let isAbsent = Endpoint.absence(method: request.method, path: request.path) != nil
    if !isAbsent, let stored = StoredReplies(memory: shared.memory, request: request, now: now).reply {
      return stored
    }
    let stage = Stage(request, scenario: scenario, memory: shared.memory, now: now)
    if !isAbsent, let refusal = stage.refusal { return refusal }
    let planner = ReplyPlanner(
      request: stage.request, scenario: stage.scenario, place: place, now: now,
      epochSeconds: Int(Syscalls.wallClock().seconds))
    let reply = planner.reply()
    if reply.status == 200, let stored = stage.stored { shared.memory.keep(stored) }
    return reply
  }

  private func record(of request: MockRequest, scenario: Scenario, on connection: ServerConnection) -> Record {
    let head = connection.head
    let isSmall = request.body.count <= Record.bodyTextMax
    return Record(
      connection: connectionNumber(connection), method: request.method, target: request.target,
      headers: head.headers.map { (name: head.string($0.name), value: head.string($0.value)) },
      id: head.headers.first { head.string($0.name).lowercased() == "x-request-id" }.map { head.string($0.value) },
      facts: request.facts,
      run: scenario.run, bodySize: request.body.count, bodyCRC32: CRC32.checksum(request.body),
      bodyText: isSmall ? String(validating: request.body, as: UTF8.self) : nil, beganAt: monotonicNanoseconds())
  }

  private func connectionNumber(_ connection: ServerConnection) -> Int {
    let key = ObjectIdentifier(connection)
    if let known = connections[key], known.connection === connection { return known.number }
    let number = recorder.connectionSeen()
    connections[key] = Numbered(connection: connection, number: number)
    return number
  }

  // MARK: - Control routes

  private func control(method: String, target: String) -> Reply {
    let path = String(target.prefix { $0 != "?" })
    switch (method, path) {
    case ("GET", "/_mock/requests"):
      return .json(
        recorder.list(run: RequestFacts.query("run", of: target), id: RequestFacts.query("id", of: target)))
    case ("DELETE", "/_mock/requests"):
      recorder.clear()
      return .json("{}")
    case ("POST", "/_mock/outage"): return beginOutage(target)
    case ("DELETE", "/_mock/outage"):
      shared.outages.end(RequestFacts.query("at", of: target) ?? "/")
      return .json("{}")
    case ("POST", "/_mock/gate"):
      let run = RequestFacts.query("run", of: target) ?? ""
      let isOpen = shared.gates.open(run: run, count: RequestFacts.query("n", of: target).flatMap(number) ?? 1)
      return isOpen ? .json("{}") : .json(#"{"error":{"message":"too many gates"}}"#, status: 400)
    case ("GET", "/_mock/connections"):
      return .json(#"{"seen":\#(recorder.connectionCount),"open":\#(server?.connectionCount ?? 0)}"#)
    case ("GET", _) where path.hasPrefix("/_mock/requests/"):
      let record = number(path.dropFirst("/_mock/requests/".count)).flatMap(recorder.one)
      return record.map { .json($0) } ?? .json(#"{"error":{"message":"no such record"}}"#, status: 404)
    default:
      return .json(#"{"error":{"message":"no such control route"}}"#, status: 404)
    }
  }

  /// `?at=/primary&as=fail=503&for=2s`: without `for` the outage lasts until it is deleted.
  private func beginOutage(_ target: String) -> Reply {
    let scenario = RequestFacts.query("as", of: target) ?? "fail=reset"
    let length = RequestFacts.query("for", of: target)
    guard (try? Scenario.parse("mock," + scenario)) != nil, length == nil || length.flatMap(duration) != nil else {
      return .json(#"{"error":{"message":"no such scenario or time"}}"#, status: 400)
    }
    let now = monotonicNanoseconds()
    let until = length.flatMap(duration).map { now + UInt64($0 / .nanoseconds(1)) }
    let outage = Outages.Outage(prefix: RequestFacts.query("at", of: target) ?? "/", scenario: scenario, until: until)
    guard shared.outages.begin(outage) else {
      return .json(#"{"error":{"message":"too many outages"}}"#, status: 400)
    }
    return .json(#"{"began_ns":\#(now),"ends_ns":\#(until.map { "\($0)" } ?? "null")}"#)
  }

  private func send(_ reply: Reply, on connection: ServerConnection) {
    guard case .bytes(let bytes) = reply.body else { return }
    connection.respond(reply.status, body: bytes) { out in
      for field in reply.headers { ResponseHeadWriter.appendField(field.name, field.value, to: &out) }
    }
  }
}
