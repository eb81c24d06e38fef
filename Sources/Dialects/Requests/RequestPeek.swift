import Wire

/// What the gateway needs to know of a JSON request body: where it goes, and in what form the answer comes.
///
/// Works for every endpoint that takes a JSON object (chat, responses, completions, embeddings…). All else in the
/// body is the upstream's business.
package struct RequestPeek: Equatable, Sendable {
  /// The whole object, braces included.
  package private(set) var root: Range<Int>
  /// The model's name, unescaped; nil when the body has none and none was required.
  package private(set) var model: String?
  /// The values of all top-level `model` members, quotes included; the last one is `model`.
  package var modelRanges: [Range<Int>] { models.all }
  /// `stream`; nil when absent. `null` counts as false, as at OpenAI.
  package private(set) var stream: Bool?
  /// The values of all top-level `stream` members.
  package var streamRanges: [Range<Int>] { streams.all }
  /// `n`: how many choices are asked for; nil when absent or null. Not checked for sense.
  package private(set) var choices: Int?
  /// `stream_options.include_usage`.
  package private(set) var includeUsage = false
  /// `fallbacks`: the models that may answer instead, which is a word to the gateway and not to the upstream; nil when
  /// absent.
  package private(set) var fallbacks: [String]?
  /// The values of all top-level `stream_options` members.
  package private(set) var streamOptionRanges: [Range<Int>] = []
  private var models = MemberPlaces()
  private var streams = MemberPlaces()

  /// Longest name of a model.
  package static let modelBytesMax = 512
  /// Names in `fallbacks`.
  package static let fallbacksMax = 16
  /// Members that are noted while the body is validated; a body with more is walked through once more.
  static let membersMax = 256
  /// How many members of one name are taken note of; more are a mistake at best.
  package static let duplicatesMax = 16

  /// The place of the `model` that counts, quotes included.
  package var modelRange: Range<Int>? { models.last }

  /// Validates `bytes` as one JSON object and reads it. With `requiresModel`, a body without a model fails.
  package static func read(
    _ bytes: Span<UInt8>, requiresModel: Bool = true
  ) throws(RequestPeekFailure) -> RequestPeek {
    let root: JSONValue
    let isComplete: Bool
    var members: [JSONMember] = []
    do throws(JSONFailure) {
      (root, isComplete) = try JSONScan.document(bytes, membersMax: membersMax, members: &members)
    } catch {
      throw .notJSON(error)
    }
    guard root.kind == .object else { throw .notAnObject }
    var peek = RequestPeek(root: root.range)
    if isComplete {
      for member in members { try peek.note(member, in: bytes) }
    } else {
      var cursor = JSONCursor(root.range, in: bytes)
      while let member = cursor.nextMember(in: bytes) { try peek.note(member, in: bytes) }
    }
    if requiresModel, peek.model == nil { throw .modelMissing }
    return peek
  }

  private init(root: Range<Int>) {
    self.root = root
  }

  private mutating func note(_ member: JSONMember, in bytes: Span<UInt8>) throws(RequestPeekFailure) {
    let value = member.value
    func isNamed(_ name: StaticString) -> Bool { JSONString.key(member.key, in: bytes, means: name) }
    if isNamed("model") {
      model = try Self.modelName(value, in: bytes)
      models.append(value.range)
    } else if isNamed("stream") {
      stream = try Self.flag(value)
      streams.append(value.range)
    } else if isNamed("n") {
      choices = try Self.count(value, in: bytes)
    } else if isNamed("fallbacks") {
      fallbacks = try Self.names(value, in: bytes)
    } else if isNamed("stream_options") {
      streamOptionRanges.append(value.range)
      includeUsage = JSONPick.bool(JSONPick.member("include_usage", of: value.range, in: bytes)) ?? false
    }
    guard max(models.count, streams.count, streamOptionRanges.count) <= Self.duplicatesMax else {
      throw .tooManyDuplicates
    }
  }

  private static func modelName(_ value: JSONValue, in bytes: Span<UInt8>) throws(RequestPeekFailure) -> String {
    guard value.kind == .string else { throw .modelNotAString }
    guard !value.contents.isEmpty else { throw .modelEmpty }
    guard value.contents.count <= modelBytesMax else { throw .modelTooLong }
    return JSONString.decode(value.contents, in: bytes)
  }

  private static func names(_ value: JSONValue, in bytes: Span<UInt8>) throws(RequestPeekFailure) -> [String] {
    if value.kind == .null { return [] }
    guard value.kind == .array else { throw .fallbacksNotNames }
    var names: [String] = []
    var cursor = JSONCursor(value.range, in: bytes)
    while let element = cursor.nextElement(in: bytes) {
      guard element.kind == .string, !element.contents.isEmpty, element.contents.count <= modelBytesMax else {
        throw .fallbacksNotNames
      }
      names.append(JSONString.decode(element.contents, in: bytes))
      guard names.count <= fallbacksMax else { throw .fallbacksNotNames }
    }
    return names
  }

  private static func flag(_ value: JSONValue) throws(RequestPeekFailure) -> Bool {
    if value.kind == .null { return false }
    guard let flag = JSONPick.bool(value) else { throw .streamNotABoolean }
    return flag
  }

  private static func count(_ value: JSONValue, in bytes: Span<UInt8>) throws(RequestPeekFailure) -> Int? {
    if value.kind == .null { return nil }
    guard let count = JSONPick.integer(value, in: bytes) else { throw .choicesNotAnInteger }
    return count
  }
}

