/// The ids of what the gateway makes and keeps: told apart from those of upstreams, which cannot be asked about them.
enum OwnID {
  /// No hexadecimal digit, so that no upstream's id of random digits begins with it.
  private static let mark: Character = "g"
  private static let length = 32

  /// 124 random bits behind the mark.
  static func makeTail(using random: inout some RandomNumberGenerator) -> String {
    var digits = ""
    for _ in 0..<2 {
      let half = String(random.next(), radix: 16)
      digits += String(repeating: "0", count: 16 - half.count) + half
    }
    return "\(mark)\(digits.dropFirst())"
  }

  /// Whether an id such as `resp_…` is one of them, or one of a part of them: `msg_…o0`.
  static func isOwn(_ id: String) -> Bool {
    guard let underscore = id.firstIndex(of: "_") else { return false }
    let tail = id[id.index(after: underscore)...]
    return tail.utf8.count >= length && tail.first == mark
  }
}
