"""What a client may send over HTTP/1.1 and what a server must make of it (RFC 9110, RFC 9112), as a table.

Each case is bytes, and the answers that must come, in order: `OK` (served), or the statuses of a refusal, after which
the connection must end. Behind every case comes one more request, the probe: it must be answered where the connection
goes on, and must not where it ended, so that no byte is ever taken for a request that is none.

`PATH` stands for a path that answers to GET with 200, `POST` for a path that takes `JSON` by POST.
"""

from dataclasses import dataclass

OK = "ok"
PATH = b"@GET@"
POST = b"@POST@"
BODY = b"@JSON@"
HOST = b"Host: localhost\r\n"

# A body is refused before or behind its first bytes; either way the connection ends.
BAD = (400,)


@dataclass
class Case:
    name: str
    data: bytes
    # For each answer `OK` or a tuple of statuses.
    answers: tuple = (OK,)
    # Whether the connection must go on; None = what the last answer implies.
    stays: bool | None = None
    # Methods of the requests, where an answer's body depends on it.
    methods: tuple = ()
    # The client closes its sending side behind the data, and there is no probe.
    half_close: bool = False

    @property
    def goes_on(self):
        return self.answers[-1] == OK if self.stays is None else self.stays


def get(*fields, target=PATH, version=b"HTTP/1.1", method=b"GET", host=HOST):
    return method + b" " + target + b" " + version + b"\r\n" + host + b"".join(f + b"\r\n" for f in fields) + b"\r\n"


def post(*fields, body=b"", version=b"HTTP/1.1", host=HOST):
    fields = (b"Content-Type: application/json", *fields)
    return get(*fields, target=POST, version=version, method=b"POST", host=host) + body


def chunked(body, *fields):
    return post(b"Transfer-Encoding: chunked", *fields, body=body)


LENGTH = b"Content-Length: @LENGTH@"
SIZE = b"@SIZE@"
CHUNK = SIZE + b"\r\n" + BODY + b"\r\n"
LAST = b"0\r\n\r\n"
NOWHERE = b"/no/such/path"
SMUGGLED = b"GET /smuggled HTTP/1.1\r\n" + HOST + b"\r\n"


