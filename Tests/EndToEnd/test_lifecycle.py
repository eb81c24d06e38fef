"""SIGTERM drains, SIGHUP reloads."""

import signal
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from support import sse
from support.polling import wait_until
from support.processes import write_config
from support.raw_http import RawClient, chat_body, get, post
from support.requests_api import stop
from conftest import base_config, merged

CHAT = "/v1/chat/completions"


def status_of(port, target):
    try:
        return get(port, target, timeout=2).status
    except OSError:
        return None


def test_a_running_stream_ends_well_while_the_gateway_drains(start_gateway):
    gateway = start_gateway()
    with RawClient(gateway.port) as streaming, RawClient(gateway.port) as idle:
        idle.request("GET", "/readyz")
        assert idle.read_response().status == 200
        streaming.post_json(CHAT, chat_body("mock,events=60,pace=25ms", True))
        streaming.take_until(b"w0 ")
        drain(gateway)
        head_and_rest = b""
        while not head_and_rest.endswith(b"0\r\n\r\n"):
            assert streaming.fill(), "cut while draining"
            head_and_rest, streaming.buffer = head_and_rest + streaming.buffer, b""
        assert b"data: [DONE]" in head_and_rest and b"w59 " in head_and_rest
        assert idle.is_closed_by_peer()
    assert gateway.wait(10) == 0


def drain(gateway):
    """Sends SIGTERM and waits until it has been noticed."""
    gateway.signal(signal.SIGTERM)
    wait_until(lambda: status_of(gateway.port, "/readyz") == 503, what="not ready any more")


def test_readiness_is_off_while_draining_and_health_stays_on(start_gateway):
    gateway = start_gateway()
    with RawClient(gateway.port) as streaming:
        streaming.post_json(CHAT, chat_body("mock,events=100000,pace=5ms", True))
        streaming.take_until(b"w0 ")
        drain(gateway)
        assert status_of(gateway.port, "/healthz") == 200
    assert gateway.wait(10) == 0


def test_new_work_is_refused_while_draining(start_gateway, recorder, run):
    gateway = start_gateway()
    with RawClient(gateway.port) as streaming:
        streaming.post_json(CHAT, chat_body("mock,events=100000,pace=5ms", True))
        streaming.take_until(b"w0 ")
        drain(gateway)
        answer = post(gateway.port, CHAT, chat_body(f"mock,run={run}"))
        assert answer.status == 503
        assert answer.error()["code"] == "shutting_down"
        assert int(answer.headers["retry-after"]) >= 1
        # So that the client's next request goes to another instance.
        assert answer.headers["connection"].lower() == "close"
    assert recorder.requests(run) == []
    assert gateway.wait(10) == 0


def test_a_stop_helps_the_drain_along(start_gateway, run):
    gateway = start_gateway()
    with RawClient(gateway.port) as streaming:
        streaming.post_json(CHAT, chat_body("mock,events=100000,pace=5ms", True), {"X-Request-Id": run})
        streaming.take_until(b"w0 ")
        drain(gateway)
        assert stop(gateway, run).json()["status"] == "stopped"
        assert streaming.take_until(b"data: [DONE]")
    assert gateway.wait(10) == 0


def test_after_the_drain_limit_streams_end_with_an_error(start_gateway):
    gateway = start_gateway({"drain": "300ms"})
    with RawClient(gateway.port) as client:
        client.post_json(CHAT, chat_body("mock,events=100000,pace=5ms", True))
        client.take_until(b"w0 ")
        gateway.signal(signal.SIGTERM)
        rest = b""
        while client.fill():
            rest, client.buffer = rest + client.buffer, b""
    assert b'"code":"shutting_down"' in rest and rest.endswith(b"0\r\n\r\n")
    assert gateway.wait(10) == 0


def test_a_second_signal_ends_it_at_once(start_gateway):
    gateway = start_gateway()
    with RawClient(gateway.port) as client:
        client.post_json(CHAT, chat_body("mock,events=100000,pace=5ms", True))
        client.take_until(b"w0 ")
        drain(gateway)
        gateway.signal(signal.SIGTERM)
        started = time.monotonic()
        gateway.wait(5)
    assert time.monotonic() - started < 2


def test_an_idle_gateway_ends_at_once(start_gateway):
    for number in (signal.SIGTERM, signal.SIGINT):
        gateway = start_gateway()
        with RawClient(gateway.port) as client:
            client.request("GET", "/healthz")
            client.read_response()
            started = time.monotonic()
            gateway.signal(number)
            assert gateway.wait(10) == 0
            assert time.monotonic() - started < 2


def test_a_signal_right_after_the_start_is_not_lost(start_gateway):
    """Eight at once, so that starting takes a while."""
    def start_and_end(_):
        gateway = start_gateway()
        gateway.signal(signal.SIGTERM)
        return gateway.wait(10)

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(start_and_end, range(24))) == [0] * 24


# Reload

def rewrite(gateway, config):
    write_config(gateway.config_path.parent, config, gateway.config_path.stem)


def test_sighup_takes_a_new_file(start_gateway, mock):
    slow = {"upstream": "mock", "model": "mock,events=40,pace=10ms"}
    gateway = start_gateway({"models": [{"name": "one", **slow}]})
    assert post(gateway.port, CHAT, chat_body("two")).status == 404
    with RawClient(gateway.port) as client:
        client.post_json(CHAT, chat_body("one", True))
        response = client.read_head()
        rewrite(gateway, merged(base_config(mock.url), {"models": [{"name": "two", **slow}]}))
        gateway.signal(signal.SIGHUP)
        # Each loop takes the new snapshot when it gets to it.
        wait_until(lambda: post(gateway.port, CHAT, chat_body("two")).status == 200, what="the new model is served")
        wait_until(lambda: post(gateway.port, CHAT, chat_body("one")).status == 404, what="the old one is not")
        # What ran before the reload ends as it began.
        assert b"".join(client.body_pieces(response)).endswith(b"data: [DONE]\n\n")


def test_a_running_stream_survives_a_reload(start_gateway, mock):
    gateway = start_gateway()
    with RawClient(gateway.port) as client:
        client.post_json(CHAT, chat_body("mock,events=60,pace=10ms", True))
        response = client.read_head()
        for _ in range(5):
            gateway.signal(signal.SIGHUP)
            time.sleep(0.05)
        body = b"".join(client.body_pieces(response))
    assert len(sse.chunks(body)) == 62


@pytest.mark.parametrize("text, hint", [
    ("{ not json", "json"), ('{"modles": []}', "models"), ('{"listen": {"port": 99999999}}', "port")])
def test_a_wrong_file_keeps_the_old_configuration(start_gateway, text, hint):
    gateway = start_gateway()
    before = len(gateway.log())
    gateway.config_path.write_text(text)
    gateway.signal(signal.SIGHUP)
    wait_until(lambda: hint in gateway.log()[before:].lower(), what="the log says why")
    assert post(gateway.port, CHAT, chat_body("mock")).status == 200
    assert gateway.is_running()


def test_keys_change_by_reload(start_gateway, mock):
    gateway = start_gateway()
    assert get(gateway.port, "/v1/requests").status == 200
    rewrite(gateway, merged(base_config(mock.url), {"keys": [{"name": "a", "key": "sk-a-0123456789"}]}))
    gateway.signal(signal.SIGHUP)
    wait_until(lambda: get(gateway.port, "/v1/requests").status == 401)
    key = {"Authorization": "Bearer sk-a-0123456789"}
    wait_until(lambda: get(gateway.port, "/v1/requests", key).status == 200)
