/// One option of the configuration: a row of `OptionTable`.
package struct ConfigOption: Sendable {
  /// What holds when the option is left out.
  package enum Standard: Sendable {
    /// This value, in JSON5.
    case value(String)
    /// What these words say.
    case words(String)
    /// Leaving it out is a mistake.
    case required
  }

  /// The key.
  package let name: String
  /// What may stand there.
  package let type: OptionType
  /// What holds when the option is left out.
  package let standard: Standard
  /// What it does, in one or two sentences.
  package let summary: String

  init(_ name: String, _ type: OptionType, _ standard: Standard, _ summary: String) {
    self.name = name
    self.type = type
    self.standard = standard
    self.summary = summary
  }
}

/// What may stand as the value of an option.
package indirect enum OptionType: Sendable {
  /// Text of 1 to `OptionType.textBytesMax` bytes without control characters.
  case text
  /// The same, or the empty text.
  case textOrEmpty
  /// Text that is never shown: 1 to `OptionType.textBytesMax` visible ASCII characters.
  case secret
  /// `true` or `false`.
  case bool
  /// A whole number.
  case integer(ClosedRange<Int>)
  /// A whole number, or the word `off`.
  case integerOrOff(ClosedRange<Int>)
  /// A number.
  case number(ClosedRange<Double>)
  /// A duration.
  case duration(ClosedRange<Duration>)
  /// A duration, or the word `off`.
  case durationOrOff(ClosedRange<Duration>)
  /// A size in bytes.
  case size(ClosedRange<Int>)
  /// One of these words.
  case choice([String])
  /// Up to `max` values of one type.
  case list(OptionType, max: Int)
  /// Up to `max` texts by free names.
  case texts(max: Int)
  /// A section with options of its own.
  case section([ConfigOption])
  /// Such a section, or the word `off`.
  case sectionOrOff([ConfigOption])
  /// Such a section, or the name that one has in a section of the top level.
  case sectionOrName([ConfigOption], of: String)
  /// Up to `max` such sections by free names.
  case sections([ConfigOption], max: Int)

  /// Longest text of an option, in bytes.
  package static let textBytesMax = 4096

  /// The options of a section or of the sections of a list.
  package var options: [ConfigOption] {
    switch self {
    case .section(let options), .sectionOrOff(let options), .sectionOrName(let options, _), .sections(let options, _):
      options
    case .list(let element, _): element.options
    case .text, .textOrEmpty, .secret, .bool, .integer, .integerOrOff, .number, .duration, .durationOrOff, .size,
      .choice, .texts:
      []
    }
  }
}