def _served():
    """What must be understood."""
    yield "a plain GET", get()
    yield "HTTP/1.0 with Host", get(version=b"HTTP/1.0"), dict(stays=False)
    yield "HTTP/1.0 without Host", get(version=b"HTTP/1.0", host=b""), dict(stays=False)
    yield "HTTP/1.0 that asks to keep the connection", get(b"Connection: keep-alive", version=b"HTTP/1.0")
    yield "HTTP/1.0 with keep-alive and close", get(b"Connection: keep-alive, close", version=b"HTTP/1.0"), dict(
        stays=False)
    yield "a later minor version counts as the latest known", get(version=b"HTTP/1.2")
    yield "HTTP/1.9", get(version=b"HTTP/1.9")
    yield "Connection: close", get(b"Connection: close"), dict(stays=False)
    yield "Connection: CLOSE in a list", get(b"Connection: x, CLOSE ,y"), dict(stays=False)
    yield "Connection: close in a second field", get(b"Connection: keep-alive", b"Connection: close"), dict(
        stays=False)
    yield "an option that only looks like close", get(b"Connection: closed")
    yield "an empty Connection", get(b"Connection:")
    yield "field names in any case", get(b"aCCept: */*", host=b"hOST: localhost\r\n")
    yield "no space behind the colon", get(host=b"Host:localhost\r\n")
    yield "tabs and spaces around a value", get(b"X: \t a b \t ", host=b"Host: \t localhost \t\r\n")
    yield "an empty value", get(b"X:")
    yield "the same field twice", get(b"X: 1", b"X: 2")
    yield "every character that a name may have", get(b"!#$%&'*+-.^_`|~09azAZ: 1")
    yield "bytes above ASCII in a value", get(b"X: caf\xc3\xa9 \xff")
    yield "quotes, colons and commas in a value", get(b"X: a:\"b\\\"\",,;c")
    yield "a query", get(target=PATH + b"?a=b&c=%20/?:@")
    yield "an empty query", get(target=PATH + b"?")
    yield "a target of 8000 bytes", get(target=PATH + b"?" + b"a" * 7900)
    yield "a field of 8000 bytes", get(b"X: " + b"a" * 8000)
    yield "ninety fields", get(*(b"X-%d: 1" % number for number in range(90)))
    yield "absolute form", get(target=b"http://localhost" + PATH)
    yield "absolute form, scheme in capitals", get(target=b"HTTP://localhost" + PATH)
    yield "absolute form, another Host: the target counts", get(target=b"http://localhost" + PATH,
                                                                host=b"Host: 127.0.0.1\r\n")
    yield "an empty line before the request", b"\r\n" + get()
    yield "empty lines between requests", get() + b"\r\n\r\n" + get(), dict(answers=(OK, OK))
    yield "a GET with a body", get(b"Content-Length: 5") + b"hello"
    yield "a GET with a chunked body", get(b"Transfer-Encoding: chunked") + b"5\r\nhello\r\n" + LAST
    yield "a GET whose body is a request", get(b"Content-Length: %d" % len(SMUGGLED)) + SMUGGLED
    yield "a HEAD", get(method=b"HEAD"), dict(methods=("HEAD",))
    yield "a HEAD with a body", get(b"Content-Length: 5", method=b"HEAD") + b"hello", dict(methods=("HEAD",))
    yield "HEAD, then GET", get(method=b"HEAD") + get(), dict(methods=("HEAD", "GET"), answers=(OK, OK))
    yield "OPTIONS *", get(target=b"*", method=b"OPTIONS")
    yield "OPTIONS of a path", get(method=b"OPTIONS")
    yield "OPTIONS with a body", get(b"Content-Length: 5", method=b"OPTIONS") + b"hello"
    yield "a length of zero", get(b"Content-Length: 0")
    yield "an upgrade to h2c is ignored", get(b"Connection: Upgrade, HTTP2-Settings", b"Upgrade: h2c",
                                              b"HTTP2-Settings: AAMAAABkAAQAAP__")
    yield "an upgrade to something unknown is ignored", get(b"Connection: Upgrade", b"Upgrade: foo/2, bar")
    yield "Upgrade without the connection option", get(b"Upgrade: websocket")
    yield "Upgrade in HTTP/1.0", get(b"Connection: Upgrade", b"Upgrade: websocket", version=b"HTTP/1.0"), dict(
        stays=False)
    yield "an unknown Accept", get(b"Accept: nonsense/none")
    yield "TE and Trailer", get(b"TE: trailers, deflate;q=0.5", b"Trailer: X", b"Connection: TE")
    yield "Transfer_Encoding with an underscore frames nothing", get(b"Transfer_Encoding: chunked")
    yield "Content_Length with an underscore frames nothing", get(b"Content_Length: 50")
    yield "Range is not for this", get(b"Range: bytes=0-"), dict(answers=((200, 206),), stays=True)
    yield "a request twice", get() * 2, dict(answers=(OK,) * 2)
    yield "twenty requests in a row", get() * 20, dict(answers=(OK,) * 20)


def _bodies():
    """Bodies that must be read to their end, whatever they hold."""
    yield "a length", post(LENGTH, body=BODY)
    yield "a length with leading zeros", post(b"Content-Length: 000@LENGTH@", body=BODY)
    yield "a length with space around it", post(b"Content-Length: \t @LENGTH@ \t", body=BODY)
    yield "HTTP/1.0 with a length", post(LENGTH, body=BODY, version=b"HTTP/1.0"), dict(stays=False)
    yield "one chunk", chunked(CHUNK + LAST)
    yield "the coding's name in capitals", post(b"Transfer-Encoding: CHUNKED", body=CHUNK + LAST)
    yield "space around the coding", post(b"Transfer-Encoding: \t chunked \t", body=CHUNK + LAST)
    yield "two chunks", chunked(b"1\r\n{\r\n@SIZE-1@\r\n@JSON-1@\r\n" + LAST)
    yield "sizes with leading zeros", chunked(b"000" + CHUNK + b"000\r\n\r\n")
    yield "sizes in capitals", chunked(b"@SIZE+@\r\n" + BODY + b"\r\n" + LAST)
    yield "an extension", chunked(SIZE + b";a=b\r\n" + BODY + b"\r\n0;last\r\n\r\n")
    yield "extensions of all forms", chunked(SIZE + b";a;b=c;d=\"e;\\\"\r=\";f\r\n".replace(b"\r=", b"=") + BODY
                                             + b"\r\n" + LAST)
    yield "white space around an extension", chunked(SIZE + b" ; a = b\r\n" + BODY + b"\r\n" + LAST)
    yield "trailers", chunked(CHUNK + b"0\r\nX-Sum: 1\r\nX-Other:2\r\n\r\n")
    yield "a POST behind a POST", post(LENGTH, body=BODY) * 2, dict(answers=(OK, OK))
    yield "a GET behind chunks", chunked(CHUNK + LAST) + get(), dict(answers=(OK, OK))
    yield "Expect: 100-continue with the body at once", post(b"Expect: 100-continue", LENGTH, body=BODY)
    yield "Expect in capitals", post(b"Expect: 100-CONTINUE", LENGTH, body=BODY)
    yield "Expect in HTTP/1.0 is ignored", post(b"Expect: 100-continue", LENGTH, body=BODY, version=b"HTTP/1.0"), dict(
        stays=False)
    yield "Expect without a body", get(b"Expect: 100-continue")


