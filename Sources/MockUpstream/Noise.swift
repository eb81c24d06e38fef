/// Text that is neither an event nor JSON.
enum Noise {
  /// One line, different for each number.
  static func line(_ number: Int) -> String { "<<< noise \(number) >>>" }
}
