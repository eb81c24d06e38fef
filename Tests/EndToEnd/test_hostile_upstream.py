"""Upstreams that mean harm, over our own client and over libcurl: an honest error, or the bytes as they came, and memory
that stays bounded."""

import gzip
import itertools
import json
import re
from pathlib import Path

import pytest

from support import sse
from support.polling import SANITIZED
from support.raw_http import RawClient, chat_body, get, post
from support.raw_upstream import RawUpstream, stream

CHAT = "/v1/chat/completions"
MIB = 1 << 20
# What the gateway may grow by while it is under attack: the queues of one request, several times over.
GROWTH = 24 * MIB


OK = b"HTTP/1.1 200 OK\r\n"
JSON = OK + b"Content-Type: application/json\r\n"
EVENTS = OK + b"Content-Type: text/event-stream\r\n"
CHUNK = b'data: {"id":"c","object":"chat.completion.chunk","created":1,"model":"m","choices":[{"index":0,"delta":' \
        b'{"content":"x"},"finish_reason":null}]}\n\n'
END = CHUNK.replace(b"null}", b'"stop"}') + b"data: [DONE]\n\n"


def forever(start, piece):
    """An answer that begins with `start` and never ends."""
    return lambda: itertools.chain([start], itertools.repeat(piece))


def zeros(count):
    return gzip.compress(bytes(count), 9)


