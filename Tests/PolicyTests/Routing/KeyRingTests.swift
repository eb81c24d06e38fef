import Policy
import Testing
import Time

struct KeyRingTests {
  private let now = Instant(.seconds(1000))

  @Test func `one key is used until it fails, then the next`() {
    var ring = KeyRing(count: 3)
    #expect(ring.key(notIn: 0, now: now) == 0)
    #expect(ring.key(notIn: 0, now: now) == 0)
    ring.failed(0, .limited(.seconds(7)), now: now)
    #expect(ring.key(notIn: 0, now: now) == 1)
    #expect(ring.benched(now: now) == 1)
    // The bench is over, but there is no reason to go back.
    #expect(ring.key(notIn: 0, now: now + .seconds(8)) == 1)
    #expect(ring.benched(now: now + .seconds(8)) == 0)
  }

  @Test(arguments: [
    (KeyRing.Failure.limited(nil), KeyRing.limitedFor), (.limited(.seconds(9)), .seconds(9)),
    (.limited(.seconds(100_000)), KeyRing.limitedMax), (.exhausted, KeyRing.brokenFor),
    (.refused, KeyRing.brokenFor),
  ])
  func `how long a key is benched depends on what happened`(failure: KeyRing.Failure, bench: Duration) {
    var ring = KeyRing(count: 2)
    ring.failed(0, failure, now: now)
    #expect(ring.benched(now: now + bench - .milliseconds(1)) == 1)
    #expect(ring.benched(now: now + bench) == 0)
  }

  @Test func `a request does not use the same key twice`() {
    let ring = KeyRing(count: 3)
    #expect(ring.key(notIn: 0b001, now: now) == 1)
    #expect(ring.key(notIn: 0b011, now: now) == 2)
    #expect(ring.hasOther(notIn: 0b011, now: now))
    #expect(!ring.hasOther(notIn: 0b111, now: now))
  }

  @Test func `when all are benched, the one that is free soonest is used`() {
    var ring = KeyRing(count: 3)
    ring.failed(0, .refused, now: now)
    ring.failed(1, .limited(.seconds(3)), now: now)
    ring.failed(2, .limited(.seconds(30)), now: now)
    #expect(!ring.hasOther(notIn: 0, now: now))
    #expect(ring.key(notIn: 0, now: now) == 1)
  }

  @Test func `late news of the same key do not shorten its bench`() {
    var ring = KeyRing(count: 2)
    ring.failed(0, .refused, now: now)
    ring.failed(0, .limited(.seconds(1)), now: now)
    #expect(ring.benched(now: now + .seconds(60)) == 1)
    #expect(ring.key(notIn: 0, now: now) == 1)
  }

  @Test func `a ring has a key in any case, and no more than it can tell apart`() {
    #expect(KeyRing(count: 0).count == 1)
    #expect(KeyRing(count: 1000).count == KeyRing.keysMax)
    var ring = KeyRing(count: 1)
    ring.failed(7, .refused, now: now)
    #expect(ring.benched(now: now) == 0)
  }
}
