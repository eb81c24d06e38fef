"""Malformed and excessive requests: the right status, an OpenAI-shaped body, and the connection closes."""

import pytest

from support.raw_http import RawClient, exchange, head

CHAT = "/v1/chat/completions"
HOST = "Host: localhost\r\n"

POST = f"POST {CHAT} HTTP/1.1\r\n{HOST}"
CHUNKED = POST + "Transfer-Encoding: chunked\r\n\r\n"

MALFORMED = {
    "not HTTP": "hello\r\n\r\n",
    "no version": "GET /healthz\r\n\r\n",
    "bare LF": "GET /healthz HTTP/1.1\nHost: localhost\n\n",
    "bare CR in a value": f"GET /healthz HTTP/1.1\r\n{HOST}X: a\rb\r\n\r\n",
    "NUL in a value": f"GET /healthz HTTP/1.1\r\n{HOST}X: a\0b\r\n\r\n",
    "space before the colon": f"GET /healthz HTTP/1.1\r\n{HOST}X : a\r\n\r\n",
    "obsolete folding": f"GET /healthz HTTP/1.1\r\n{HOST}X: a\r\n b\r\n\r\n",
    "empty name": f"GET /healthz HTTP/1.1\r\n{HOST}: a\r\n\r\n",
    "no Host": "GET /healthz HTTP/1.1\r\n\r\n",
    "two Hosts": f"GET /healthz HTTP/1.1\r\n{HOST}{HOST}\r\n",
    "two spaces": f"GET  /healthz HTTP/1.1\r\n{HOST}\r\n",
    "length and chunked": POST + "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "two lengths": POST + "Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello!",
    "length with a sign": POST + "Content-Length: +5\r\n\r\nhello",
    "length in hex": POST + "Content-Length: 0x5\r\n\r\nhello",
    "length beyond counting": POST + "Content-Length: 99999999999999999999999\r\n\r\n",
    "bad chunk size": CHUNKED + "zz\r\n",
    "chunk size beyond counting": CHUNKED + f"{'f' * 20}\r\n",
    "chunk without its line end": CHUNKED + "1\r\nabc\r\n0\r\n\r\n",
    "chunked not last": POST + "Transfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n",
    "fragment in the target": f"GET /healthz#x HTTP/1.1\r\n{HOST}\r\n",
}


@pytest.mark.parametrize("name", MALFORMED)
def test_a_malformed_request_is_refused_and_the_connection_closed(gateway, name):
    with RawClient(gateway.port) as client:
        client.send(MALFORMED[name])
        answer = client.read_response()
        assert answer.status in (400, 413) if "beyond" in name else answer.status == 400, answer
        assert answer.error()["type"] == "invalid_request_error"
        assert answer.headers["connection"].lower() == "close"
        assert answer.headers["x-request-id"].startswith("req_")
        assert client.is_closed_by_peer()


def refused(gateway, data, status, code):
    with RawClient(gateway.port) as client:
        client.send(data)
        answer = client.read_response()
        assert answer.status == status, answer
        assert answer.error()["code"] == code
        return answer


def test_a_post_without_any_length_is_a_411(gateway):
    refused(gateway, f"POST {CHAT} HTTP/1.1\r\n{HOST}\r\n", 411, "length_required")


def test_a_body_announced_too_large_is_a_413(gateway):
    refused(gateway, f"POST {CHAT} HTTP/1.1\r\n{HOST}Content-Length: {33 << 20}\r\n\r\n", 413, "request_too_large")


def test_a_body_that_grows_too_large_is_a_413(start_gateway):
    gateway = start_gateway({"limits": {"body": "64KiB"}})
    chunk = b"8000\r\n" + b"x" * 0x8000 + b"\r\n"
    refused(gateway, f"POST {CHAT} HTTP/1.1\r\n{HOST}Transfer-Encoding: chunked\r\n\r\n".encode() + chunk * 3,
            413, "request_too_large")


def test_the_refusal_is_readable_although_the_client_goes_on_sending(start_gateway):
    gateway = start_gateway({"limits": {"body": "64KiB"}})
    with RawClient(gateway.port) as client:
        client.send(head("POST", CHAT, {"Content-Length": 1_000_000}, host=client.host_header) + b"x" * 300_000)
        assert client.read_response("POST").status == 413


def test_a_long_target_is_a_414(gateway):
    refused(gateway, f"GET /v1/models?{'a' * 9000} HTTP/1.1\r\n{HOST}\r\n", 414, "uri_too_long")


def test_too_many_fields_are_a_431(gateway):
    fields = "".join(f"X-{index}: 1\r\n" for index in range(101))
    refused(gateway, f"GET /healthz HTTP/1.1\r\n{HOST}{fields}\r\n", 431, "header_fields_too_large")


def test_a_large_head_is_a_431(gateway):
    refused(gateway, f"GET /healthz HTTP/1.1\r\n{HOST}X: {'a' * 33_000}\r\n\r\n", 431, "header_fields_too_large")


def test_a_field_of_sixteen_kilobytes_is_fine(gateway):
    assert exchange(gateway.port, "GET", "/healthz", {"X-Token": "a" * 16_384}).status == 200


def test_an_unknown_transfer_coding_is_a_501(gateway):
    answer = refused(gateway, f"POST {CHAT} HTTP/1.1\r\n{HOST}Transfer-Encoding: gzip, chunked\r\n\r\n", 501,
                     "not_implemented")
    assert answer.error()["type"] == "server_error"


@pytest.mark.parametrize("version", ["HTTP/2.0", "HTTP/3.0", "HTTP/0.9"])
def test_other_versions_are_a_505(gateway, version):
    refused(gateway, f"GET /healthz {version}\r\n{HOST}\r\n", 505, "http_version_not_supported")


def test_a_websocket_upgrade_is_refused_with_json(gateway):
    headers = {"Upgrade": "websocket", "Connection": "Upgrade", "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
               "Sec-WebSocket-Version": "13"}
    answer = exchange(gateway.port, "GET", "/v1/responses", headers)
    assert 400 <= answer.status < 500
    answer.error()


def test_after_everything_the_gateway_still_serves(gateway):
    for data in [*MALFORMED.values(), "\x16\x03\x01\x02\x00\x01\x00", "\r\n" * 50]:
        with RawClient(gateway.port) as client:
            client.send(data)
            client.reset()
    assert exchange(gateway.port, "GET", "/healthz").status == 200


def test_every_status_leaves_one_log_line(gateway):
    answer = exchange(gateway.port, "GET", "/nothing")
    line = gateway.log_line_of(answer.headers["x-request-id"])
    assert 404 in line.values()