def _lines():
    """The request line and what surrounds it."""
    refused = {
        "two spaces before the target": get().replace(b"GET ", b"GET  "),
        "two spaces before the version": get().replace(b" HTTP", b"  HTTP"),
        "a tab before the target": get().replace(b"GET ", b"GET\t"),
        "a tab before the version": get().replace(b" HTTP", b"\tHTTP"),
        "a space behind the version": get(version=b"HTTP/1.1 "),
        "a space before the method": b" " + get(),
        "a space in the target": get(target=PATH + b"?a b"),
        "a NUL in the target": get(target=PATH + b"?a\0b"),
        "a control character in the target": get(target=PATH + b"?\x01"),
        "a DEL in the target": get(target=PATH + b"?\x7f"),
        "a byte above ASCII in the target": get(target=PATH + b"?\xc3\xa9"),
        "a fragment in the target": get(target=PATH + b"#f"),
        "a target without its slash": get(target=b"x"),
        "an empty target": get(target=b""),
        "an asterisk with GET": get(target=b"*"),
        "a vertical tab in the line": get().replace(b" HTTP", b"\x0bHTTP"),
        "a form feed in the line": get().replace(b" HTTP", b"\x0c HTTP"),
        "a CR in the target": get(target=PATH + b"\rX"),
        "a CR alone at the end of the line": get().replace(b"1.1\r\n", b"1.1\r"),
        "a LF alone at the end of the line": get().replace(b"1.1\r\n", b"1.1\n"),
        "LF alone at the end of every line": get().replace(b"\r\n", b"\n"),
        "CR alone at the end of every line": get().replace(b"\r\n", b"\r") + b"\r\n\r\n",
        "two CR at the end of the line": get().replace(b"1.1\r\n", b"1.1\r\r\n"),
        "LF CR instead of CR LF": get().replace(b"\r\n", b"\n\r"),
        "a LF alone before the request": b"\n" + get(),
        "a CR alone before the request": b"\r" + get(),
        "a thousand empty lines": b"\r\n" * 1000 + get(),
        "no version, as in HTTP/0.9": b"GET " + PATH + b"\r\n\r\n",
        "no version, and nothing more": b"GET " + PATH + b"\r\n",
        "a colon in the method": get(method=b"GE:T"),
        "a NUL in the method": get(method=b"GE\0T"),
        "a parenthesis in the method": get(method=b"GET()"),
        "an empty method": get(method=b""),
        "a response instead of a request": b"HTTP/1.1 200 OK\r\n" + HOST + b"\r\n",
        "JSON instead of a request": b'{"model":"demo"}\r\n\r\n',
        "a TLS client": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\x55" * 40,
        "an SSH client": b"SSH-2.0-OpenSSH_9.2\r\n",
        "a Redis client": b"*1\r\n$4\r\nPING\r\n",
        "binary nonsense": bytes(range(128, 256)) * 2,
        "protocol in small letters": get(version=b"http/1.1"),
        "another protocol": get(version=b"HTTPS/1.1"),
        "a version with a leading zero": get(version=b"HTTP/01.1"),
        "a minor version of two digits": get(version=b"HTTP/1.10"),
        "a version without its minor part": get(version=b"HTTP/1"),
        "a version with a dot too many": get(version=b"HTTP/1.1.1"),
        "a space within the version": get(version=b"HTTP/ 1.1"),
        "a comma in the version": get(version=b"HTTP/1,1"),
        "a letter in the version": get(version=b"HTTP/1.x"),
        "a sign in the version": get(version=b"HTTP/+1.1"),
    }
    for name, data in refused.items():
        yield name, data, dict(answers=(BAD,))
    for version in (b"HTTP/2.0", b"HTTP/3.0", b"HTTP/0.9", b"HTTP/0.0", b"HTTP/9.9"):
        yield f"version {version.decode()}", get(version=version), dict(answers=((400, 505),))
    yield "the preface of HTTP/2", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", dict(answers=((400, 505),))
    yield "a target of 70 KB", get(target=PATH + b"?" + b"a" * 70_000), dict(answers=((414,),))
    yield "a request line without end", b"GET /" + b"a" * 100_000, dict(answers=((414, 431),))
    yield "a method of 70 KB", get(method=b"A" * 70_000), dict(answers=((400, 414, 431, 501),))
    yield "a method without end", b"A" * 100_000, dict(answers=((400, 414, 431, 501),))