/// The places of all members of one name. There is hardly ever more than one, which needs no memory of its own.
private struct MemberPlaces: Equatable, Sendable {
  private(set) var last: Range<Int>?
  private var earlier: [Range<Int>] = []

  var count: Int { earlier.count + (last == nil ? 0 : 1) }

  /// In order.
  var all: [Range<Int>] { earlier + (last.map { [$0] } ?? []) }

  mutating func append(_ place: Range<Int>) {
    if let last { earlier.append(last) }
    last = place
  }
}

/// Why a request body cannot be routed.
package enum RequestPeekFailure: Error, Equatable, Sendable {
  case notJSON(JSONFailure)
  case notAnObject
  case modelMissing
  case modelNotAString
  case modelEmpty
  case modelTooLong
  case streamNotABoolean
  case choicesNotAnInteger
  case fallbacksNotNames
  case tooManyDuplicates
}

extension RequestPeekFailure {
  /// The parameter at fault, for the error's `param`.
  package var param: String? {
    switch self {
    case .notJSON, .notAnObject, .tooManyDuplicates: nil
    case .modelMissing, .modelNotAString, .modelEmpty, .modelTooLong: "model"
    case .streamNotABoolean: "stream"
    case .choicesNotAnInteger: "n"
    case .fallbacksNotNames: "fallbacks"
    }
  }

  /// A whole sentence for the error's `message`.
  package var message: String {
    switch self {
    case .notJSON(let failure): "The request body is not valid JSON: \(failure.reason) at byte \(failure.offset)."
    case .notAnObject: "The request body must be a JSON object."
    case .modelMissing: "You must provide a model parameter."
    case .modelNotAString: "Invalid type for 'model': expected a string."
    case .modelEmpty: "Invalid value for 'model': the name must not be empty."
    case .modelTooLong: "Invalid value for 'model': the name is longer than \(RequestPeek.modelBytesMax) bytes."
    case .streamNotABoolean: "Invalid type for 'stream': expected true, false or null."
    case .choicesNotAnInteger: "Invalid type for 'n': expected an integer."
    case .fallbacksNotNames:
      "Invalid type for 'fallbacks': expected a list of at most \(RequestPeek.fallbacksMax) model names."
    case .tooManyDuplicates: "The request body repeats a parameter more than \(RequestPeek.duplicatesMax) times."
    }
  }
}
