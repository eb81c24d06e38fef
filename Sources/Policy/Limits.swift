/// Every cap of the program, in one place: bytes, counts and durations, each with the reason for its value.
///
/// Low modules take their caps as parameters and have those that nobody else needs beside their types (`RequestLimits`,
/// `JSONScan` …); the gateway fills in the others from here, and they are the configuration's defaults where it names
/// them. Bytes are `Int`s whose names say so, times are `Duration`s.
package enum Limits {
  // MARK: Request head and body

  /// Bytes of a request body, decoded, before 413. A 1 M-token context with several inlined images stays below it.
  package static let requestBodyBytesMax = 32 << 20
  /// Bytes of a request line and its header fields together, before 431. The largest real field is an attestation token
  /// of a few KiB.
  package static let headBytesMax = 32 << 10
  /// Header fields of a request, before 431. SDKs send about 20.
  package static let headersMax = 100
  /// Bytes of a request target, before 414. The longest real one is a listing with repeated `include[]` parameters.
  package static let targetBytesMax = 8 << 10
  /// Decoded bytes per compressed byte of a gzip body, before 413: deflate reaches 1032 only on constant input.
  package static let inflateRatioMax = 200
  /// Bytes read ahead of the request being served (pipelining); beyond them the socket is not read, so TCP holds the
  /// client back.
  package static let pipelinedBytesMax = 64 << 10

  // MARK: Answers

  /// Bytes waiting for one client above which its upstream transfer is paused: some seconds of the fastest model, and
  /// what a kernel send buffer holds once more.
  package static let clientQueueHighWater = 256 << 10
  /// Bytes waiting for one client below which the transfer goes on: a quarter, so that pausing does not flutter.
  package static let clientQueueLowWater = 64 << 10
  /// Bytes of one unfinished event held back, so that a stream is only ever left between two events. Above the events
  /// of text models by far; a longer one (an image) is relayed in pieces as it comes, unpeeked.
  package static let heldEventBytesMax = 1 << 20
  /// Bytes of comments and unfinished events held before the commit point; beyond them the response is committed.
  package static let preCommitBytesMax = 64 << 10
  /// Bytes of an upstream's error body that are read; the rest is cut off. CDN error pages are about 10 KiB.
  package static let errorBodyBytesMax = 256 << 10
  /// Bytes of an upstream's error text quoted in a message of our own.
  package static let quotedErrorBytesMax = 2 << 10
  /// Bytes of a blocking answer held so that it can be compressed and sent with a length; a longer one goes out chunked
  /// as it comes.
  package static let blockingHoldBytesMax = 256 << 10
  /// Bytes of a blocking answer that is put together from a stream; a longer one is an error. A million tokens with the
  /// log probabilities of a few thousand stay below it.
  package static let aggregateBytesMax = 16 << 20
  /// Bytes of a stream's texts that are remembered for its recovery: two hundred thousand tokens; a longer stream is
  /// relayed on, but can no longer be recovered.
  package static let recoveryBytesMax = 1 << 20
  /// From a stream's break to the next stream that is joined to it, all attempts at that together: the default limit of
  /// a first event.
  package static let recoveryMax: Duration = .seconds(120)
  /// Bytes of a blocking answer from which compressing it pays for its processor time.
  package static let compressFromBytes = 1 << 10
  /// Silence on a stream after which a comment keeps the connection alive; clients and edges cut from 30 s on.
  package static let keepAliveComment: Duration = .seconds(15)

  // MARK: Requests and connections

  /// How often a loop looks at requests whose deadlines are all far away, so that most of them need no timer at all.
  package static let deadlineSweep: Duration = .seconds(1)
  /// Into how many slices such a look is divided at the most, where each has at least so many slots.
  package static let sweepSlicesMax = 16
  package static let sweepSliceMin = 64
  /// What counts as far: twice the time between two looks.
  package static let farDeadline: Duration = .seconds(2)

  /// Ended requests remembered for `GET /v1/requests/{id}` and a late stop: 4096 × about 500 bytes = 2 MiB.
  package static let rememberedRequestsMax = 4096
  /// How long an ended request is remembered: longer than any SDK's retries of a stop.
  package static let rememberedFor: Duration = .seconds(600)
  /// Bytes of request bodies that one loop holds at once (kept for retries); beyond them new requests get 503.
  package static let bufferedBodyBytesPerLoopMax = 256 << 20
  /// Messages waiting for one loop; beyond them the sender is refused. Messages are stops, scrapes and reloads: rare.
  package static let mailboxMessagesMax = 4096
  /// Upstream connections of one loop, busy and idle together: above it libcurl closes idle ones. It has to exceed the
  /// streams of a loop, or every stream that ends would cost its connection; idle ones go by age.
  package static let upstreamConnectionsPerLoopMax = 16_384
  /// How long an idle upstream connection is reused: below the 60 s after which common load balancers close theirs.
  package static let upstreamIdleTimeout: Duration = .seconds(55)

  /// Client connections of the process; beyond them new ones get 503. 10 000 streams, and half as many again.
  package static let connectionsMax = 16_384
  /// Client connections of one address, where several addresses can reach the gateway: it takes four to take it all.
  package static let connectionsPerAddressMax = 4096
  /// Client connections that wait for a request; a quarter of all is left to those that have one.
  package static let idleConnectionsMax = 12_288

  // MARK: Routes

  /// Attempts that one request makes at the most, at all targets and with all keys together: each may take as long as
  /// its time limits allow, and a chain of fallbacks that long is a mistake.
  package static let attemptsMax = 16
  /// Targets of one plan, fallbacks included; later ones are not asked.
  package static let planTargetsMax = 32
  /// Targets whose health is kept: twice the models of a configuration. More come only from reloads with ever new
  /// names, and have none.
  package static let healthRowsMax = 32_768

  /// What a client is told to wait before it comes back to a full queue: nobody knows how long the others take.
  package static let queueRetryAfter: Duration = .seconds(1)

  // MARK: State

  /// How long a response is kept, as OpenAI keeps its own.
  package static let stateRetention: Duration = .seconds(30 * 24 * 3600)
  /// Bytes of everything that is kept: some ten thousand responses with their input. In memory, unless there is a file.
  package static let stateBytesMax = 256 << 20
  /// Calls waiting for the store's disk; beyond them calls are refused. What 10 000 streams ask at once fits.
  package static let storeCommandsMax = 16_384
  /// Bytes that waiting calls bring along; beyond them calls are refused. Two of the largest requests and some more.
  package static let storePendingBytesMax = 128 << 20
  /// How often expired responses are removed; until then they are invisible.
  package static let storeSweepEvery: Duration = .seconds(60)
  /// Responses and conversations that one sweep removes before it lets others have the disk.
  package static let storeSweepStep = 256
  /// Responses in a row that a new one can go on from.
  package static let chainResponsesMax = 1024
  /// Bytes of the items of such a chain, or of a conversation: what a request could bring along itself.
  package static let chainBytesMax = requestBodyBytesMax
  /// Items that one call adds to a conversation: OpenAI's own limit.
  package static let itemsPerCallMax = 20
  /// Items of one page: OpenAI's own limit.
  package static let pageItemsMax = 100
  /// Bytes of stored events after which a page of them ends: some writes to a client.
  package static let eventPageBytes = 256 << 10

  // MARK: Patience with clients

  /// From the first byte of a request to the end of its head, before 408. Slow heads are the cheapest attack there is.
  package static let clientHeaderTimeout: Duration = .seconds(10)
  /// Between two reads of a request body, before 408.
  package static let clientBodyTimeout: Duration = .seconds(30)
  /// Idle time of a kept-alive client connection: longer than SDKs keep theirs (4 s and 5 s), so that they close first.
  package static let clientIdleTimeout: Duration = .seconds(75)
  /// Time without a byte taken by a client that has data waiting, before its connection is cut.
  package static let clientWriteStall: Duration = .seconds(120)
  /// Time for the client to read a last error and close, after which the gateway closes (lingering close).
  package static let clientLinger: Duration = .seconds(2)
  /// From SIGTERM to the end of the last request; container runtimes kill soon after.
  package static let drainMax: Duration = .seconds(30)

  // MARK: Logs

  /// Bytes of log lines waiting to be written; beyond them lines are dropped and counted. About 2000 request lines.
  package static let logQueueBytesMax = 1 << 20
}
