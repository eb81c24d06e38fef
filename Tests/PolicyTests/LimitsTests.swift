import Policy
import Testing

/// Pins the limits that clients can feel, and the relations that keep the others sound.
struct LimitsTests {
  @Test func `limits a client can feel have their documented values`() {
    #expect(Limits.requestBodyBytesMax == 32 * 1024 * 1024)
    #expect(Limits.headBytesMax == 32 * 1024)
    #expect(Limits.headersMax == 100)
    #expect(Limits.targetBytesMax == 8 * 1024)
    #expect(Limits.keepAliveComment == .seconds(15))
    #expect(Limits.drainMax == .seconds(30))
    #expect(Limits.clientHeaderTimeout == .seconds(10))
    #expect(Limits.clientBodyTimeout == .seconds(30))
    #expect(Limits.clientIdleTimeout == .seconds(75))
    #expect(Limits.connectionsMax == 16_384)
    #expect(Limits.clientWriteStall == .seconds(120))
    #expect(Limits.rememberedFor == .seconds(600))
    #expect(Limits.rememberedRequestsMax == 4096)
  }

  @Test func `queues resume well below where they pause`() {
    #expect(Limits.clientQueueHighWater == 256 * 1024)
    #expect(Limits.clientQueueLowWater == 64 * 1024)
    #expect(Limits.clientQueueLowWater * 2 <= Limits.clientQueueHighWater)
  }

  @Test func `parts fit into their wholes`() {
    #expect(Limits.targetBytesMax < Limits.headBytesMax)
    #expect(Limits.requestBodyBytesMax < Limits.bufferedBodyBytesPerLoopMax)
    #expect(Limits.keepAliveComment * 2 <= Timeouts().idle)
    #expect(Limits.quotedErrorBytesMax < Limits.errorBodyBytesMax)
  }

  @Test func `default time limits are those of the SDKs`() {
    #expect(
      Timeouts()
        == Timeouts(connect: .seconds(10), firstEvent: .seconds(120), idle: .seconds(120), total: .seconds(600)))
    #expect(
      RetryPolicy()
        == RetryPolicy(
          attempts: 3, initial: .milliseconds(500), factor: 2, max: .seconds(8), jitter: 0.25,
          retryAfterMax: .seconds(60), statuses: [408, 409, 425, 429, 500, 502, 503, 504, 529]))
  }
}