def _methods():
    """Methods that are unknown, or known and not for this."""
    for method in (b"get", b"Get", b"BREW", b"GETX", b"G", b"TRACE", b"TRACK", b"PROPFIND", b"PRI", b"M-SEARCH"):
        yield f"method {method.decode()}", get(method=method), dict(answers=((405, 501),), stays=True)
    yield "DELETE where there is only GET", get(method=b"DELETE"), dict(answers=((405,),), stays=True)
    yield "PUT where there is only GET", get(b"Content-Length: 2", method=b"PUT") + b"{}", dict(
        answers=((405,),), stays=True)
    yield "an unknown method with a body", get(b"Content-Length: 5", method=b"BREW") + b"hello", dict(
        answers=((405, 501),), stays=True)
    yield "TRACE with a body", get(b"Content-Length: 5", method=b"TRACE") + b"hello", dict(
        answers=((400, 405, 501),), stays=True)
    for target in (b"localhost:80", b"localhost", PATH, b"localhost:"):
        yield f"CONNECT {target.decode()}", get(target=target, method=b"CONNECT"), dict(answers=((400, 405, 501),))
    yield "an unknown path", get(target=NOWHERE), dict(answers=((404,),), stays=True)
    nowhere = get(b"Transfer-Encoding: chunked", target=NOWHERE, method=b"POST")
    yield "a body for an unknown path", get(b"Content-Length: 5", target=NOWHERE, method=b"POST") + b"hello", dict(
        answers=((404,),), stays=True)
    yield "chunks for an unknown path", nowhere + b"5\r\nhello\r\n" + LAST, dict(answers=((404,),), stays=True)
    yield "broken chunks for an unknown path", nowhere + b"5\r\nhello" + LAST, dict(answers=(BAD,))
    yield "many chunks for an unknown path", nowhere + (b"5000\r\n" + b"x" * 0x5000 + b"\r\n") * 10, dict(
        answers=((404, 413),))
    yield "an encoded line break in a path", get(target=NOWHERE + b"%0d%0aX:1"), dict(
        answers=((400, 404),), stays=True)


def _hosts():
    """Host, and the authority of a target (RFC 9112 section 3.2)."""
    wrong = {
        "no Host": b"",
        "two Hosts": HOST * 2,
        "two different Hosts": HOST + b"Host: other\r\n",
        "an empty Host": b"Host:\r\n",
        "a Host of white space": b"Host: \t\r\n",
        "two names in a Host": b"Host: a b\r\n",
        "a list of names in a Host": b"Host: a, b\r\n",
        "a path in a Host": b"Host: localhost/x\r\n",
        "a query in a Host": b"Host: localhost?x\r\n",
        "a fragment in a Host": b"Host: localhost#x\r\n",
        "user information in a Host": b"Host: me@localhost\r\n",
        "a scheme in a Host": b"Host: http://localhost\r\n",
        "a port that is no number": b"Host: localhost:http\r\n",
        "a port beyond counting": b"Host: localhost:99999\r\n",
        "a negative port": b"Host: localhost:-80\r\n",
        "two ports": b"Host: localhost:80:80\r\n",
        "a port alone": b"Host: :80\r\n",
        "a backslash in a Host": b"Host: local\\host\r\n",
        "quotes in a Host": b"Host: \"localhost\"\r\n",
        "angle brackets in a Host": b"Host: <localhost>\r\n",
        "an open bracket in a Host": b"Host: [::1\r\n",
        "IPv6 without brackets": b"Host: ::1\r\n",
        "a byte above ASCII in a Host": b"Host: l\xc3\xb6calhost\r\n",
        "a NUL in a Host": b"Host: local\0host\r\n",
        "white space before the colon of Host": b"Host : localhost\r\n",
        "a Host folded over two lines": b"Host:\r\n localhost\r\n",
    }
    for name, host in wrong.items():
        yield name, get(host=host), dict(answers=(BAD,))
    targets = {
        "absolute form without Host": (b"http://localhost" + PATH, b""),
        "absolute form with two Hosts": (b"http://localhost" + PATH, HOST * 2),
        "absolute form without a host": (b"http://" + PATH, HOST),
        "absolute form with user information": (b"http://me@localhost" + PATH, HOST),
        "absolute form with an impossible port": (b"http://localhost:99999" + PATH, HOST),
        "absolute form of another scheme": (b"ftp://localhost" + PATH, HOST),
        "absolute form with one slash": (b"http:/localhost" + PATH, HOST),
        "authority form with GET": (b"localhost:80", HOST),
    }
    for name, (target, host) in targets.items():
        yield name, get(target=target, host=host), dict(answers=(BAD,))
    yield "two Hosts in HTTP/1.0", get(host=HOST * 2, version=b"HTTP/1.0"), dict(answers=(BAD,))


