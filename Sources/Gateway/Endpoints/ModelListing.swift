import Config
import Dialects
import HTTPServer
import Policy
import Reactor
import Time
import Upstream
import Wire

/// `GET /v1/models`: the configured names, and behind a wildcard what its upstream reports.
///
/// Upstreams are asked side by side. One that does not answer in time, or not with a list, adds nothing: a list that
/// lacks some names is of more use than an error.
final class ModelListing {
  /// How long upstreams are waited for.
  static let patience = Duration.seconds(5)
  /// Bytes of one upstream's list.
  static let listBytesMax = 2 << 20

  private unowned let gateway: GatewayLoop
  private let snapshot: Snapshot
  private let connection: ServerConnection
  private let context: RequestContext
  private var questions: [UpstreamQuestion] = []
  private var missing = 0
  private var timer = TimerID.none
  private var slot = SlotID.none

  private init(_ gateway: GatewayLoop, _ connection: ServerConnection, _ context: RequestContext) {
    self.gateway = gateway
    snapshot = gateway.snapshot
    self.connection = connection
    self.context = context
  }

  /// Answers the request, now or when the upstreams have.
  static func start(_ gateway: GatewayLoop, _ connection: ServerConnection, _ context: RequestContext) {
    let listing = ModelListing(gateway, connection, context)
    let configuration = gateway.snapshot.configuration
    var asked: Set<Int> = []
    for entry in configuration.models.entries
    where entry.isWildcard && asked.insert(entry.firstTarget.upstream).inserted {
      let target = entry.firstTarget
      guard let access = gateway.snapshot.accesses[target.upstream] else { continue }
      let question = UpstreamQuestion(listing: listing)
      question.slot = gateway.tasks.insert(question)
      question.transfer = gateway.client.start(listing.spec(access, target.timeouts), owner: question.slot)
      listing.questions.append(question)
      listing.missing += 1
    }
    guard listing.missing > 0 else { return listing.complete() }
    listing.slot = gateway.tasks.insert(Deadline(listing))
    connection.owner = listing.slot
    listing.timer = gateway.loop.schedule(gateway, tag: listing.slot.rawValue, at: gateway.loop.now + patience)
  }

  private func spec(_ access: UpstreamAccess, _ timeouts: Timeouts) -> TransferSpec {
    var headers = HeaderLines()
    var credentials = HeaderLines()
    HeaderRules.appendCredentials(connection.head, to: &credentials)
    access.addOwn(to: &headers, credentials: credentials, id: context.id)
    return TransferSpec(
      method: "GET", origin: access.origin, target: "/models", headers: headers, body: nil,
      connectTimeout: min(timeouts.connect, ModelListing.patience), version: access.version(mayPause: false))
  }

  fileprivate func answered() {
    missing -= 1
    if missing == 0 { complete() }
  }

  fileprivate func patienceEnded() {
    cancelQuestions()
    complete()
  }

  fileprivate func clientLeft() {
    cancelQuestions()
    questions = []
    gateway.loop.cancel(timer)
    gateway.tasks.remove(slot)
    gateway.endedLocally(connection, context, status: 499, reason: .clientLeft)
  }

  private func cancelQuestions() {
    for question in questions where question.transfer != .none {
      gateway.client.cancel(question.transfer)
      gateway.tasks.remove(question.slot)
    }
  }

  private func complete() {
    gateway.loop.cancel(timer)
    gateway.tasks.remove(slot)
    let configuration = snapshot.configuration
    var seen: Set<String> = []
    var models: [[UInt8]] = []
    for name in configuration.models.listedNames where seen.insert(name).inserted {
      models.append(ModelList.json(name, created: Int(gateway.process.startedAt)))
    }
    let answersByDemo =
      configuration.models.catchAll.map { configuration.upstreams[$0.firstTarget.upstream].http == nil } ?? false
    if answersByDemo, seen.insert("demo").inserted {
      models.append(ModelList.json("demo", created: Int(gateway.process.startedAt)))
    }
    for question in questions { models += question.models(unlessIn: &seen, configuration.models) }
    var writer = JSONWriter()
    writer.beginObject()
    writer.member("object", "list")
    writer.key("data")
    writer.beginArray()
    for model in models { writer.raw(model) }
    writer.endArray()
    writer.endObject()
    // Question and listing hold each other until here.
    questions = []
    gateway.send(connection, context, writer.bytes)
  }

  /// The listing's own deadline, as a task of the loop.
  private final class Deadline: LoopTask {
    private let listing: ModelListing

    init(_ listing: ModelListing) { self.listing = listing }

    func headReceived(_ head: UpstreamHead) {}
    func bodyReceived(_ bytes: UnsafeRawBufferPointer) -> Bool { true }
    func transferEnded(_ end: TransferEnd) {}
    func timerFired() { listing.patienceEnded() }
    func clientLeft() { listing.clientLeft() }
  }

  /// What one upstream is asked and has answered.
  fileprivate final class UpstreamQuestion: LoopTask {
    private let listing: ModelListing
    var slot = SlotID.none
    var transfer = TransferID.none
    private var status = 0
    private var body: [UInt8] = []

    init(listing: ModelListing) { self.listing = listing }

    func headReceived(_ head: UpstreamHead) { status = head.status }

    func bodyReceived(_ bytes: UnsafeRawBufferPointer) -> Bool {
      if body.count + bytes.count <= ModelListing.listBytesMax { body.append(contentsOf: bytes) } else { status = 0 }
      return true
    }

    func transferEnded(_ end: TransferEnd) {
      transfer = .none
      if end != .complete { status = 0 }
      listing.gateway.tasks.remove(slot)
      listing.answered()
    }

    func timerFired() {}
    func clientLeft() {}

    /// The upstream's models that a client could ask for under that very name, as the upstream spelled them.
    func models(unlessIn seen: inout Set<String>, _ table: ModelTable) -> [[UInt8]] {
      guard status == 200, transfer == .none else { return [] }
      let list = body
      return UpstreamQuestion.models(in: list.span, unlessIn: &seen, table)
    }

    private static func models(in span: Span<UInt8>, unlessIn seen: inout Set<String>, _ table: ModelTable) -> [[UInt8]]
    {
      guard let root = JSONScan.value(span), root.kind == .object,
        let data = JSONPick.member("data", of: root.range, in: span), data.kind == .array
      else { return [] }
      var models: [[UInt8]] = []
      var cursor = JSONCursor(data.range, in: span)
      while let element = cursor.nextElement(in: span) {
        let id = JSONPick.string(JSONPick.member("id", of: element.range, in: span), in: span)
        if let id, table.lookup(id) != nil, seen.insert(id).inserted {
          models.append([UInt8](copying: element.range, of: span))
        }
      }
      return models
    }
  }
}
