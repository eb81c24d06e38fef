import Reactor
import Wire

/// Why the server itself cannot hand a request on. The delegate answers; the connection closes afterwards.
package enum ServerFailure: Equatable, Sendable {
  /// The bytes are not a request that may be served.
  case malformed(RequestFailure)
  /// The client closed its side in the middle of a request.
  case incomplete
  /// The body is longer than `ServerConnection.bodyBytesWanted`.
  case bodyUnwanted
  /// The client took too long to send its request.
  case timedOut
  /// The bodies under way on this loop leave no room for this one.
  case overloaded
  /// The client's address has as many connections as it may have.
  case crowded
  /// The client speaks HTTP where TLS is spoken; the answer goes out as it can read it.
  case needsTLS
}

/// What the server asks of whoever answers requests. One per loop; every call comes on the loop.
package protocol ServerDelegate: AnyObject {
  /// The head of a request is complete: the last chance to refuse it before its body is read.
  ///
  /// - Returns: false when the delegate has answered already; the connection then closes after the answer.
  func headReceived(_ connection: ServerConnection) -> Bool
  /// A whole request: `connection.head` and `connection.body`. Exactly one answer is due, now or later.
  func requestReceived(_ connection: ServerConnection)
  /// The delegate answers with an error; see `ServerFailure`.
  func requestFailed(_ connection: ServerConnection, _ failure: ServerFailure)
  /// The client has gone while its answer was due. The connection is closed; nothing more can be sent.
  func clientLeft(_ connection: ServerConnection)
  /// The client has caught up: what is waiting for it has fallen below the low-water mark.
  func outputDrained(_ connection: ServerConnection)
}

/// How a server treats its connections; the caps come from `Limits` and the configuration.
package struct ServerOptions: Sendable {
  /// Bytes of heads and bodies, number of fields and so on.
  package var request: RequestLimits
  /// From the first byte of a request to the end of its head.
  package var headerTimeout: Duration
  /// For the next `ServerConnection.progressBytes` of a body, or the rest of it.
  package var bodyTimeout: Duration
  /// Without a request on a kept-alive connection.
  package var idleTimeout: Duration
  /// For a client that has data waiting to take the next `ServerConnection.progressBytes` of it, or the rest.
  package var writeStall: Duration
  /// For the client to read a last answer before the connection is cut.
  package var linger: Duration
  /// Whether a client that closes its sending side still wants its answer.
  package var servesHalfClosed: Bool
  /// Connections of all servers that share a ledger; the rest is turned away with 503.
  package var connectionsMax: Int
  /// The same for each client address; `nil` for any number.
  package var connectionsPerAddressMax: Int?
  /// Connections of one loop that wait for a request; beyond them the one that has waited longest is closed.
  package var idleConnectionsMax: Int
  /// Bytes read ahead of the request being served.
  package var pipelinedBytesMax: Int
  /// Bytes of all bodies held by one loop.
  package var bufferedBodyBytesMax: Int
  /// Bytes waiting for a client above which `ServerConnection.isCongested` is true …
  package var highWater: Int
  /// … until they have fallen to this.
  package var lowWater: Int
  /// What clients speak TLS with; `nil` for plain HTTP.
  package var tls: TLSContext?

  package init(
    request: RequestLimits = RequestLimits(), headerTimeout: Duration = .seconds(10),
    bodyTimeout: Duration = .seconds(30), idleTimeout: Duration = .seconds(75), writeStall: Duration = .seconds(120),
    linger: Duration = .seconds(2), servesHalfClosed: Bool = false, connectionsMax: Int = 8192,
    connectionsPerAddressMax: Int? = nil, idleConnectionsMax: Int = 8192, pipelinedBytesMax: Int = 64 << 10,
    bufferedBodyBytesMax: Int = 256 << 20, highWater: Int = 256 << 10,
    lowWater: Int = 64 << 10, tls: TLSContext? = nil
  ) {
    self.request = request
    self.headerTimeout = headerTimeout
    self.bodyTimeout = bodyTimeout
    self.idleTimeout = idleTimeout
    self.writeStall = writeStall
    self.linger = linger
    self.servesHalfClosed = servesHalfClosed
    self.connectionsMax = connectionsMax
    self.connectionsPerAddressMax = connectionsPerAddressMax
    self.idleConnectionsMax = idleConnectionsMax
    self.pipelinedBytesMax = pipelinedBytesMax
    self.bufferedBodyBytesMax = bufferedBodyBytesMax
    self.highWater = highWater
    self.lowWater = lowWater
    self.tls = tls
  }
}