def _fields():
    """Header lines (RFC 9112 section 5)."""
    wrong = {
        "a space before the colon": b"X : 1",
        "a tab before the colon": b"X\t: 1",
        "a space within a name": b"X Y: 1",
        "an empty name": b": 1",
        "no colon": b"nonsense",
        "a line of white space": b" ",
        "a parenthesis in a name": b"X(Y): 1",
        "a slash in a name": b"X/Y: 1",
        "quotes in a name": b"\"X\": 1",
        "a byte above ASCII in a name": b"X\xe9: 1",
        "a NUL in a name": b"X\0: 1",
        "a control character in a name": b"X\x01: 1",
        "a NUL in a value": b"X: a\0b",
        "a NUL alone as a value": b"X: \0",
        "a control character in a value": b"X: a\x08b",
        "an escape character in a value": b"X: \x1b[2J",
        "a vertical tab in a value": b"X: \x0b1",
        "a form feed in a value": b"X: 1\x0c",
        "a DEL in a value": b"X: \x7f",
        "a CR within a value": b"X: a\rb",
        "a CR that hides a field": b"X: a\rTransfer-Encoding: chunked",
        "two CR at a line's end": b"X: a\r",
        "a CR before a name": b"\rX: a",
        "a line folded with a space": b"X: a\r\n b",
        "a line folded with a tab": b"X: a\r\n\tb",
        "an empty line folded": b"X:\r\n 1",
    }
    for name, field in wrong.items():
        yield name, get(field), dict(answers=(BAD,))
    yield "two types of content", post(b"Content-Type: text/plain", LENGTH, body=BODY), dict(answers=(BAD,))
    yield "one type of content, twice", post(b"Content-Type: application/json", LENGTH, body=BODY)
    yield "white space before the first field", get(host=b" X: 1\r\n" + HOST), dict(answers=(BAD,))
    yield "a folded first line", get(host=b" " + HOST), dict(answers=(BAD,))
    yield "a LF alone at a field's end", get(host=b"X: 1\n" + HOST), dict(answers=(BAD,))
    yield "a LF alone at the head's end", get()[:-2] + b"\n", dict(answers=(BAD,))
    yield "a LF that hides a field", get(b"X: 1\nTransfer-Encoding: chunked"), dict(answers=(BAD,))
    yield "a CR alone at the head's end", get()[:-2] + b"\r" + get(), dict(answers=(BAD,))
    yield "a field of 70 KB", get(b"X: " + b"a" * 70_000), dict(answers=((400, 431),))
    yield "a name of 70 KB", get(b"X" * 70_000 + b": 1"), dict(answers=((400, 431),))
    yield "a thousand fields", get(*[b"X: 1"] * 1000), dict(answers=((400, 431),))
    yield "a head without end", get()[:-2] + b"X: 1\r\n" * 20_000, dict(answers=((400, 431),))


