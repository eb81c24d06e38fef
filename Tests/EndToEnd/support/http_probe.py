"""Plays the cases of `http_cases` against any server, and judges what comes back.

    cd Tests/EndToEnd && python -m support.http_probe 127.0.0.1 8080 --get /healthz --post /v1/chat/completions

prints what a server makes of each case, and how many it gets right: Sluice, nginx, HAProxy, or whatever else.
"""

import argparse
import re
import socket
import sys
from email.utils import parsedate_to_datetime

from .http_cases import OK, cases

PROBE = b"GET @GET@ HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
STATUS_LINE = re.compile(rb"HTTP/1\.1 ([1-9][0-9][0-9]) [\t -~\x80-\xff]*")
FIELD = re.compile(rb"([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*([\t -~\x80-\xff]*?)[ \t]*")


class Wrong(Exception):
    """What a server did that it must not."""


class Server:
    """Where the cases go to, and what stands for its placeholders."""

    def __init__(self, port, host="127.0.0.1", get="/healthz", post="/v1/chat/completions", body=b"{}", timeout=8.0,
                 strict=True):
        self.address = (host, port)
        self.timeout = timeout
        # Whether `OK` means 2xx; another server may have nothing that takes the body.
        self.strict = strict
        self.fillings = {
            b"@GET@": get.encode(), b"@POST@": post.encode(), b"@JSON@": body, b"@JSON-1@": body[1:],
            b"@LENGTH@": b"%d" % len(body), b"@SIZE@": b"%x" % len(body), b"@SIZE+@": b"%X" % len(body),
            b"@SIZE-1@": b"%x" % (len(body) - 1),
        }

    def fill(self, data):
        for name, value in self.fillings.items():
            data = data.replace(name, value)
        return data

    def play(self, case, pieces=1):
        """Sends a case; the statuses of the answers, interim ones left out. Raises `Wrong`."""
        data = self.fill(case.data if case.half_close else case.data + PROBE)
        with socket.create_connection(self.address, self.timeout) as connection:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            received = exchange(connection, data, case.half_close, pieces)
        expected = len(case.answers) + (0 if case.half_close else 1)
        methods = (list(case.methods) + ["GET"] * expected)[:len(case.answers)] + ["GET"]
        answers = read_answers(received, methods)
        self.judge(case, [answer["status"] for answer in answers])
        return answers

    def judge(self, case, statuses):
        expected = list(case.answers) + ([OK] if case.goes_on and not case.half_close else [])
        if len(statuses) != len(expected):
            raise Wrong(f"answers {statuses}, expected {expected}")
        for status, wanted in zip(statuses, expected):
            if wanted == OK and self.is_served(status) or wanted != OK and status in wanted:
                continue
            raise Wrong(f"answers {statuses}, expected {expected}")

    def is_served(self, status):
        return 200 <= status < 300 or not self.strict and status in (301, 302, 304, 401, 403, 404, 405, 415, 422)