# Heads and bodies that are no answer: 502, and nothing of them comes through.
NO_ANSWER = {
    "header lines without end": forever(OK, b"X-Header: " + b"a" * 1000 + b"\r\n"),
    "one header line without end": forever(OK + b"X: ", b"a" * 65536),
    "a status line without end": forever(b"HTTP/1.1 200 ", b"a" * 65536),
    "a head of 10 MB": OK + b"".join(b"X-%d: %s\r\n" % (n, b"a" * 1000) for n in range(10_000)) + b"\r\n{}",
    "interim answers without end": forever(b"", b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n"),
    "100 Continue without end": forever(b"", b"HTTP/1.1 100 Continue\r\n\r\n" * 100),
    "no HTTP": b"SSH-2.0-OpenSSH_9.2\r\n" + b"a" * 1000,
    "noise without end": forever(b"", bytes(range(256)) * 256),
    "HTTP/0.9": b"<html>hello</html>\n",
    "a NUL in the status line": b"HTTP/1.1 200 O\0K\r\n\r\n{}",
    "a NUL in a header": OK + b"X: a\0b\r\nContent-Length: 2\r\n\r\n{}",
    "a bad status": b"HTTP/1.1 2x0 OK\r\nContent-Length: 2\r\n\r\n{}",
    "different lengths": JSON + b"Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}x",
    "a negative length": JSON + b"Content-Length: -2\r\n\r\n{}",
    "an upgrade that nobody asked for": b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n",
    "nothing": b"",
    "half a head": OK + b"Content-Type: applica",
    "an unknown coding": JSON + b"Content-Encoding: nonsense\r\n\r\n{}",
}
# libcurl reads a name with a space before its colon, and takes a little more than we do; what counts is that it ends.
BY_CURL = {"a NUL in the status line", "an unknown coding", "a bad status", "a NUL in a header"}


@pytest.fixture(scope="module")
def hostile(certificates):
    """One upstream over plain HTTP, one over TLS; what they answer is set by the test."""
    plain, tls = RawUpstream(b""), RawUpstream(b"", certificate=certificates[1], key=certificates[2])
    yield {"plain": plain, "tls": tls}
    plain.stop()
    tls.stop()


@pytest.fixture(scope="module")
def gateway(hostile, certificates, tmp_path_factory):
    from support.processes import start_sluice
    process = start_sluice(tmp_path_factory.mktemp("gateway"), {
        "listen": {"host": "127.0.0.1", "port": 0, "loops": 1}, "retry": {"attempts": 1}, "retry_budget": "off", "breaker": "off",
        "timeouts": {"first_event": "5s", "idle": "5s", "total": "50s"},
        "upstreams": [
            {"name": "plain", "base_url": f"http://127.0.0.1:{hostile['plain'].port}/v1", "key": "k"},
            {"name": "tls", "base_url": f"https://127.0.0.1:{hostile['tls'].port}/v1", "key": "k",
             "ca_file": certificates[0]}],
        "models": [{"name": "plain", "upstream": "plain"}, {"name": "tls", "upstream": "tls"}]})
    yield process
    assert process.is_running()
    process.stop()


class Memory:
    """How far a process grows within a block."""

    def __init__(self, process, growth=GROWTH):
        self.growth = growth
        self.folder = Path(f"/proc/{process.pid}")

    def read(self, name):
        return int(re.search(rf"{name}:\s+(\d+) kB", (self.folder / "status").read_text()).group(1)) * 1024

    def __enter__(self):
        # From now on the peak is a new one.
        (self.folder / "clear_refs").write_text("5")
        self.before = self.read("VmRSS")
        return self

    def __exit__(self, kind, *_):
        grown = self.read("VmHWM") - self.before
        # A sanitizer keeps what was freed.
        assert kind or SANITIZED or grown < self.growth, f"{grown / MIB:.1f} MiB more"


@pytest.fixture(params=["plain", "tls"])
def attack(request, gateway, hostile):
    """Sends a request to the upstream that is going to answer so; the answer, once the gateway's memory is checked."""
    def send(answer, is_stream=False, read=None, growth=GROWTH):
        hostile[request.param].answers = [answer]
        with Memory(gateway, growth):
            if read:
                with RawClient(gateway.port, timeout=50) as client:
                    client.post_json(CHAT, chat_body(request.param, is_stream))
                    result = read(client)
            else:
                result = post(gateway.port, CHAT, chat_body(request.param, is_stream), timeout=50)
        assert get(gateway.port, "/healthz").status == 200
        return result

    send.kind = request.param
    return send


@pytest.mark.parametrize("is_stream", [False, True])
@pytest.mark.parametrize("name", NO_ANSWER)
def test_what_is_no_answer_is_a_502(attack, name, is_stream):
    answer = attack(NO_ANSWER[name], is_stream)
    if attack.kind == "tls" and name in BY_CURL and answer.status == 200:
        return
    assert answer.status == 502, answer
    assert answer.error()["code"] in ("upstream_invalid_response", "upstream_disconnected", "upstream_truncated")


# Heads that libcurl reads as something: the same 502 with both clients.
UNCLEAR_HEADS = {
    "a fold before the first field": OK + b" X: 1\r\nContent-Length: 2\r\n\r\n{}",
    "a folded field": JSON + b"X: 1\r\n 2\r\nContent-Length: 2\r\n\r\n{}",
    "a CR in the status line": b"HTTP/1.1 200 O\rX: y\r\nContent-Length: 2\r\n\r\n{}",
    "a name with a blank": JSON + b"X Y: 1\r\nContent-Length: 2\r\n\r\n{}",
    "a list of lengths": JSON + b"Content-Length: 2, 3\r\n\r\n{}",
    "a length with a sign": JSON + b"Content-Length: +2\r\n\r\n{}",
    "a length with more behind it": JSON + b"Content-Length: 2x\r\n\r\n{}",
    "a length beyond counting": JSON + b"Content-Length: 18446744073709551618\r\n\r\n{}",
    "chunked twice": JSON + b"Transfer-Encoding: chunked, chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
    "chunked and identity": JSON + b"Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
}


@pytest.mark.parametrize("name", UNCLEAR_HEADS)
def test_a_head_that_is_unclear_is_a_502_behind_any_answer(attack, name):
    """libcurl 7.88 wrote into freed memory when a fold came first in the second answer of a handle."""
    sound = JSON + b"X-Field: " + b"a" * 200 + b"\r\nContent-Length: 2\r\n\r\n{}"
    for _ in range(5):
        assert attack(sound).status == 200
        answer = attack(UNCLEAR_HEADS[name])
        assert answer.status == 502 and answer.error()["code"] == "upstream_invalid_response", answer


def whole(client):
    """Reads an answer as far as its framing holds; `complete` says whether to its end."""
    response = client.read_head()
    try:
        for _ in client.body_pieces(response, "POST"):
            pass
    except (ConnectionError, AssertionError, ValueError):
        pass
    return response


def drained(limit=None):
    """Reads an answer without keeping or parsing it, up to so many bytes: its head, how much there was, its end."""
    def read(client):
        response = client.read_head()
        count, tail = len(client.buffer), client.buffer[-2000:]
        try:
            while limit is None or count < limit:
                piece = client.socket.recv(1 << 20)
                if not piece:
                    break
                count, tail = count + len(piece), (tail + piece)[-2000:]
                if tail.endswith(b"\r\n0\r\n\r\n"):
                    break
        except ConnectionError:
            pass
        return response, count, tail

    return read


@pytest.fixture(scope="module")
def bomb():
    """128 MiB of zeros, in a thousandth of that."""
    return gzip.compress(bytes(128 * MIB), 6)


@pytest.mark.parametrize("kind", ["sized", "chunked", "stream"])
def test_a_gzip_bomb_is_stopped(attack, bomb, kind):
    head = (EVENTS if kind == "stream" else JSON) + b"Content-Encoding: gzip\r\n"
    if kind == "chunked":
        answer = head + b"Transfer-Encoding: chunked\r\n\r\n%x\r\n%s\r\n0\r\n\r\n" % (len(bomb), bomb)
    else:
        answer = head + b"Content-Length: %d\r\n\r\n" % len(bomb) + bomb
    # Over TLS it is libcurl that expands: the client may get what the upstream sent, and while it is slow, libcurl holds
    # what the last TLS records have expanded to.
    growth = 96 * MIB if attack.kind == "tls" else GROWTH
    response, count, _ = attack(answer, kind == "stream", drained(), growth)
    assert response.status in (200, 502) and (count < 16 * MIB or attack.kind == "tls")


def test_an_event_of_100_megabytes_goes_through_in_pieces(attack):
    big = CHUNK.replace(b'"x"', b'"%s"' % (b"x" * (100 * MIB)))
    response, count, tail = attack(EVENTS + b"\r\n" + CHUNK + big + END, True, drained())
    assert response.status == 200 and count >= 100 * MIB
    assert b"data: [DONE]\n\n" in tail and tail.endswith(b"0\r\n\r\n")


@pytest.mark.parametrize("piece", [b"a" * 65536, b"data: x\n" * 8192, b": \n" * 20_000, b"\n" * 65536, b"\r" * 65536],
                         ids=["letters", "data lines", "comments", "LF", "CR"])
def test_a_stream_that_never_ends_is_not_held(attack, piece):
    """An event without an end, lines without an event, nothing but line ends: the client takes some, and leaves."""
    response, _, _ = attack(forever(EVENTS + b"\r\n" + CHUNK, piece), True, drained(32 * MIB if len(set(piece)) > 1 else 4 * MIB))
    assert response.status == 200


def test_a_first_event_that_never_ends_is_not_held(attack):
    response, _, _ = attack(forever(EVENTS + b"\r\ndata: ", b"a" * 65536), True, drained(64 * MIB))
    assert response.status in (200, 502)


def test_a_blocking_answer_that_never_ends_is_not_held(attack):
    response, _, _ = attack(forever(JSON + b'\r\n{"id":"', b"a" * 65536), False, drained(64 * MIB))
    assert response.status == 200


def test_an_error_that_never_ends_is_not_held(attack):
    answer = attack(forever(b"HTTP/1.1 500 No\r\nContent-Type: application/json\r\n\r\n", b'{"error":' * 1000))
    assert answer.status in (500, 502)


def test_json_nested_a_hundred_thousand_deep_is_only_passed_on(attack):
    deep = b"[" * 100_000 + b"]" * 100_000
    body = b'{"id":"x","choices":' + deep + b',"usage":' + deep + b"}"
    answer = attack(JSON + b"Content-Length: %d\r\n\r\n" % len(body) + body)
    assert answer.status == 200 and answer.body == body or answer.status == 502


@pytest.mark.parametrize("opening", [b"[", b'{"a":', b'{"choices":[', b'{"error":{"message":'])
def test_events_nested_a_hundred_thousand_deep(attack, opening):
    answer = attack(stream(CHUNK + b"data: " + opening * 100_000 + b"\n\n" + END), True)
    assert answer.status == 200 and answer.body.endswith(b"data: [DONE]\n\n")


def test_an_error_nested_a_hundred_thousand_deep(attack):
    body = b'{"error":{"message":' + b"[" * 100_000
    answer = attack(b"HTTP/1.1 400 No\r\nContent-Type: application/json\r\n\r\n" + body)
    assert answer.status in (400, 502)


@pytest.mark.parametrize("payload", [
    b'{"choices":[{"index":0,"delta":{"content":"a\0b"}}]}', b'{"choices":[{"index":0,"delta":{"content":"\xff\xfe"}}]}',
    b'{"choices":[{"index":0,"delta":{"content":"\\ud800"}}]}', b'{"choices":[{"index":1e400,"delta":{}}]}',
    b'{"choices":[{"index":-1,"delta":{}}]}', b'{"choices":{"0":[]}}', b'{"choices":[null,1,"x",[]]}', b"null", b"\0",
    b'{"usage":{"total_tokens":99999999999999999999}}', b'{"choices":[{"index":9223372036854775807,"delta":{}}]}'])
def test_strange_events_are_passed_on_as_they_came(attack, payload):
    answer = attack(stream(CHUNK + b"data: " + payload + b"\n\n" + END), True)
    assert answer.status == 200
    assert payload in answer.body and answer.body.endswith(b"data: [DONE]\n\n")


def test_a_body_shorter_than_its_length_is_never_whole(attack):
    answer = attack(JSON + b'Content-Length: 1000\r\n\r\n{"id":"x"}', read=whole)
    assert answer.status == 502 or not answer.complete


def test_bytes_behind_a_body_are_never_the_next_answer(attack):
    body = json.dumps({"id": "first", "choices": []}).encode()
    smuggled = JSON + b"Content-Length: 17\r\n\r\n" + b'{"id":"smuggled"}'
    for _ in range(3):
        answer = attack(JSON + b"Content-Length: %d\r\n\r\n" % len(body) + body + smuggled)
        assert answer.status == 200 and answer.json()["id"] == "first"


def test_both_length_and_chunks_are_one_answer(attack):
    body = b'{"id":"one"}'
    chunks = b"%x\r\n%s\r\n0\r\n\r\n" % (len(body), body)
    for _ in range(2):
        answer = attack(JSON + b"Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n" + chunks + b"HTTP/1.1 200 OK\r\n")
        assert answer.status == 502 or answer.json()["id"] == "one"


@pytest.mark.parametrize("chunks", [b"zz\r\n", b"-1\r\n{}\r\n", b"ffffffffffffffffff\r\n{}", b"2\r\n{}xx0\r\n\r\n",
                                    b"2\n{}\n0\n\n", b"2;" + b"a" * 200_000])
def test_chunks_that_are_none_are_an_error(attack, chunks):
    answer = attack(JSON + b"Transfer-Encoding: chunked\r\n\r\n" + chunks, read=whole)
    # libcurl takes LF for a line end, and reads extensions of any length.
    assert answer.status == 502 or not answer.complete or attack.kind == "tls"


def test_trailers_without_end_are_not_read_forever(attack):
    start = JSON + b'Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n'
    answer = attack(forever(start, b"X-Trailer: " + b"a" * 1000 + b"\r\n"), read=whole)
    assert answer.status in (200, 502)


def test_header_values_cannot_split_the_answer(attack):
    answer = attack(JSON + b"X-Evil: a\rX-Injected: 1\r\nX-Fine: 1\r\nContent-Length: 2\r\n\r\n{}")
    assert "x-injected" not in answer.headers
    assert answer.status == 502 or answer.headers["x-fine"] == "1"


def test_an_answer_before_the_request_is_read_is_taken(gateway, hostile):
    """The upstream refuses a large body without reading it."""
    hostile["plain"].answers = [b"HTTP/1.1 413 Too Large\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}"]
    body = chat_body("plain")
    body["messages"][0]["content"] = "x" * (8 * MIB)
    with Memory(gateway):
        answer = post(gateway.port, CHAT, body, timeout=30)
    assert answer.status in (413, 502)


def test_the_gateway_speaks_sse_all_the_while(attack):
    answer = attack(stream(CHUNK + END), True)
    assert sse.payloads(answer.body)[-1] == "[DONE]"
