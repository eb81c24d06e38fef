import Wire

/// Knows whether the arguments of a call that comes in pieces are a whole JSON object: then no piece can be missing.
///
/// It may be asked for each piece of an upstream that does not wish well: nothing is read twice, and after some
/// mistakes no more at all.
struct WholeArguments: Sendable {
  private var checkedCount = 0
  private var isWhole = false
  private var mistakes = 0

  /// How often arguments may look whole and not be it; a server's pieces end so by chance now and then.
  private static let mistakesMax = 16

  /// Asks for `arguments`, escaped; they begin with what was asked for before.
  mutating func check(_ arguments: [UInt8]) -> Bool {
    guard arguments.count != checkedCount else { return isWhole }
    isWhole = false
    guard arguments.last == UInt8(ascii: "}"), mistakes < Self.mistakesMax else { return false }
    checkedCount = arguments.count
    isWhole = Self.areWhole(arguments)
    if !isWhole { mistakes += 1 }
    return isWhole
  }

  /// Whether `arguments`, the escaped contents of a string, read as an object.
  static func areWhole(_ arguments: [UInt8]) -> Bool {
    var text: [UInt8] = []
    JSONString.append(0..<arguments.count, in: arguments.span, to: &text)
    return JSONScan.looksLikeObject(0..<text.count, in: text.span) && JSONScan.isSound(text.span)
  }
}