def _lengths():
    """Content-Length (RFC 9112 section 6.3), alone and with others."""
    wrong = {
        "a sign": [b"Content-Length: +5"],
        "a negative length": [b"Content-Length: -5"],
        "minus zero": [b"Content-Length: -0"],
        "hexadecimal": [b"Content-Length: 0x5"],
        "an exponent": [b"Content-Length: 5e0"],
        "a decimal point": [b"Content-Length: 5.0"],
        "an underscore": [b"Content-Length: 1_0"],
        "a letter": [b"Content-Length: five"],
        "a letter behind digits": [b"Content-Length: 5a"],
        "quotes": [b"Content-Length: \"5\""],
        "nothing": [b"Content-Length:"],
        "a space within": [b"Content-Length: 1 0"],
        "a vertical tab before": [b"Content-Length: \x0b5"],
        "a NUL behind": [b"Content-Length: 5\0"],
        "2 to the 64th and 5": [b"Content-Length: 18446744073709551621"],
        "2 to the 63rd": [b"Content-Length: 9223372036854775808"],
        "thirty digits": [b"Content-Length: " + b"9" * 30],
        "a list of different lengths": [b"Content-Length: 5, 6"],
        "a list with an empty element": [b"Content-Length: 5,"],
        "a list that begins with a comma": [b"Content-Length: ,5"],
        "two different lengths": [b"Content-Length: 5", b"Content-Length: 6"],
        "two lengths, the first wrong": [b"Content-Length: x", b"Content-Length: 5"],
        "a semicolon": [b"Content-Length: 5;"],
        "full-width digits": ["Content-Length: ５".encode()],
    }
    for name, fields in wrong.items():
        yield f"length: {name}", post(*fields, body=b"hello"), dict(answers=(BAD,))
        if name in ("a sign", "a negative length", "hexadecimal", "two different lengths"):
            yield f"length with GET: {name}", get(*fields) + b"hello", dict(answers=(BAD,))
    yield "length: a list of equal lengths", post(b"Content-Length: 5, 5", body=b"hello"), dict(answers=(BAD,))
    yield "length: equal lengths twice", post(*[b"Content-Length: 5"] * 2, body=b"hello"), dict(answers=(BAD,))
    yield "length: a space before the colon", post(b"Content-Length : 5", body=b"hello"), dict(answers=(BAD,))
    yield "length: folded", post(b"Content-Length:\r\n 5", body=b"hello"), dict(answers=(BAD,))
    yield "length: more than anybody sends", post(b"Content-Length: 9223372036854775807"), dict(answers=((400, 413),))
    yield "a POST without a length", post(), dict(answers=((200, 411),), stays=True)
    yield "a body cut short by the client", post(b"Content-Length: 50", body=b"{"), dict(answers=(BAD,),
                                                                                        half_close=True)


