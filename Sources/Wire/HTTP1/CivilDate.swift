/// A day of the proleptic Gregorian calendar, and its distance from 1970-01-01.
///
/// Both directions count in eras of 400 years, which all have the same length, and in years that start on 1 March, so
/// that the leap day is the last of its year and needs no special case.
struct CivilDate: Equatable {
  var year: Int
  /// 1...12
  var month: Int
  /// 1...31
  var day: Int

  init(year: Int, month: Int, day: Int) {
    self.year = year
    self.month = month
    self.day = day
  }

  init(daysSinceEpoch: Int) {
    let days = daysSinceEpoch + Self.epochDay
    let era = Self.floorDivide(days, by: Self.eraDays)
    let dayOfEra = days - era * Self.eraDays
    let leapDays = dayOfEra / 1_460 - dayOfEra / 36_524 + dayOfEra / 146_096
    let yearOfEra = (dayOfEra - leapDays) / 365
    let dayOfYear = dayOfEra - Self.daysBefore(yearOfEra: yearOfEra)
    // The month lengths from March on repeat 31 30 31 30 31, which (153 · m + 2) / 5 adds up.
    let marchMonth = (5 * dayOfYear + 2) / 153
    day = dayOfYear - (153 * marchMonth + 2) / 5 + 1
    month = marchMonth < 10 ? marchMonth + 3 : marchMonth - 9
    year = era * 400 + yearOfEra + (month <= 2 ? 1 : 0)
  }

  /// Days from 1970-01-01 to this date.
  var daysSinceEpoch: Int {
    let marchYear = month <= 2 ? year - 1 : year
    let era = Self.floorDivide(marchYear, by: 400)
    let yearOfEra = marchYear - era * 400
    let marchMonth = month > 2 ? month - 3 : month + 9
    let dayOfYear = (153 * marchMonth + 2) / 5 + day - 1
    return era * Self.eraDays + Self.daysBefore(yearOfEra: yearOfEra) + dayOfYear - Self.epochDay
  }

  /// Whether month and day exist in the year.
  var exists: Bool {
    guard (1...12).contains(month), (1...31).contains(day) else { return false }
    return CivilDate(daysSinceEpoch: daysSinceEpoch) == self
  }

  /// `dividend / divisor` rounded down, for a positive divisor.
  static func floorDivide(_ dividend: Int, by divisor: Int) -> Int {
    (dividend - (dividend < 0 ? divisor - 1 : 0)) / divisor
  }

  private static func daysBefore(yearOfEra: Int) -> Int {
    365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100
  }

  /// Days from 0000-03-01 to 1970-01-01.
  private static let epochDay = 719_468
  /// Days in 400 years.
  private static let eraDays = 146_097
}
