"""The connection: keep-alive, pipelining, HTTP/1.0, HEAD, OPTIONS, half-closed clients, idle limits."""

import time

import pytest

from support.raw_http import RawClient, chat_body, exchange, head

CHAT = "/v1/chat/completions"
CONFIG = {"client": {"header_timeout": "400ms", "body_timeout": "400ms", "idle_timeout": "1200ms"}}


def test_many_requests_on_one_connection(gateway):
    with RawClient(gateway.port) as client:
        for index in range(30):
            client.post_json(CHAT, chat_body("mock", stream=index % 2 == 0))
            assert client.read_response("POST").complete
        assert client.buffer == b""


def test_pipelined_requests_are_answered_in_order(gateway):
    with RawClient(gateway.port) as client:
        requests = b""
        for index in range(12):
            body = b'{"model":"mock,echo%s","messages":[{"role":"user","content":"number %d"}]}' % (
                b",slow-head=60ms" if index % 3 == 0 else b"", index)
            requests += head("POST", CHAT, {"Content-Type": "application/json"}, body, host=client.host_header)
        client.send(requests)
        for index in range(12):
            answer = client.read_response("POST")
            assert answer.json()["choices"][0]["message"]["content"] == f"number {index}"


def test_a_stream_and_a_pipelined_request_behind_it(gateway):
    with RawClient(gateway.port) as client:
        client.post_json(CHAT, chat_body("mock,events=3,pace=20ms", True))
        client.request("GET", "/healthz")
        assert client.read_response("POST").body.endswith(b"data: [DONE]\n\n")
        assert client.read_response().status == 200


def test_a_request_in_single_bytes(gateway):
    with RawClient(gateway.port) as client:
        body = b'{"model":"mock,events=1","messages":[]}'
        for byte in head("POST", CHAT, {"Content-Type": "application/json"}, body, host=client.host_header):
            client.send(bytes([byte]))
        assert client.read_response("POST").status == 200


def test_connection_close_is_done(gateway):
    with RawClient(gateway.port) as client:
        client.request("GET", "/healthz", {"Connection": "close"})
        answer = client.read_response()
        assert answer.headers["connection"].lower() == "close"
        assert client.is_closed_by_peer()


@pytest.mark.parametrize("keep_alive", [True, False])
def test_http_1_0(gateway, keep_alive):
    with RawClient(gateway.port) as client:
        headers = {"Content-Type": "application/json", **({"Connection": "keep-alive"} if keep_alive else {})}
        client.request("POST", CHAT, headers, b'{"model":"mock","messages":[]}', version="HTTP/1.0")
        answer = client.read_response("POST")
        assert answer.status == 200 and "transfer-encoding" not in answer.headers
        assert client.is_closed_by_peer(timeout=1) is not keep_alive


def test_http_1_0_streams_until_the_connection_closes(gateway):
    with RawClient(gateway.port) as client:
        client.request("POST", CHAT, {"Content-Type": "application/json"},
                       b'{"model":"mock","messages":[],"stream":true}', version="HTTP/1.0")
        answer = client.read_response("POST")
        assert "transfer-encoding" not in answer.headers and "content-length" not in answer.headers
        assert answer.body.endswith(b"data: [DONE]\n\n")


def test_head_has_the_headers_of_get_and_no_body(gateway):
    with RawClient(gateway.port) as client:
        for target in ("/healthz", "/v1/models", "/metrics"):
            client.request("HEAD", target)
            answer = client.read_response("HEAD")
            assert answer.status == 200, target
            client.request("GET", target)
            assert client.read_response().status == 200


def test_options_without_an_origin_lists_methods(gateway):
    answer = exchange(gateway.port, "OPTIONS", CHAT)
    assert answer.status in (200, 204)
    assert "POST" in answer.headers["allow"]
    assert exchange(gateway.port, "OPTIONS", "*").status in (200, 204)


def test_an_absolute_target_is_understood(gateway):
    assert exchange(gateway.port, "GET", f"http://127.0.0.1:{gateway.port}/healthz").status == 200


def test_empty_lines_before_a_request_are_skipped(gateway):
    with RawClient(gateway.port) as client:
        client.send("\r\n\r\n")
        client.request("GET", "/healthz")
        assert client.read_response().status == 200


def test_a_half_closed_client_is_served_when_configured(start_gateway):
    gateway = start_gateway({"client": {"half_close": "serve"}})
    with RawClient(gateway.port) as client:
        client.post_json(CHAT, chat_body("mock,events=5,pace=20ms", True))
        client.half_close()
        assert client.read_response("POST").body.endswith(b"data: [DONE]\n\n")


def test_an_idle_connection_is_closed(gateway):
    with RawClient(gateway.port) as client:
        started = time.monotonic()
        client.request("GET", "/healthz")
        client.read_response()
        assert client.is_closed_by_peer(timeout=5)
        assert 1.0 < time.monotonic() - started < 3


@pytest.mark.parametrize("start", [b"GET /healthz HT", b"GET /healthz HTTP/1.1\r\nHost: x\r\n"])
def test_a_head_that_never_ends_is_a_408(gateway, start):
    with RawClient(gateway.port) as client:
        client.send(start)
        answer = client.read_response()
        assert answer.status == 408 and answer.error()["code"] == "request_timeout"
        assert client.is_closed_by_peer()


def test_a_slow_head_is_a_408_however_steadily_it_comes(gateway):
    with RawClient(gateway.port) as client:
        client.send("GET /healthz HTTP/1.1\r\nHost: localhost\r\nX-Slow: ")
        deadline = time.monotonic() + 3
        client.socket.settimeout(0.1)
        while time.monotonic() < deadline:
            try:
                client.send(b"a")
                if not client.fill() or client.buffer:
                    break
            except TimeoutError:
                continue
            except OSError:
                break
        assert client.buffer.startswith(b"HTTP/1.1 408 ")


def test_a_body_that_stops_is_a_408(gateway, recorder, run):
    with RawClient(gateway.port) as client:
        client.send(head("POST", CHAT, {"Content-Length": "100"}, host=client.host_header) + b'{"model":')
        answer = client.read_response("POST")
        assert answer.status == 408 and answer.error()["code"] == "request_timeout"
        assert client.is_closed_by_peer()


def test_a_client_that_leaves_in_the_middle_of_its_body_harms_nobody(gateway):
    for cut in (b"", b'{"mod'):
        with RawClient(gateway.port) as client:
            client.send(head("POST", CHAT, {"Content-Length": "100"}, host=client.host_header) + cut)
            client.reset()
    assert exchange(gateway.port, "GET", "/healthz").status == 200
