"""Time limits: first event, idle, overall deadline."""

import socket
import time

import pytest

from support import sse
from support.raw_http import chat_body, post, responses_body

CHAT, RESPONSES = "/v1/chat/completions", "/v1/responses"
CONFIG = {"timeouts": {"first_event": "300ms", "idle": "400ms", "total": "5s"}}


@pytest.mark.parametrize("scenario", ["silent", "silent-after=0", "silent-after=0,keepalive=50ms"])
def test_a_silent_stream_times_out_and_is_not_asked_again(gateway, recorder, run, scenario):
    started = time.monotonic()
    answer = post(gateway.port, CHAT, chat_body(f"mock,{scenario},run={run}", True))
    elapsed = time.monotonic() - started
    assert answer.status == 504
    assert answer.error()["code"] == "upstream_timeout"
    assert answer.headers["x-should-retry"] == "false"
    assert 0.28 <= elapsed < 1.5
    assert recorder.wait_for_end(run, "peer_left")
    assert len(recorder.requests(run)) == 1


def test_a_blocking_call_may_think_longer_than_a_stream(gateway, recorder, run):
    """Its head comes with the whole answer, so only the overall limit counts."""
    assert post(gateway.port, CHAT, chat_body(f"mock,slow-head=900ms,run={run}")).status == 200
    assert len(recorder.requests(run)) == 1


def test_a_failure_and_then_a_slow_answer_is_fine(gateway, recorder, run):
    """The first-event limit counts per attempt."""
    answer = post(gateway.port, CHAT, chat_body(f"mock,fail=503,times=2,slow-head=200ms,run={run}", True))
    assert answer.status == 200
    assert len(recorder.requests(run)) == 3


@pytest.mark.parametrize("comments", ["", ",keepalive=100ms"])
def test_a_chat_stream_that_falls_silent_ends_with_an_error_event(gateway, recorder, run, comments):
    answer = post(gateway.port, CHAT, chat_body(f"mock,silent-after=3{comments},run={run}", True))
    assert answer.status == 200 and answer.complete
    assert sse.payloads(answer.body)[-1] == "[DONE]"
    error = sse.chunks(answer.body)[-1]["error"]
    assert error["code"] == "upstream_timeout"
    assert recorder.wait_for_end(run, "peer_left")


def test_a_responses_stream_that_falls_silent_fails(gateway, recorder, run):
    answer = post(gateway.port, RESPONSES, responses_body(f"mock,silent-after=6,run={run}", True))
    events = sse.chunks(answer.body)
    assert [event["type"] for event in events[-2:]] == ["error", "response.failed"]
    assert events[-2]["code"] == "upstream_timeout"


def test_a_steady_stream_may_last_longer_than_every_limit(gateway):
    answer = post(gateway.port, CHAT, chat_body("mock,events=60,pace=100ms", True))
    assert answer.complete and b"error" not in answer.body
    assert len(sse.chunks(answer.body)) == 62


def test_the_deadline_covers_all_attempts_and_waits(start_gateway, recorder, run):
    gateway = start_gateway({"timeouts": {"total": "700ms"}, "retry": {"initial": "400ms", "max": "400ms",
                                                                      "attempts": 10, "jitter": 0}})
    started = time.monotonic()
    answer = post(gateway.port, CHAT, chat_body(f"mock,fail=503,times=99,error-code=theirs,run={run}"))
    elapsed = time.monotonic() - started
    # While backing off the last upstream error stands; a wait past the deadline is not begun.
    assert answer.status in (503, 504)
    assert elapsed < 1.5
    assert len(recorder.requests(run)) == 2


def test_the_deadline_during_an_attempt_is_a_504(start_gateway, recorder, run):
    gateway = start_gateway({"timeouts": {"total": "400ms"}})
    started = time.monotonic()
    answer = post(gateway.port, CHAT, chat_body(f"mock,silent,run={run}"))
    assert answer.status == 504
    assert answer.error()["code"] == "deadline_exceeded"
    assert 0.35 <= time.monotonic() - started < 1.5
    assert recorder.wait_for_end(run, "peer_left")


def test_limits_of_a_model_override_the_general_ones(start_gateway, recorder, run):
    model = f"mock,silent,run={run}"
    gateway = start_gateway({"timeouts": {"first_event": "60s"}, "models": [
        {"name": model, "upstream": "mock", "timeouts": {"first_event": "200ms"}}]})
    answer = post(gateway.port, CHAT, chat_body(model, True))
    assert answer.status == 504 and answer.error()["code"] == "upstream_timeout"


def test_an_upstream_that_takes_no_connection_times_out(start_gateway):
    # A listener that accepts nothing and whose backlog is full.
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    listener.listen(0)
    fillers = []
    for _ in range(3):
        filler = socket.socket()
        filler.setblocking(False)
        filler.connect_ex(listener.getsockname())
        fillers.append(filler)
    url = f"http://127.0.0.1:{listener.getsockname()[1]}/v1"
    gateway = start_gateway({"upstreams": [{"name": "full", "base_url": url, "key": "k"}],
                             "models": [{"name": "*", "upstream": "full"}],
                             "timeouts": {"connect": "200ms"}})
    answer = post(gateway.port, CHAT, chat_body("mock"))
    assert answer.status in (502, 504)
    assert answer.error()["code"] in ("upstream_unreachable", "upstream_timeout")
    for filler in fillers + [listener]:
        filler.close()
