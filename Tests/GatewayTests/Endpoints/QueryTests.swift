import Policy
import Store
import Testing

@testable import Gateway

struct QueryTests {
  private func query(_ text: String) throws -> Query { Query(try ParsedRequest(path: "/v1/x" + text).head) }

  @Test func `the last value of a name counts, decoded`() throws {
    let query = try query("?a=1&b=x%20y+z&a=2&include%5B%5D=c&d")
    #expect(query.value("a") == "2")
    #expect(query.value("b") == "x y z")
    #expect(query.value("include[]") == "c")
    #expect(query.value("d") == "")
    #expect(query.value("e") == nil)
    #expect(try self.query("").value("a") == nil)
  }

  @Test(arguments: [("true", true), ("True", true), ("1", true), ("false", false), ("0", false)])
  func `truth is spelled in several ways`(text: String, value: Bool) throws {
    #expect(try query("?stream=\(text)").bool("stream") == value)
  }

  @Test func `a page is read, with the defaults of the API`() throws {
    #expect(try query("").page() == PageQuery(limit: 20, isAscending: false))
    #expect(
      try query("?limit=100&order=asc&after=msg_1&before=msg_9").page()
        == PageQuery(limit: 100, isAscending: true, after: "msg_1", before: "msg_9"))
  }

  @Test(arguments: [("?limit=0", "limit"), ("?limit=101", "limit"), ("?limit=ten", "limit"), ("?order=up", "order")])
  func `what is wrong is named`(text: String, param: String) throws {
    let query = try query(text)
    let failure = #expect(throws: Failure.self) { try query.page() }
    #expect(failure?.param == param)
    #expect(failure?.code == .invalidValue)
  }

  @Test func `a truth that is none is refused`() throws {
    let query = try query("?stream=maybe")
    #expect(throws: Failure.self) { try query.bool("stream") }
  }
}
