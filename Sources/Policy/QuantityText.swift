/// The shape that durations and sizes share in a configuration: an unsigned decimal number and a unit, nothing between.
enum QuantityText {
  /// A decimal number as `digits / 10^places`.
  struct Number {
    var digits: Int64
    var places: Int

    /// The number of base units, when it is whole and fits.
    func scaled(by unit: Int64) -> Int64? {
      let divisor = (0..<places).reduce(Int128(1)) { power, _ in power * 10 }
      let (quotient, remainder) = (Int128(digits) * Int128(unit)).quotientAndRemainder(dividingBy: divisor)
      return remainder == 0 ? Int64(exactly: quotient) : nil
    }
  }

  /// Most digits after the point: a nanosecond of a second. More are refused.
  static let placesMax = 9

  /// Nil unless the text is `1*DIGIT [ "." 1*DIGIT ] 1*ALPHA` and the number fits.
  static func split(_ text: String) -> (Number, unit: String)? {
    var number = Number(digits: 0, places: 0)
    var rest = Substring(text).utf8
    guard take(&rest, into: &number, asFraction: false) else { return nil }
    if rest.first == UInt8(ascii: ".") {
      rest.removeFirst()
      guard take(&rest, into: &number, asFraction: true) else { return nil }
    }
    return (number, String(Substring(rest)))
  }

  private static func take(_ rest: inout Substring.UTF8View, into number: inout Number, asFraction: Bool) -> Bool {
    var isEmpty = true
    while let byte = rest.first, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) {
      let (tens, overflow) = number.digits.multipliedReportingOverflow(by: 10)
      let (sum, overflowToo) = tens.addingReportingOverflow(Int64(byte - UInt8(ascii: "0")))
      if asFraction { number.places += 1 }
      if overflow || overflowToo || number.places > placesMax { return false }
      number.digits = sum
      isEmpty = false
      rest.removeFirst()
    }
    return !isEmpty
  }
}
