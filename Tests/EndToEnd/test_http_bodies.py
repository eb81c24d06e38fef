"""Request bodies (chunked, gzip, Expect) and compressed answers."""

import gzip
import zlib

import pytest

from support.raw_http import RawClient, chat_body, chunked, exchange, get, head, post

CHAT = "/v1/chat/completions"
JSON = {"Content-Type": "application/json"}


def body_of(run, padding=0):
    return b'{"model":"mock,run=' + run.encode() + b'","messages":[],"pad":"' + b"p" * padding + b'"}'


@pytest.mark.parametrize("size", [1, 7, 4096, 10 ** 6])
def test_chunked_bodies(gateway, recorder, run, size):
    body = body_of(run, 5000 if size > 1 else 100)
    answer = exchange(gateway.port, "POST", CHAT, {**JSON, "Transfer-Encoding": "chunked"}, chunked(body, size))
    assert answer.status == 200, answer
    assert recorder.requests(run)[0].body.encode() == body


def test_chunk_extensions_and_trailers_are_dropped(gateway, recorder, run):
    body = body_of(run)
    framed = b"%x;name=\"v\"\r\n%s\r\n0\r\nX-Trailer: 1\r\n\r\n" % (len(body), body)
    with RawClient(gateway.port) as client:
        client.request("POST", CHAT, {**JSON, "Transfer-Encoding": "chunked"}, framed)
        assert client.read_response("POST").status == 200
        client.request("GET", "/healthz")
        assert client.read_response().status == 200
    assert recorder.requests(run)[0].body.encode() == body
    assert "x-trailer" not in recorder.requests(run)[0].headers


def test_gzip_request_bodies_are_unpacked(gateway, recorder, run):
    body = body_of(run, 100_000)
    answer = exchange(gateway.port, "POST", CHAT, {**JSON, "Content-Encoding": "gzip"}, gzip.compress(body))
    assert answer.status == 200, answer
    received = recorder.requests(run)[0]
    assert received.body_crc32 == f"{zlib.crc32(body):08x}"
    assert "content-encoding" not in received.headers


def test_identity_is_an_encoding_too(gateway, run):
    assert exchange(gateway.port, "POST", CHAT, {**JSON, "Content-Encoding": "identity"}, body_of(run)).status == 200


@pytest.mark.parametrize("body", [b"not gzip", gzip.compress(b"{}", mtime=0)[:-4], b""],
                         ids=["not gzip", "truncated", "empty"])
def test_broken_gzip_is_a_400(gateway, body):
    answer = exchange(gateway.port, "POST", CHAT, {**JSON, "Content-Encoding": "gzip"}, body)
    assert answer.status == 400
    assert answer.error()["code"] in ("malformed_request", "invalid_json")


@pytest.mark.parametrize("encoding", ["br", "zstd", "gzip, gzip", "deflate"])
def test_other_encodings_are_a_415(gateway, encoding, run):
    answer = exchange(gateway.port, "POST", CHAT, {**JSON, "Content-Encoding": encoding}, body_of(run))
    assert answer.status == 415
    assert answer.error()["code"] == "unsupported_content_encoding"


def test_a_gzip_bomb_is_a_413(gateway):
    bomb = gzip.compress(b'{"model":"mock","pad":"' + b"0" * (64 << 20) + b'"}')
    answer = exchange(gateway.port, "POST", CHAT, {**JSON, "Content-Encoding": "gzip"}, bomb)
    assert answer.status == 413
    assert answer.error()["code"] == "request_too_large"


def test_expect_gets_its_interim_answer_before_the_body(gateway, run):
    body = body_of(run)
    with RawClient(gateway.port) as client:
        client.send(head("POST", CHAT, {**JSON, "Expect": "100-continue", "Content-Length": len(body)},
                         host=client.host_header))
        assert client.read_head().status == 100
        client.send(body)
        assert client.read_response("POST", skip_interim=False).status == 200


def test_expect_with_a_body_too_large_is_refused_at_once(gateway):
    with RawClient(gateway.port) as client:
        client.send(head("POST", CHAT, {**JSON, "Expect": "100-continue", "Content-Length": 1 << 40},
                         host=client.host_header))
        answer = client.read_response("POST", skip_interim=False)
        assert answer.status == 413


def test_another_expectation_is_a_417(gateway):
    answer = exchange(gateway.port, "POST", CHAT, {**JSON, "Expect": "coffee"}, b"{}")
    assert answer.status == 417
    assert answer.error()["code"] == "expectation_failed"


def test_expect_never_reaches_the_upstream(gateway, recorder, run):
    body = body_of(run, 2_000_000)
    with RawClient(gateway.port) as client:
        client.request("POST", CHAT, {**JSON, "Expect": "100-continue"}, body)
        assert client.read_response("POST").status == 200
    assert "expect" not in recorder.requests(run)[0].headers


# Answers

ACCEPTING = {"Accept-Encoding": "gzip, deflate"}


def test_large_blocking_answers_are_compressed_for_clients_that_accept(gateway):
    with RawClient(gateway.port) as client:
        client.post_json(CHAT, chat_body("mock,size=500,events=20"))
        plain = client.read_response("POST")
        client.post_json(CHAT, chat_body("mock,size=500,events=20"), ACCEPTING)
        packed = client.read_response("POST")
    assert "content-encoding" not in plain.headers
    assert packed.headers["content-encoding"] == "gzip"
    assert gzip.decompress(packed.body) == plain.body
    assert len(packed.body) < len(plain.body)
    assert "accept-encoding" in packed.headers["vary"].lower()


@pytest.mark.parametrize("accept", ["gzip;q=0", "identity", "br", "*;q=0", "deflate"])
def test_clients_that_do_not_accept_gzip_get_it_plain(gateway, accept):
    answer = post(gateway.port, CHAT, chat_body("mock,size=500,events=20"), {"Accept-Encoding": accept})
    assert "content-encoding" not in answer.headers


def test_small_answers_and_streams_are_not_compressed(gateway):
    assert "content-encoding" not in post(gateway.port, CHAT, chat_body("mock"), ACCEPTING).headers
    stream = post(gateway.port, CHAT, chat_body("mock,events=200", True), ACCEPTING)
    assert "content-encoding" not in stream.headers
    assert stream.body.endswith(b"data: [DONE]\n\n")


def test_binary_bodies_are_the_same_with_and_without_compression(gateway):
    target = "/v1/files/file-mock,bytes=100000/content"
    plain, packed = get(gateway.port, target), get(gateway.port, target, ACCEPTING)
    body = gzip.decompress(packed.body) if packed.headers.get("content-encoding") == "gzip" else packed.body
    assert body == plain.body and len(plain.body) == 100_000


def test_compression_can_be_switched_off(start_gateway):
    gateway = start_gateway({"compression": False})
    answer = post(gateway.port, CHAT, chat_body("mock,size=500,events=20"), ACCEPTING)
    assert "content-encoding" not in answer.headers