def _codings():
    """Transfer-Encoding (RFC 9112 section 6.1), alone and with Content-Length: the classics of smuggling."""
    both = [b"Content-Length: 5", b"Transfer-Encoding: chunked"]
    yield "length and coding (CL.TE)", post(*both, body=LAST + SMUGGLED), dict(answers=(BAD,))
    yield "coding and length (TE.CL)", post(*reversed(both), body=LAST + SMUGGLED), dict(answers=(BAD,))
    yield "length zero and coding", post(b"Content-Length: 0", both[1], body=LAST), dict(answers=(BAD,))
    yield "length and coding with GET", get(*both) + LAST, dict(answers=(BAD,))
    yield "length and an unknown coding", post(b"Content-Length: 5", b"Transfer-Encoding: x", body=b"hello"), dict(
        answers=((400, 501),))
    yield "a coding in HTTP/1.0", post(both[1], body=LAST, version=b"HTTP/1.0"), dict(answers=(BAD,))
    yield "length and coding in HTTP/1.0", post(*both, body=LAST, version=b"HTTP/1.0"), dict(answers=(BAD,))
    unclear = {
        "chunked twice": [b"Transfer-Encoding: chunked, chunked"],
        "chunked in two fields": [b"Transfer-Encoding: chunked"] * 2,
        "chunked is not the last": [b"Transfer-Encoding: chunked, gzip"],
        "chunked, then identity": [b"Transfer-Encoding: chunked, identity"],
        "identity in a second field": [b"Transfer-Encoding: chunked", b"Transfer-Encoding: identity"],
        "gzip alone": [b"Transfer-Encoding: gzip"],
        "identity alone": [b"Transfer-Encoding: identity"],
        "an empty coding": [b"Transfer-Encoding:"],
        "a comma alone": [b"Transfer-Encoding: ,"],
        "a space before the colon": [b"Transfer-Encoding : chunked"],
        "a tab before the colon": [b"Transfer-Encoding\t: chunked"],
        "a space before the name": [b" Transfer-Encoding: chunked"],
        "folded": [b"Transfer-Encoding:\r\n chunked"],
        "folded behind another field": [b"X: 1\r\n Transfer-Encoding: chunked"],
        "a vertical tab before": [b"Transfer-Encoding: \x0bchunked"],
        "a form feed before": [b"Transfer-Encoding: \x0cchunked"],
        "a NUL behind": [b"Transfer-Encoding: chunked\0"],
        "a CR behind": [b"Transfer-Encoding: chunked\r"],
        "a CR before": [b"Transfer-Encoding: \rchunked"],
        "a control character before the name": [b"\x01Transfer-Encoding: chunked"],
        "a NUL in the name": [b"Transfer\0-Encoding: chunked"],
    }
    for name, fields in unclear.items():
        yield f"coding: {name}", post(*fields, body=LAST + SMUGGLED), dict(answers=(BAD,))
        yield f"length and coding: {name}", post(b"Content-Length: 5", *fields, body=LAST + SMUGGLED), dict(
            answers=(BAD,))
    unknown = {
        "xchunked": b"xchunked", "chunkedx": b"chunkedx", "in quotes": b"\"chunked\"", "in single quotes": b"'chunked'",
        "a parameter": b"chunked;q=1", "gzip before chunked": b"gzip, chunked", "nobody's coding": b"nonsense",
        "cow": b"cow, chunked", "identity before chunked": b"identity, chunked", "a space within": b"chun ked",
        "a dot behind": b"chunked.", "a semicolon behind": b"chunked;", "the letter with a byte above ASCII": b"chunke\xe4",
        "a no-break space before": b"\xa0chunked", "a comma before": b", chunked", "a comma behind": b"chunked,",
    }
    for name, value in unknown.items():
        yield f"coding: {name}", post(b"Transfer-Encoding: " + value, body=LAST + SMUGGLED), dict(
            answers=((400, 501),))


