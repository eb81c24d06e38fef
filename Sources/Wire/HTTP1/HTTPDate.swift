/// The date formats of HTTP (RFC 9110 section 5.6.7), all in UTC.
package enum HTTPDate {
  /// `epochSeconds` (since 1970-01-01 00:00:00 UTC) in the only form that may be sent, `Sun, 06 Nov 1994 08:49:37 GMT`.
  /// The form has four digits for the year: a time outside 0000...9999 becomes the nearest one inside.
  package static func format(_ epochSeconds: Int) -> [UInt8] {
    let time = clamped(epochSeconds)
    let days = Self.days(time)
    let second = time - days * daySeconds
    let date = CivilDate(daysSinceEpoch: days)
    // 1970-01-01 was a Thursday, the fifth of `dayNames`.
    let weekday = days + 4 - CivilDate.floorDivide(days + 4, by: 7) * 7

    var out: [UInt8] = []
    out.reserveCapacity(29)
    append(dayNames[weekday], to: &out)
    append(", ", to: &out)
    appendTwoDigits(date.day, to: &out)
    append(" ", to: &out)
    append(monthNames[date.month - 1], to: &out)
    append(" ", to: &out)
    appendTwoDigits(date.year / 100, to: &out)
    appendTwoDigits(date.year % 100, to: &out)
    append(" ", to: &out)
    appendTwoDigits(second / 3600, to: &out)
    append(":", to: &out)
    appendTwoDigits(second / 60 % 60, to: &out)
    append(":", to: &out)
    appendTwoDigits(second % 60, to: &out)
    append(" GMT", to: &out)
    return out
  }

  /// The epoch seconds of a date in any of the three forms, nil for anything else:
  /// `Sun, 06 Nov 1994 08:49:37 GMT`, `Sunday, 06-Nov-94 08:49:37 GMT` and `Sun Nov  6 08:49:37 1994`.
  ///
  /// A two-digit year is the last such year up to 50 years after `now` (epoch seconds), or up to 2069 without `now`.
  /// The day's name must be one, but is not compared with the date. Second 60 is the next minute's first.
  package static func parse(_ text: Span<UInt8>, now: Int? = nil) -> Int? {
    for name in dayNames where starts(text, with: name) {
      if let fields = DateFields(text, from: 3, as: ", dd nnn yyyy hh:mm:ss GMT") { return seconds(fields) }
      if let fields = DateFields(text, from: 3, as: " nnn ed hh:mm:ss yyyy") { return seconds(fields) }
    }
    for name in longDayNames where starts(text, with: name) {
      let pattern: StaticString = ", dd-nnn-yy hh:mm:ss GMT"
      guard var fields = DateFields(text, from: name.utf8CodeUnitCount, as: pattern) else { continue }
      let lastYear = now.map { CivilDate(daysSinceEpoch: days(clamped($0))).year + 50 } ?? 2069
      fields.year = lastYear - (lastYear - fields.year + 100) % 100
      return seconds(fields)
    }
    return nil
  }

  /// `epochSeconds`, or the nearest time in the years 0000...9999.
  private static func clamped(_ epochSeconds: Int) -> Int {
    min(max(epochSeconds, firstSecond), lastSecond)
  }

  /// Days from 1970-01-01 to the day of `epochSeconds`.
  private static func days(_ epochSeconds: Int) -> Int {
    CivilDate.floorDivide(epochSeconds, by: daySeconds)
  }

  /// The epoch seconds of a date and time that exist.
  private static func seconds(_ fields: DateFields) -> Int? {
    guard let month = fields.month else { return nil }
    let date = CivilDate(year: fields.year, month: month, day: fields.day)
    guard date.exists, fields.hour < 24, fields.minute < 60, fields.second <= 60 else { return nil }
    return date.daysSinceEpoch * daySeconds + fields.hour * 3600 + fields.minute * 60 + fields.second
  }

  private static func starts(_ text: Span<UInt8>, with name: StaticString) -> Bool {
    let count = name.utf8CodeUnitCount
    return text.count >= count && HTTPByte.equal(text.extracting(0..<count), name)
  }

  private static func append(_ text: StaticString, to out: inout [UInt8]) {
    text.withUTF8Buffer { unsafe out.append(contentsOf: $0) }
  }

  private static func appendTwoDigits(_ number: Int, to out: inout [UInt8]) {
    out.append(0x30 + UInt8(number / 10))
    out.append(0x30 + UInt8(number % 10))
  }

  fileprivate static let monthNames: [StaticString] = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
  ]
  private static let dayNames: [StaticString] = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]
  private static let longDayNames: [StaticString] = [
    "Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday",
  ]
  private static let daySeconds = 86_400
  /// 0000-01-01 00:00:00
  private static let firstSecond = CivilDate(year: 0, month: 1, day: 1).daysSinceEpoch * daySeconds
  /// 9999-12-31 23:59:59
  private static let lastSecond = CivilDate(year: 10_000, month: 1, day: 1).daysSinceEpoch * daySeconds - 1
}

/// The parts of a date, read by a pattern.
private struct DateFields {
  var year = 0
  var month: Int?
  var day = 0
  var hour = 0
  var minute = 0
  var second = 0

  /// Reads `text` from `start` to its end. In the pattern `y d h m s` each stand for a digit of that part, `e` for the
  /// day's first digit or a space, `n` for a letter of the month's name, and all other bytes for themselves.
  init?(_ text: Span<UInt8>, from start: Int, as pattern: StaticString) {
    guard text.count - start == pattern.utf8CodeUnitCount else { return nil }
    for offset in 0..<pattern.utf8CodeUnitCount {
      let byte = text[start + offset]
      switch unsafe pattern.utf8Start[offset] {
      case UInt8(ascii: "n"):
        guard month == nil else { continue }
        month = Self.month(text, at: start + offset)
        if month == nil { return nil }
      case UInt8(ascii: "e") where byte == HTTPByte.space:
        continue
      case let part:
        guard take(byte, as: part) else { return nil }
      }
    }
  }

  private mutating func take(_ byte: UInt8, as part: UInt8) -> Bool {
    switch part {
    case UInt8(ascii: "y"): Self.push(byte, onto: &year)
    case UInt8(ascii: "d"), UInt8(ascii: "e"): Self.push(byte, onto: &day)
    case UInt8(ascii: "h"): Self.push(byte, onto: &hour)
    case UInt8(ascii: "m"): Self.push(byte, onto: &minute)
    case UInt8(ascii: "s"): Self.push(byte, onto: &second)
    default: byte == part
    }
  }

  /// Appends a digit to `number`; false if `byte` is none.
  private static func push(_ byte: UInt8, onto number: inout Int) -> Bool {
    guard let digit = HTTPByte.digit(byte) else { return false }
    number = number * 10 + digit
    return true
  }

  /// The month whose name starts at `start`; the pattern's length has been checked.
  private static func month(_ text: Span<UInt8>, at start: Int) -> Int? {
    let name = text.extracting(start..<start + 3)
    return HTTPDate.monthNames.firstIndex { HTTPByte.equal(name, $0) }.map { $0 + 1 }
  }
}
