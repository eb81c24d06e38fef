import Config
import Policy
import Testing
import Wire

@testable import Gateway

struct BrowserRulesTests {
  private func check(_ fields: [String], _ configuration: Configuration = Configuration()) throws -> ErrorCode? {
    BrowserRules(configuration).check(try ParsedRequest(fields: fields).head)?.code
  }

  // MARK: - Hosts

  @Test(arguments: [
    "localhost", "localhost:8080", "LOCALHOST:1", "127.0.0.1", "127.0.0.1:8080", "127.8.9.10:1", "[::1]", "[::1]:8080",
    "app.localhost:3000",
  ])
  func `a gateway on a loopback address answers to names of this machine`(host: String) throws {
    #expect(try check(["Host: \(host)"]) == nil)
  }

  @Test(arguments: [
    "evil.example", "evil.example:8080", "localhost.evil.example", "127.0.0.1.evil.example", "127.0.0.256",
    "127.0.0", "128.0.0.1", "[::2]", "0.0.0.0", "notlocalhost",
  ])
  func `other names are refused, whatever they resolve to`(host: String) throws {
    #expect(try check(["Host: \(host)"]) == .hostNotAllowed)
    // The page whose name was rebound is of that very origin.
    #expect(try check(["Host: \(host)", "Origin: http://\(host)"]) == .hostNotAllowed)
  }

  @Test func `configured names are served, under every spelling and port`() throws {
    let configuration = Configuration(listen: ListenOptions(allowedHosts: ["gateway.internal"]))
    #expect(try check(["Host: Gateway.Internal:9"], configuration) == nil)
    #expect(try check(["Host: x.gateway.internal"], configuration) == .hostNotAllowed)
  }

  @Test func `a gateway that others can reach answers to every name`() throws {
    let configuration = Configuration(listen: ListenOptions(host: "0.0.0.0", insecure: true))
    #expect(try check(["Host: any.example"], configuration) == nil)
  }

  @Test func `the target's own authority counts, not the header`() throws {
    let head = try ParsedRequest("GET", path: "http://evil.example/v1/models").head
    #expect(BrowserRules(Configuration()).check(head)?.code == .hostNotAllowed)
  }

  // MARK: - Origins

  @Test(arguments: ["http://evil.example", "https://evil.example", "null", "http://localhost:3000", "file://"])
  func `pages of other origins are refused unless they are configured`(origin: String) throws {
    let fields = ["Host: localhost:8080", "Origin: \(origin)"]
    #expect(try check(fields) == .originNotAllowed)
    #expect(try check(fields, Configuration(cors: CORSOptions(origins: [origin]))) == nil)
    #expect(try check(fields, Configuration(cors: CORSOptions(origins: ["http://other.example"]))) == .originNotAllowed)
    #expect(try check(fields, Configuration(cors: CORSOptions(origins: ["*"]))) == nil)
  }

  @Test(arguments: ["http://localhost:8080", "https://localhost:8080", "HTTP://LOCALHOST:8080"])
  func `a page that the gateway served itself is no stranger`(origin: String) throws {
    #expect(try check(["Host: localhost:8080", "Origin: \(origin)"]) == nil)
  }

  @Test(arguments: [
    "http://localhost", "http://localhost:80800", "http://localhost:8080.evil.example", "localhost:8080",
  ])
  func `what only looks like the own origin is one`(origin: String) throws {
    #expect(try check(["Host: localhost:8080", "Origin: \(origin)"]) == .originNotAllowed)
  }

  @Test func `programs, which send no origin, are not asked for one`() throws {
    #expect(try check(["Host: localhost:8080"]) == nil)
  }

  @Test(arguments: [
    (["http://a.example"], "http://a.example", "http://a.example"),
    (["http://a.example"], "HTTP://A.example", "HTTP://A.example"),
    (["*"], "http://b.example", "*"), (["http://a.example"], "http://b.example", nil),
    ([], "http://localhost:8080", nil),
  ])
  func `an allowed origin is told so`(origins: [String], origin: String, answer: String?) throws {
    let rules = BrowserRules(Configuration(cors: CORSOptions(origins: origins)))
    #expect(
      rules.allowedOrigin(try ParsedRequest(fields: ["Host: localhost:8080", "Origin: \(origin)"]).head) == answer)
    #expect(rules.allowedOrigin(try ParsedRequest().head) == nil)
  }

  @Test func `a preflight may be remembered as long as configured`() {
    #expect(BrowserRules(Configuration(cors: CORSOptions(maxAge: .seconds(90)))).maxAgeSeconds == 90)
  }
}