def _chunks():
    """The chunked coding (RFC 9112 section 7.1)."""
    wrong = {
        "an empty size": b"\r\n{}\r\n",
        "no number": b"x\r\n{}\r\n",
        "a negative size": b"-2\r\n{}\r\n",
        "a sign": b"+2\r\n{}\r\n",
        "a prefix": b"0x2\r\n{}\r\n",
        "an underscore": b"0_2\r\n{}\r\n",
        "a space before": b" 2\r\n{}\r\n",
        "a space behind": b"2 \r\n{}\r\n",
        "a tab behind": b"2\t\r\n{}\r\n",
        "a NUL behind": b"2\0\r\n{}\r\n",
        "a decimal point": b"2.0\r\n{}\r\n",
        "2 to the 64th and 2": b"10000000000000002\r\n{}\r\n",
        "2 to the 63rd": b"8000000000000000\r\n",
        "all ones": b"ffffffffffffffff\r\n",
        "2 to the 32nd and 2": b"100000002\r\n{}\r\n",
        "a LF alone behind the size": b"2\n{}\r\n",
        "a CR alone behind the size": b"2\r{}\r\n",
        "two CR behind the size": b"2\r\r\n{}\r\n",
        "a LF alone behind the data": b"2\r\n{}\n",
        "a CR alone behind the data": b"2\r\n{}\r",
        "nothing behind the data": b"2\r\n{}",
        "more data than its size": b"2\r\n{}}\r\n",
        "less data than its size": b"5\r\n{}\r\n",
        "a semicolon alone": b"2;\r\n{}\r\n",
        "a semicolon with space": b"2; \r\n{}\r\n",
        "two semicolons": b"2;;a\r\n{}\r\n",
        "an extension that is no name": b"2;=a\r\n{}\r\n",
        "an extension without its value": b"2;a=\r\n{}\r\n",
        "an extension with an open quote": b"2;a=\"\r\n{}\r\n",
        "an extension with a LF": b"2;a\nb\r\n{}\r\n",
        "an extension with a LF alone at its end": b"2;a\n{}\r\n",
        "an extension with a CR": b"2;a\rb\r\n{}\r\n",
        "an extension with a NUL": b"2;\0\r\n{}\r\n",
        "an extension with a control character": b"2;a=\x01\r\n{}\r\n",
        "an extension with a quoted CR LF": b"2;a=\"\r\n{}\r\n\"\r\n",
        "an extension of 70 KB": b"2;" + b"a" * 70_000 + b"\r\n{}\r\n",
        "an extension without end": b"2;" + b"a" * 100_000,
        "a size without end": b"0" * 100_000,
    }
    for name, start in wrong.items():
        statuses = (400, 413) if "2 to" in name or "all ones" in name else (400, 413, 431) if "end" in name else BAD
        yield f"chunks: {name}", chunked(start + LAST + SMUGGLED), dict(answers=(statuses,))
    yield "chunks: LF alone behind the last chunk", chunked(b"2\r\n{}\r\n0\n\n" + SMUGGLED), dict(answers=(BAD,))
    yield "chunks: a CR alone behind the last chunk", chunked(b"2\r\n{}\r\n0\r\r\n" + SMUGGLED), dict(answers=(BAD,))
    yield "chunks: no last chunk", chunked(b"2\r\n{}\r\n" + SMUGGLED), dict(answers=(BAD,))
    yield "chunks: cut short by the client", chunked(b"2\r\n{}\r\n"), dict(answers=(BAD,), half_close=True)
    trailers = {
        "a space before the colon": b"X : 1",
        "folded": b"X: 1\r\n 2",
        "no colon": b"nonsense",
        "a control character": b"X: \x01",
        "a NUL": b"X: \0",
        "a CR": b"X: a\rb",
        "Content-Length": b"Content-Length: 5",
        "Transfer-Encoding": b"Transfer-Encoding: chunked",
        "Host": b"Host: other",
        "a next request": SMUGGLED[:-4],
    }
    for name, line in trailers.items():
        yield f"trailers: {name}", chunked(b"2\r\n{}\r\n0\r\n" + line + b"\r\n\r\n"), dict(answers=(BAD,))
    yield "trailers: a LF alone", chunked(b"2\r\n{}\r\n0\r\nX: 1\n\r\n"), dict(answers=(BAD,))
    yield "trailers: 70 KB", chunked(b"2\r\n{}\r\n0\r\nX: " + b"a" * 70_000 + b"\r\n\r\n"), dict(
        answers=((400, 413, 431),))
    yield "trailers: a thousand", chunked(b"2\r\n{}\r\n0\r\n" + b"X: 1\r\n" * 1000 + b"\r\n"), dict(
        answers=((400, 413, 431),))
    yield "trailers: without end", chunked(b"2\r\n{}\r\n0\r\n" + b"X: 1\r\n" * 20_000), dict(
        answers=((400, 413, 431),))


def _sequences():
    """Several requests, mistakes among them."""
    yield "a good request, then nonsense", get() + b"nonsense\r\n\r\n", dict(answers=(OK, BAD))
    yield "three good ones, a bad one, a good one", get() * 3 + get(host=b"") + get(), dict(answers=(OK,) * 3 + (BAD,))
    yield "a request behind Connection: close", get(b"Connection: close") + get(), dict(answers=(OK,), stays=False)
    yield "a request behind HTTP/1.0", get(version=b"HTTP/1.0") + get(), dict(answers=(OK,), stays=False)
    yield "a POST, then a bad length", post(LENGTH, body=BODY) + post(b"Content-Length: x"), dict(answers=(OK, BAD))
    yield "bytes behind a body", post(LENGTH, body=BODY) + b"x" + get(), dict(answers=(OK, (405, 501)), stays=True)
    yield "a body where none is announced", get() + b"hello\r\n\r\n", dict(answers=(OK, BAD))
    yield "a length one too short", post(b"Content-Length: 1", body=b"{}" + b"\r\n\r\n"), dict(
        answers=((400,), (400,)), stays=False)
    yield "a request cut short by the client", get()[:-4], dict(answers=(BAD,), half_close=True)
    yield "another expectation", post(b"Expect: magic", LENGTH, body=BODY), dict(answers=((417,),))
    yield "an expectation besides 100-continue", post(b"Expect: 100-continue, magic", LENGTH, body=BODY), dict(
        answers=((417,),))


def cases():
    """Every case."""
    groups = (_served, _bodies, _lines, _methods, _hosts, _fields, _lengths, _codings, _chunks, _sequences)
    for group in groups:
        for name, data, *rest in group():
            yield Case(name, data, **(rest[0] if rest else {}))
