/// The same numbers for the same seed (xorshift64*).
package struct SeededRandom: RandomNumberGenerator {
  private var state: UInt64

  package init(seed: Int) { state = UInt64(seed) &* 2 + 0x9e37_79b9_7f4a_7c15 }

  package mutating func next() -> UInt64 {
    state ^= state >> 12
    state ^= state << 25
    state ^= state >> 27
    return state &* 0x2545_f491_4f6c_dd1d
  }
}
