/// The system's random numbers, fetched many at a time: each `next` of `SystemRandomNumberGenerator` is a system call.
package struct BufferedRandom: RandomNumberGenerator {
  /// Numbers per system call.
  private static let batch = 64

  private var numbers: [UInt64] = []

  package init() {}

  package mutating func next() -> UInt64 {
    if numbers.isEmpty {
      numbers = Array(repeating: 0, count: BufferedRandom.batch)
      numbers.withUnsafeMutableBytes { Syscalls.fillRandom($0) }
    }
    return numbers.removeLast()
  }
}
