"""A small HTTP client on a bare socket: it can send anything, and hides nothing of what comes back."""

import json
import socket
import struct
import time

from .polling import PATIENCE


class Response:
    def __init__(self, status, reason, version, headers):
        self.status = status
        self.reason = reason
        self.version = version
        self.header_list = headers
        self.headers = {}
        for name, value in headers:
            self.headers.setdefault(name.lower(), value)
        self.body = b""
        # True when the body ended as its framing says.
        self.complete = False

    def json(self):
        return json.loads(self.body)

    def error(self):
        """The OpenAI-shaped error; fails when the body is not one."""
        error = self.json()["error"]
        assert set(error) >= {"message", "type", "param", "code"}, error
        assert isinstance(error["message"], str) and error["message"], error
        return error

    def __repr__(self):
        return f"Response({self.status}, {self.headers}, {self.body[:300]!r})"


class RawClient:
    """One connection. Use as a context manager."""

    def __init__(self, port, host="127.0.0.1", timeout=10.0, receive_buffer=None):
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self.socket = socket.socket(family, socket.SOCK_STREAM)
        if receive_buffer:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        self.socket.settimeout(timeout * PATIENCE)
        self.socket.connect((host, port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.host_header = f"{host}:{port}"
        self.buffer = b""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    # Sending

    def send(self, data):
        self.socket.sendall(data if isinstance(data, bytes) else data.encode())

    def request(self, method, target, headers=None, body=None, version="HTTP/1.1", host=True):
        self.send(head(method, target, headers, body, version, self.host_header if host else None))

    def post_json(self, target, value, headers=None):
        body = value if isinstance(value, bytes) else json.dumps(value).encode()
        self.request("POST", target, {"Content-Type": "application/json", **(headers or {})}, body)

    # Receiving

    def fill(self):
        """Reads once; False at the end of the stream."""
        data = self.socket.recv(65536)
        self.buffer += data
        return bool(data)

    def take_until(self, mark):
        while mark not in self.buffer:
            if not self.fill():
                raise ConnectionError(f"connection ended, expected {mark!r}, have {self.buffer[:200]!r}")
        taken, self.buffer = self.buffer.split(mark, 1)
        return taken

    def take(self, count):
        while len(self.buffer) < count:
            if not self.fill():
                raise ConnectionError(f"connection ended after {len(self.buffer)} of {count} bytes")
        taken, self.buffer = self.buffer[:count], self.buffer[count:]
        return taken

    def read_head(self):
        lines = self.take_until(b"\r\n\r\n").decode("latin-1").split("\r\n")
        version, status, reason = (lines[0] + " ").split(" ", 2)
        headers = []
        for line in lines[1:]:
            name, value = line.split(":", 1)
            headers.append((name, value.strip()))
        return Response(int(status), reason.strip(), version, headers)

    def read_response(self, request_method="GET", skip_interim=True):
        response = self.read_head()
        while skip_interim and response.status == 100:
            response = self.read_head()
        for piece in self.body_pieces(response, request_method):
            response.body += piece
        return response

    def body_pieces(self, response, request_method="GET"):
        """The body piece by piece, as the framing delivers it."""
        length = response.headers.get("content-length")
        if request_method == "HEAD" or response.status in (204, 304):
            response.complete = True
        elif response.headers.get("transfer-encoding", "").lower() == "chunked":
            yield from self._chunks(response)
        elif length is not None:
            yield self.take(int(length))
            response.complete = True
        else:
            while self.buffer or self.fill():
                yield self.buffer
                self.buffer = b""
            response.complete = True

    def _chunks(self, response):
        while True:
            size = int(self.take_until(b"\r\n").split(b";")[0], 16)
            if size == 0:
                assert self.take_until(b"\r\n") == b""
                response.complete = True
                return
            yield self.take(size)
            assert self.take(2) == b"\r\n"

    def is_closed_by_peer(self, timeout=5.0):
        """True when the peer ends the connection in time without sending more."""
        self.socket.settimeout(timeout)
        try:
            return self.buffer == b"" and self.socket.recv(1) == b""
        except ConnectionResetError:
            return True
        except TimeoutError:
            return False

    # Ending

    def half_close(self):
        self.socket.shutdown(socket.SHUT_WR)

    def reset(self):
        """Closes with RST; returns the time just before."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        return self.close()

    def close(self):
        """Closes in order; returns the time just before, in the clock of the mock's records."""
        now = time.monotonic_ns()
        self.socket.close()
        return now


def head(method, target, headers=None, body=None, version="HTTP/1.1", host=None):
    """The bytes of a request. A body gets its Content-Length unless the headers say how it is framed."""
    headers = dict(headers or {})
    names = {name.lower() for name in headers}
    lines = [f"{method} {target} {version}"]
    if host and "host" not in names:
        lines.append(f"Host: {host}")
    if body is not None and not names & {"content-length", "transfer-encoding"}:
        lines.append(f"Content-Length: {len(body)}")
    lines += [f"{name}: {value}" for name, value in headers.items()]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1") + (body or b"")


def chunked(body, size=7):
    """`body` in the chunked coding."""
    pieces = [body[start:start + size] for start in range(0, len(body), size)]
    return b"".join(b"%x\r\n%s\r\n" % (len(piece), piece) for piece in pieces) + b"0\r\n\r\n"


def exchange(port, method, target, headers=None, body=None, **options):
    """One request on a connection of its own."""
    with RawClient(port, **options) as client:
        client.request(method, target, headers, body)
        return client.read_response(method)


def post(port, target, value, headers=None, **options):
    with RawClient(port, **options) as client:
        client.post_json(target, value, headers)
        return client.read_response("POST")


def get(port, target, headers=None, **options):
    return exchange(port, "GET", target, headers, **options)


def bearer(key):
    return {"Authorization": f"Bearer {key}"}


def chat_body(model, stream=False, **members):
    return {"model": model, "messages": [{"role": "user", "content": "hello"}], "stream": stream, **members}


def responses_body(model, stream=False, **members):
    return {"model": model, "input": "hello", "stream": stream, **members}
