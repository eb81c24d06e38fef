import Policy
import Testing
import Time
import Wire

@testable import Gateway

struct EndedRequestsTests {
  private let now = Instant(.seconds(1000))
  private let alice = Owner(id: 1, name: "alice", isAdmin: false)
  private let bob = Owner(id: 2, name: "bob", isAdmin: false)
  private let admin = Owner(id: 3, name: "admin", isAdmin: true)

  private func record(_ id: String, answer: String? = nil, owner: Owner? = nil) throws -> RequestRecord {
    RequestRecord(
      id: try #require(RequestID(accepting: id)), answerID: answer, owner: owner ?? alice, endpoint: "chat",
      model: "m", upstream: "u", status: .finished, endReason: .completed, httpStatus: 200, isStream: true, attempts: 2,
      events: 5, inputTokens: 3, outputTokens: nil, createdAt: 1_700_000_000, age: .milliseconds(1234))
  }

  private func find(
    _ id: String, in ended: EndedRequests, owner: Owner? = nil, after: Duration = .zero
  ) -> [String] {
    ended.find(id, owner: owner ?? alice, now: now + after).map(\.id.description)
  }

  @Test func `an ended request is found by its own id and by the one its client has seen`() throws {
    var ended = EndedRequests()
    ended.remember(try record("req-1", answer: "chatcmpl-1"), now: now)
    ended.remember(try record("req-2", answer: "chatcmpl-2"), now: now)
    #expect(find("req-1", in: ended) == ["req-1"])
    #expect(find("chatcmpl-2", in: ended) == ["req-2"])
    #expect(find("req-3", in: ended) == [] && find("", in: ended) == [])
  }

  @Test func `an ended request is its owner's and the administrators' business`() throws {
    var ended = EndedRequests()
    ended.remember(try record("req-1", owner: alice), now: now)
    #expect(find("req-1", in: ended, owner: bob) == [])
    #expect(find("req-1", in: ended, owner: alice) == ["req-1"])
    #expect(find("req-1", in: ended, owner: admin) == ["req-1"])
    #expect(find("req-1", in: ended, owner: .anonymous) == ["req-1"])
  }

  @Test func `requests that share an id are all found`() throws {
    var ended = EndedRequests()
    ended.remember(try record("mine"), now: now)
    ended.remember(try record("mine", owner: bob), now: now)
    #expect(find("mine", in: ended, owner: admin).count == 2)
    #expect(find("mine", in: ended, owner: bob).count == 1)
  }

  @Test func `a request is forgotten in time`() throws {
    var ended = EndedRequests()
    ended.remember(try record("req-1"), now: now)
    #expect(find("req-1", in: ended, after: Limits.rememberedFor - .nanoseconds(1)) == ["req-1"])
    #expect(find("req-1", in: ended, after: Limits.rememberedFor) == [])
  }

  @Test func `beyond the cap the oldest is forgotten first`() throws {
    var ended = EndedRequests()
    let count = Limits.rememberedRequestsMax
    for index in 0..<count { ended.remember(try record("req-\(index)"), now: now) }
    #expect(find("req-0", in: ended) == ["req-0"])
    for extra in 0..<3 {
      ended.remember(try record("req-\(count + extra)"), now: now)
      #expect(find("req-\(extra)", in: ended) == [])
      #expect(find("req-\(extra + 1)", in: ended) == ["req-\(extra + 1)"])
      #expect(find("req-\(count + extra)", in: ended) == ["req-\(count + extra)"])
    }
  }

  @Test func `a record is written with what is known of the request`() throws {
    var writer = JSONWriter()
    try record("req-1", answer: "chatcmpl-1").write(to: &writer)
    guard case .object(let members) = try JSONTree.parse(writer.bytes.span) else {
      Issue.record("the record is no object")
      return
    }
    let values = Dictionary(uniqueKeysWithValues: members.map { ($0.name, $0.value) })
    #expect(values["id"] == .string("req-1") && values["answer_id"] == .string("chatcmpl-1"))
    #expect(values["status"] == .string("finished") && values["end_reason"] == .string("completed"))
    #expect(values["age_ms"] == .number("1234") && values["input_tokens"] == .number("3"))
    #expect(values["owner"] == .string("alice") && values["stream"] == .bool(true))
  }
}
