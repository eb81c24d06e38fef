import Config
import Testing

/// Pins what counts as an upstream's address and what it is made into.
@Suite struct BaseURLTests {
  @Test(arguments: [
    ("http://h", "http://h", "h", 80, ""),
    ("HTTPS://Api.Example/v1/", "https://api.example/v1", "api.example", 443, "/v1"),
    ("http://127.0.0.1:8000/a/b", "http://127.0.0.1:8000/a/b", "127.0.0.1", 8000, "/a/b"),
    ("http://[::1]:11434/v1", "http://[::1]:11434/v1", "[::1]", 11434, "/v1"),
    ("https://[FE80::1]", "https://[fe80::1]", "[fe80::1]", 443, ""), ("http://h///", "http://h", "h", 80, ""),
  ])
  func partsAreRead(text: String, whole: String, host: String, port: Int, path: String) throws {
    let url = try BaseURL(text)
    #expect(url.text == whole)
    #expect(url.host == host)
    #expect(url.port == port)
    #expect(url.path == path)
    #expect(url.isTLS == whole.hasPrefix("https"))
  }

  @Test(arguments: [
    ("", "must start with http:// or https://"), ("h/v1", "must start with http:// or https://"),
    ("http://", "has no valid host"), ("http:///v1", "has no valid host"), ("http://:80", "has no valid host"),
    ("http://a%20b", "has no valid host"), ("http://[::1", "has an IPv6 address without its closing bracket"),
    ("http://[::1]x", "has no valid host"), ("http://[]", "has no valid host"), ("http://a]b", "has no valid host"),
    ("http://h:0", "has a port that is not a number from 1 to 65535"),
    ("http://h:65536", "has a port that is not a number from 1 to 65535"),
    ("http://h:", "has a port that is not a number from 1 to 65535"),
    ("http://h:+8", "has a port that is not a number from 1 to 65535"),
    ("http://h/v1?a=b", "must not have a query"), ("http://h/v1#a", "must not have a fragment"),
    ("http://user:pw@h/v1", "must not have credentials; use `key` or `key_file`"),
    ("http://h/a b", "contains a space, quote, backslash or non-ASCII character"),
  ])
  func anythingElseIsRefused(text: String, message: String) {
    #expect(throws: BaseURLFailure(message: message)) { try BaseURL(text) }
  }
}
