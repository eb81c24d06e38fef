import Config
import Dialects
import HTTPServer
import Policy
import Reactor
import Store
import Telemetry
import Wire

/// The endpoints that the gateway answers itself.
extension GatewayLoop {
  func answerLocally(
    _ connection: ServerConnection, _ context: RequestContext, _ owner: Owner, _ endpoint: Endpoint,
    _ upstreamPath: String
  ) {
    switch endpoint {
    case .health: sendStatus(connection, context, 200, "ok")
    case .ready: sendStatus(connection, context, isDraining ? 503 : 200, isDraining ? "draining" : "ready")
    case .metrics: sendMetrics(connection, context)
    case .models: ModelListing.start(self, connection, context)
    case .model(let name): sendModel(connection, context, owner, name, upstreamPath)
    case .requests: sendRequests(connection, context, owner)
    case .request(let id): sendRequest(connection, context, owner, id)
    case .stopRequest(let id): stop(connection, context, owner, id)
    case .state(let call): answerFromState(connection, context, owner, call, upstreamPath)
    case .chat, .responses, .completions, .embeddings, .relay:
      preconditionFailure("relayed endpoints have an exchange")
    }
  }

  func send(
    _ connection: ServerConnection, _ context: RequestContext, status: Int = 200, _ body: [UInt8],
    type: String = "application/json"
  ) {
    endedLocally(connection, context, status: status)
    LocalAnswer.send(connection, status: status, body, type: type, id: context.id, snapshot: snapshot)
  }

  private func sendStatus(_ connection: ServerConnection, _ context: RequestContext, _ status: Int, _ word: String) {
    var writer = JSONWriter()
    writer.beginObject()
    writer.member("status", word)
    writer.endObject()
    send(connection, context, status: status, writer.bytes)
  }

  private func sendMetrics(_ connection: ServerConnection, _ context: RequestContext) {
    ask(.metrics, connection, context) { [self] sum in
      let page = MetricsPage(
        metrics: sum.metrics, outcomes: EndReason.allCases.map(\.label), upstreams: process.upstreamNames,
        logLinesDropped: process.log.linesDropped, version: Version.text, processStart: process.startedAt,
        routing: RoutingSamples(process, now: loop.now), state: StateSamples(process.store.counters))
      send(connection, context, page.text(), type: PrometheusText.contentType)
    }
  }

  // MARK: - Models

  private func sendModel(
    _ connection: ServerConnection, _ context: RequestContext, _ owner: Owner, _ name: String, _ upstreamPath: String
  ) {
    let configuration = snapshot.configuration
    guard let match = configuration.models.lookup(name) else {
      let failure = Failure(
        .modelNotFound, message: "The model '\(name.prefix(200))' does not exist here.", param: "model")
      return fail(connection, failure, context)
    }
    let first = match.options.firstTarget
    if !match.options.isWildcard || configuration.upstreams[first.upstream].http == nil {
      return send(connection, context, ModelList.json(name, created: Int(process.startedAt)))
    }
    let reader = RequestReader(
      snapshot: snapshot, routes: routes, endpoint: .relay, upstreamPath: upstreamPath, head: connection.head)
    begin(
      Exchange(
        gateway: self, snapshot: snapshot, connection: connection, id: context.id, owner: owner,
        request: reader.relayRequest(nil), route: snapshot.routes.route(toUpstream: first.upstream)), on: connection)
  }

  // MARK: - Requests

  private func sendRequests(_ connection: ServerConnection, _ context: RequestContext, _ owner: Owner) {
    ask(.list(owner: owner), connection, context) { [self] sum in
      var writer = JSONWriter(capacity: 64 + 400 * sum.records.count)
      writer.beginObject()
      writer.member("object", "list")
      writer.key("data")
      writer.beginArray()
      for record in sum.records.sorted(by: { $0.age > $1.age }) { record.write(to: &writer) }
      writer.endArray()
      writer.endObject()
      send(connection, context, writer.bytes)
    }
  }

  private func sendRequest(_ connection: ServerConnection, _ context: RequestContext, _ owner: Owner, _ id: String) {
    ask(.find(id: id, owner: owner), connection, context) { [self] sum in
      guard let record = sum.records.first(where: { $0.status != .finished }) ?? sum.records.last else {
        return fail(connection, GatewayLoop.requestNotFound(id), context)
      }
      var writer = JSONWriter()
      record.write(to: &writer)
      send(connection, context, writer.bytes)
    }
  }

  private func stop(_ connection: ServerConnection, _ context: RequestContext, _ owner: Owner, _ id: String) {
    metrics.stopRequests += 1
    ask(.stop(id: id, owner: owner), connection, context) { [self] sum in
      guard sum.stopped > 0 || !sum.records.isEmpty else {
        return fail(connection, GatewayLoop.requestNotFound(id), context)
      }
      var writer = JSONWriter()
      writer.beginObject()
      writer.member("id", id)
      writer.member("object", "request.stop")
      writer.member("status", sum.stopped > 0 ? "stopped" : "already_finished")
      writer.endObject()
      send(connection, context, writer.bytes)
    }
  }

  private static func requestNotFound(_ id: String) -> Failure {
    Failure(
      .requestNotFound, message: "No request is known by the id '\(id.prefix(RequestID.lengthMax))'.", param: "id")
  }
}
