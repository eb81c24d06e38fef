"""A slow client pauses the upstream, and memory stays bounded."""

import time

import pytest

from support import sse
from support.polling import wait_until
from support.raw_http import RawClient, chat_body
from support.requests_api import stop

CHAT = "/v1/chat/completions"


def settled(read, quiet=0.4, timeout=20.0):
    """The value of `read` once it has not changed for `quiet` seconds."""
    state = {"value": read(), "since": time.monotonic()}

    def is_quiet():
        value = read()
        if value != state["value"]:
            state.update(value=value, since=time.monotonic())
        return time.monotonic() - state["since"] >= quiet
    wait_until(is_quiet, timeout, interval=0.05, what="a value that no longer changes")
    return state["value"]


@pytest.mark.alone
def test_a_client_that_does_not_read_stops_the_upstream(gateway, recorder, run):
    """200 MB wait at the mock; the gateway holds a few hundred KiB of them."""
    model = f"mock,events=2000,size=100000,run={run}"
    with RawClient(gateway.port, receive_buffer=65536) as client:
        before = gateway.resident_kib()
        client.post_json(CHAT, chat_body(model, True))
        recorder.wait_for_first_write(run)
        written = settled(lambda: recorder.requests(run)[0].bytes_written)
        growth = gateway.resident_kib() - before
        print(f"upstream paused after {written / 1e6:.1f} MB, gateway grew by {growth} KiB")
        assert written < 40_000_000  # socket buffers of three sockets, ours and the mock's queue
        assert growth < 16 * 1024


@pytest.mark.alone
def test_a_slow_client_still_gets_everything_in_order(gateway, run):
    model = f"mock,events=600,size=20000,run={run}"
    with RawClient(gateway.port, receive_buffer=65536, timeout=30) as client:
        client.post_json(CHAT, chat_body(model, True))
        head = client.read_head()
        body = b""
        for index, piece in enumerate(client.body_pieces(head)):
            body += piece
            if index < 20:
                time.sleep(0.02)  # slower than the upstream for a while
        assert head.complete
    words = [chunk["choices"][0]["delta"].get("content", "").split(" ")[0] for chunk in sse.chunks(body)]
    assert [word for word in words if word] == [f"w{index}" for index in range(600)]


def test_a_slow_client_that_leaves_is_noticed_while_paused(gateway, recorder, run):
    with RawClient(gateway.port, receive_buffer=65536) as client:
        client.post_json(CHAT, chat_body(f"mock,events=2000,size=100000,run={run}", True))
        recorder.wait_for_first_write(run)
        settled(lambda: recorder.requests(run)[0].bytes_written)
        left_at = client.reset()
    record = recorder.wait_for_end(run, "peer_left")
    assert (record.ended_ns - left_at) / 1e6 < 500


def test_a_stop_works_while_paused(gateway, recorder, run):
    with RawClient(gateway.port, receive_buffer=65536) as client:
        client.post_json(CHAT, chat_body(f"mock,events=2000,size=100000,run={run}", True), {"X-Request-Id": run})
        recorder.wait_for_first_write(run)
        settled(lambda: recorder.requests(run)[0].bytes_written)
        assert stop(gateway, run).json()["status"] == "stopped"
        assert recorder.wait_for_end(run, "peer_left")
        answer = client.read_response("POST")
    assert answer.complete and answer.body.endswith(b"data: [DONE]\n\n")


@pytest.mark.alone
def test_one_slow_client_does_not_hold_up_others(start_gateway, recorder, run):
    gateway = start_gateway({"listen": {"loops": 1}})
    with RawClient(gateway.port, receive_buffer=65536) as slow, RawClient(gateway.port) as quick:
        slow.post_json(CHAT, chat_body(f"mock,events=2000,size=100000,run={run}", True))
        recorder.wait_for_first_write(run)
        settled(lambda: recorder.requests(run)[0].bytes_written)
        started = time.monotonic()
        quick.post_json(CHAT, chat_body("mock,events=10", True))
        assert quick.read_response("POST").complete
        assert time.monotonic() - started < 1


def test_memory_returns_after_many_large_bodies(gateway):
    for _ in range(3):
        with RawClient(gateway.port) as client:
            client.post_json(CHAT, b'{"model":"mock","pad":"' + b"p" * 8_000_000 + b'"}')
            assert client.read_response("POST").status == 200
    assert gateway.resident_kib() < 250 * 1024
