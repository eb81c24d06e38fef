/// The reason phrases of status codes (IANA's registry, RFC 9110 section 15).
package enum HTTPStatus {
  /// The standard phrase; empty for a code without one, which the status line allows (RFC 9112 section 4).
  package static func reason(_ status: Int) -> StaticString {
    let index = phrases.firstIndex { $0.status == status }
    return index.map { phrases[$0].reason } ?? ""
  }

  /// Whether a response with this status never has a body, so that no framing field may announce one (RFC 9112
  /// section 6.3): 1xx, 204, 304.
  package static func isBodiless(_ status: Int) -> Bool {
    status < 200 || status == 204 || status == 304
  }

  /// The commonest first, since the search is linear.
  private static let phrases: [(status: Int, reason: StaticString)] = [
    (200, "OK"), (404, "Not Found"), (401, "Unauthorized"), (400, "Bad Request"), (429, "Too Many Requests"),
    (500, "Internal Server Error"), (502, "Bad Gateway"), (503, "Service Unavailable"), (504, "Gateway Timeout"),
    (100, "Continue"), (101, "Switching Protocols"), (102, "Processing"), (103, "Early Hints"),
    (201, "Created"), (202, "Accepted"), (203, "Non-Authoritative Information"), (204, "No Content"),
    (205, "Reset Content"), (206, "Partial Content"), (207, "Multi-Status"), (208, "Already Reported"),
    (226, "IM Used"),
    (300, "Multiple Choices"), (301, "Moved Permanently"), (302, "Found"), (303, "See Other"), (304, "Not Modified"),
    (305, "Use Proxy"), (307, "Temporary Redirect"), (308, "Permanent Redirect"),
    (402, "Payment Required"), (403, "Forbidden"), (405, "Method Not Allowed"), (406, "Not Acceptable"),
    (407, "Proxy Authentication Required"), (408, "Request Timeout"), (409, "Conflict"), (410, "Gone"),
    (411, "Length Required"), (412, "Precondition Failed"), (413, "Content Too Large"), (414, "URI Too Long"),
    (415, "Unsupported Media Type"), (416, "Range Not Satisfiable"), (417, "Expectation Failed"),
    (421, "Misdirected Request"), (422, "Unprocessable Content"), (423, "Locked"), (424, "Failed Dependency"),
    (425, "Too Early"), (426, "Upgrade Required"), (428, "Precondition Required"),
    (431, "Request Header Fields Too Large"), (451, "Unavailable For Legal Reasons"), (499, "Client Closed Request"),
    (501, "Not Implemented"), (505, "HTTP Version Not Supported"), (506, "Variant Also Negotiates"),
    (507, "Insufficient Storage"), (508, "Loop Detected"), (511, "Network Authentication Required"),
    (529, "Site Is Overloaded"),
  ]
}