def exchange(connection, data, half_close, pieces):
    """Sends in so many pieces and reads to the end of the connection. A server may answer and close in between."""
    size = -(-len(data) // pieces)
    try:
        for start in range(0, len(data), max(size, 1)):
            connection.sendall(data[start:start + size])
        if half_close:
            connection.shutdown(socket.SHUT_WR)
    except OSError:
        pass
    received = b""
    try:
        while piece := connection.recv(65536):
            received += piece
    except TimeoutError:
        raise Wrong(f"the connection is not ended; so far {received[:200]!r}") from None
    except ConnectionResetError:
        if not received:
            raise Wrong("reset without an answer") from None
    return received


def read_answers(received, methods):
    """The final answers, checked for what holds for every answer."""
    answers = []
    while received:
        answer, received = read_answer(received, methods[min(len(answers), len(methods) - 1)])
        if answer["status"] >= 200:
            answers.append(answer)
    for answer in answers[:-1]:
        if b"close" in answer["fields"].get(b"connection", b"").lower():
            raise Wrong("an answer behind one that says close")
    if answers and b"close" not in answers[-1]["fields"].get(b"connection", b"").lower():
        raise Wrong("the last answer before the end does not say close")
    return answers


def read_answer(received, method):
    head, mark, rest = received.partition(b"\r\n\r\n")
    lines = head.split(b"\r\n")
    status_line = STATUS_LINE.fullmatch(lines[0])
    if not mark or not status_line:
        raise Wrong(f"this is no answer: {received[:200]!r}")
    status = int(status_line.group(1))
    fields = {}
    for line in lines[1:]:
        field = FIELD.fullmatch(line)
        if not field:
            raise Wrong(f"this is no field: {line!r}")
        name = field.group(1).lower()
        if name in fields and name in (b"content-length", b"transfer-encoding", b"date", b"content-type"):
            raise Wrong(f"{name.decode()} twice")
        fields[name] = field.group(2)
    answer = {"status": status, "fields": fields, "body": b""}
    if status < 200:
        if b"content-length" in fields or b"transfer-encoding" in fields:
            raise Wrong("an interim answer with a body")
        return answer, rest
    check_fields(status, fields)
    answer["body"], rest = take_body(status, fields, method, rest)
    return answer, rest


def check_fields(status, fields):
    """RFC 9110 sections 6.6.1, 10.2.1, 11.6.1, 15."""
    if b"date" not in fields or parsedate_to_datetime(fields[b"date"].decode()) is None:
        raise Wrong("no Date")
    if b"content-length" in fields and b"transfer-encoding" in fields:
        raise Wrong("Content-Length and Transfer-Encoding")
    if status in (204, 304) and b"transfer-encoding" in fields or status == 204 and b"content-length" in fields:
        raise Wrong("a framing for no body")
    for code, name in ((405, b"allow"), (401, b"www-authenticate"), (426, b"upgrade"), (416, b"content-range")):
        if status == code and name not in fields:
            raise Wrong(f"{code} without {name.decode()}")


def take_body(status, fields, method, rest):
    if method == "HEAD" or status in (204, 304):
        return b"", rest
    if fields.get(b"transfer-encoding", b"").lower() == b"chunked":
        return take_chunks(rest)
    if b"content-length" in fields:
        length = int(fields[b"content-length"])
        if len(rest) < length:
            raise Wrong(f"{len(rest)} of {length} bytes of a body")
        return rest[:length], rest[length:]
    return rest, b""


def take_chunks(rest):
    body = b""
    while True:
        line, mark, rest = rest.partition(b"\r\n")
        if not mark:
            raise Wrong("chunks without their end")
        size = int(line.split(b";")[0], 16)
        if rest[size:size + 2] != b"\r\n":
            raise Wrong("a chunk without its end")
        body, rest = body + rest[:size], rest[size + 2:]
        if size == 0:
            return body, rest


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("host")
    parser.add_argument("port", type=int)
    parser.add_argument("--get", default="/", help="a path that answers to GET with 200 (/)")
    parser.add_argument("--post", default="/", help="a path that takes the body by POST (/)")
    parser.add_argument("--body", default='{"a":1}', help="the body of a POST")
    parser.add_argument("--timeout", type=float, default=3.0, help="seconds for each case (3)")
    parser.add_argument("--wrong", action="store_true", help="show only what is wrong")
    options = parser.parse_args()
    server = Server(options.port, options.host, options.get, options.post, options.body.encode(), options.timeout,
                    strict=False)
    right = total = 0
    for case in cases():
        total += 1
        try:
            statuses = [answer["status"] for answer in server.play(case)]
            right += 1
            if not options.wrong:
                print(f"right  {case.name}: {statuses}")
        except (Wrong, OSError, ValueError) as error:
            print(f"WRONG  {case.name}: {error}")
    print(f"{right} of {total}")
    return 0 if right == total else 1


if __name__ == "__main__":
    sys.exit(main())
