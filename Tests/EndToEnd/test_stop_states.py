"""Stop in every state of a request, from another connection."""

import time

import pytest

from support import sse
from support.raw_http import RawClient, chat_body, responses_body
from support.requests_api import begin, stop, wait_until_listed, wait_until_not_listed

CHAT, RESPONSES = "/v1/chat/completions", "/v1/responses"
# Waits between attempts are long here, so that a request can be caught in one.
CONFIG = {"retry": {"initial": "5s", "max": "5s"}, "listen": {"loops": 2}}


def assert_closed_promptly(record, stopped_at):
    delay = (record.ended_ns - stopped_at) / 1e6
    print(f"upstream closed {delay:.1f} ms after the stop was sent")
    assert delay <= 250


def assert_ended_as_stopped(answer, run, target, stream):
    """A stream ends as its protocol wants; a blocking call has no answer to give."""
    assert answer.headers["x-request-id"] == run
    if not stream:
        assert answer.status == 499
        assert answer.error()["code"] == "request_stopped"
        assert answer.headers["x-should-retry"] == "false"
        return
    assert answer.status == 200 and answer.complete
    assert answer.headers["content-type"].startswith("text/event-stream")
    if target == CHAT:
        assert sse.finish_reasons(answer.body) == ["stop"]
        assert sse.payloads(answer.body)[-1] == "[DONE]"
    else:
        events = sse.chunks(answer.body)
        assert events[0]["type"] == "response.created"
        assert events[-1]["type"] == "response.incomplete"
        assert [event["sequence_number"] for event in events] == list(range(len(events)))


@pytest.mark.parametrize("stream", [True, False])
@pytest.mark.parametrize("target, make_body", [(CHAT, chat_body), (RESPONSES, responses_body)])
def test_before_the_first_byte(gateway, recorder, run, target, make_body, stream):
    with begin(gateway, target, make_body(f"mock,silent,run={run}", stream), run) as client:
        recorder.wait_for(run)
        stopped_at = time.monotonic_ns()
        assert stop(gateway, run).json()["status"] == "stopped"
        assert_ended_as_stopped(client.read_response("POST"), run, target, stream)
    assert_closed_promptly(recorder.wait_for_end(run, "peer_left"), stopped_at)


@pytest.mark.parametrize("target, make_body", [(CHAT, chat_body), (RESPONSES, responses_body)])
def test_between_the_upstreams_head_and_its_first_event(gateway, recorder, run, target, make_body):
    with begin(gateway, target, make_body(f"mock,silent-after=0,run={run}", True), run) as client:
        recorder.wait_for(run)
        stopped_at = time.monotonic_ns()
        assert stop(gateway, run).json()["status"] == "stopped"
        assert_ended_as_stopped(client.read_response("POST"), run, target, True)
    assert_closed_promptly(recorder.wait_for_end(run, "peer_left"), stopped_at)


@pytest.mark.parametrize("stream", [True, False])
def test_while_backing_off(gateway, recorder, run, stream):
    with begin(gateway, CHAT, chat_body(f"mock,fail=503,times=9,run={run}", stream), run) as client:
        recorder.wait_for_end(run, "finished")
        started = time.monotonic()
        assert stop(gateway, run).json()["status"] == "stopped"
        assert_ended_as_stopped(client.read_response("POST"), run, CHAT, stream)
    assert time.monotonic() - started < 2
    assert len(recorder.requests(run)) == 1


def test_in_a_silent_stream(gateway, recorder, run):
    with begin(gateway, CHAT, chat_body(f"mock,silent-after=2,run={run}", True), run) as client:
        head = client.read_head()
        pieces = client.body_pieces(head)
        body = next(pieces)
        while b"w0 " not in body:
            body += next(pieces)
        stopped_at = time.monotonic_ns()
        assert stop(gateway, run).json()["status"] == "stopped"
        body += b"".join(pieces)
    assert sse.finish_reasons(body) == ["stop"] and sse.payloads(body)[-1] == "[DONE]"
    assert_closed_promptly(recorder.wait_for_end(run, "peer_left"), stopped_at)


def test_in_the_middle_of_an_event(gateway, recorder, run):
    """The half event is not passed on; the stream stays readable."""
    with begin(gateway, CHAT, chat_body(f"mock,silent-after=3,half-event,run={run}", True), run) as client:
        head = client.read_head()
        pieces = client.body_pieces(head)
        body = next(pieces)
        while b"w1 " not in body:
            body += next(pieces)
        assert stop(gateway, run).json()["status"] == "stopped"
        body += b"".join(pieces)
    assert sse.text_of(body) == "w0 xxxxxxxx w1 xxxxxxxx "
    assert sse.finish_reasons(body) == ["stop"] and sse.payloads(body)[-1] == "[DONE]"
    assert recorder.wait_for_end(run, "peer_left")


def test_in_the_middle_of_tool_calls(gateway, run):
    with begin(gateway, CHAT, chat_body(f"mock,tools=3,silent-after=4,run={run}", True), run) as client:
        head = client.read_head()
        pieces = client.body_pieces(head)
        body = next(pieces)
        while b"City 0" not in body:
            body += next(pieces)
        assert stop(gateway, run).json()["status"] == "stopped"
        body += b"".join(pieces)
    assert head.complete and sse.payloads(body)[-1] == "[DONE]"
    assert len(sse.finish_reasons(body)) == 1


def test_a_responses_function_call_that_is_open(gateway, run):
    with begin(gateway, RESPONSES, responses_body(f"mock,tools=1,silent-after=5,run={run}", True), run) as client:
        head = client.read_head()
        pieces = client.body_pieces(head)
        body = next(pieces)
        while b"City 0" not in body:
            body += next(pieces)
        assert stop(gateway, run).json()["status"] == "stopped"
        body += b"".join(pieces)
    events = sse.chunks(body)
    assert events[-1]["type"] == "response.incomplete"
    assert "response.output_item.done" in [event["type"] for event in events]


@pytest.mark.parametrize("target, body", [
    ("/v1/files/file-mock,silent,run={run}/content", None), ("/v1/embeddings", {"input": "x"})])
def test_relayed_routes_can_be_stopped_too(gateway, recorder, run, target, body):
    with RawClient(gateway.port) as client:
        if body:
            client.post_json(target, {**body, "model": f"mock,silent,run={run}"}, {"X-Request-Id": run})
        else:
            client.request("GET", target.format(run=run), {"X-Request-Id": run})
        recorder.wait_for(run)
        assert stop(gateway, run).json()["status"] == "stopped"
        assert client.read_response().status == 499
    assert recorder.wait_for_end(run, "peer_left")


def test_many_at_once_over_all_loops(gateway, recorder, run):
    """Connections are spread over the loops; every stop finds its request wherever it lives."""
    names = [f"{run}.{index}" for index in range(24)]
    clients = [begin(gateway, CHAT, chat_body(f"mock,events=100000,pace=20ms,run={name}", True), name)
               for name in names]
    for name in names:
        wait_until_listed(gateway, name)
    for name in names:
        assert stop(gateway, name).json()["status"] == "stopped"
    for client in clients:
        answer = client.read_response("POST")
        assert answer.complete
        client.close()
    for name in names:
        wait_until_not_listed(gateway, name)
