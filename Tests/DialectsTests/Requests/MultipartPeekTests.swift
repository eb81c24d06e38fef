import Testing

@testable import Dialects

@Suite struct MultipartPeekTests {
  static let type = "multipart/form-data; boundary=xyz"

  private static func part(_ head: String, _ content: String) -> String {
    "--xyz\r\nContent-Disposition: form-data; \(head)\r\n\r\n\(content)\r\n"
  }

  static let file = part(
    "name=\"file\"; filename=\"a;name=\\\"model\\\".mp3\"\r\nContent-Type: audio/mpeg", "\r\n--xy\u{0}\r\n")
  static let model = part("name=\"model\"", "whisper-1")
  static let end = "--xyz--\r\n"

  private func peek(_ body: String, type: String = type) throws -> MultipartPeek {
    let bytes = Array(body.utf8)
    return try MultipartPeek.read(bytes.span, contentType: type)
  }

  @Test(arguments: [model + file + end, file + model + end, "preamble\r\n" + model + "--xyz--"])
  func theModelIsFoundWhereverItIs(_ body: String) throws {
    let peek = try peek(body)
    #expect(peek.model == "whisper-1")
    let range = try #require(peek.modelRange)
    #expect(String(decoding: Array(body.utf8)[range], as: UTF8.self) == "whisper-1")
    #expect(!peek.stream)
  }

  @Test func theFirstModelCountsAndStreamIsRead() throws {
    let body = Self.part("name=model", "a") + Self.part("name=\"stream\"", "true") + Self.part("name=\"model\"", "b")
    let peek = try peek(body + Self.end)
    #expect(peek.model == "a")
    #expect(peek.stream)
  }

  @Test func aBodyWithoutModelHasNone() throws {
    #expect(try peek(Self.file + Self.end).model == nil)
    #expect(try peek(Self.part("filename=\"model\"", "x") + Self.end).model == nil)
    #expect(try peek(Self.end).model == nil)
  }

  @Test(
    arguments: [
      ("multipart/form-data; boundary=xyz", "xyz"), ("Multipart/Form-Data;charset=x ; BOUNDARY=\"a b\"", "a b"),
      ("multipart/form-data", nil), ("multipart/form-data; boundary=", nil), ("application/json; boundary=x", nil),
      ("multipart/form-data; boundary=\(String(repeating: "b", count: 71))", nil), ("", nil),
    ] as [(String, String?)]) func boundariesAreReadFromTheContentType(_ type: String, _ boundary: String?)
  {
    #expect(MultipartPeek.boundary(of: type) == boundary.map { Array($0.utf8) })
  }

  @Test func badBodiesFail() {
    #expect(throws: MultipartPeek.Failure.noBoundary) { try peek(Self.model, type: "multipart/form-data") }
    #expect(throws: MultipartPeek.Failure.malformed) { try peek("") }
    #expect(throws: MultipartPeek.Failure.malformed) { try peek("no delimiter") }
    #expect(throws: MultipartPeek.Failure.malformed) { try peek(Self.model) }
    #expect(throws: MultipartPeek.Failure.invalidModel) { try peek(Self.part("name=\"model\"", "") + Self.end) }
    let long = String(repeating: "m", count: 513)
    #expect(throws: MultipartPeek.Failure.invalidModel) { try peek(Self.part("name=\"model\"", long) + Self.end) }
    let many = String(repeating: Self.part("name=\"a\"", "b"), count: 65)
    #expect(throws: MultipartPeek.Failure.tooManyParts) { try peek(many + Self.end) }
    let head = String(repeating: "X: y\r\n", count: 2000)
    #expect(throws: MultipartPeek.Failure.malformed) { try peek("--xyz\r\n\(head)\r\n\r\n--xyz--") }
  }

  @Test func everyTruncationFailsOrIsHarmless() {
    let body = Array((Self.model + Self.file + Self.end).utf8)
    for count in 0..<body.count {
      let cut = Array(body[..<count])
      _ = try? MultipartPeek.read(cut.span, contentType: Self.type)
    }
  }

  @Test func theModelIsReplacedInPlace() throws {
    let body = Self.file + Self.model + Self.end
    let changed = RequestRewrite.applying(model: "up-1", to: Array(body.utf8), peek: try peek(body))
    #expect(String(decoding: changed, as: UTF8.self) == Self.file + Self.part("name=\"model\"", "up-1") + Self.end)
    let refused = RequestRewrite.applying(model: "a\r\nb", to: Array(body.utf8), peek: try peek(body))
    #expect(refused == Array(body.utf8))
  }
}
