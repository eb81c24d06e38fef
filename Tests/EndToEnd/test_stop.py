"""Stop by id: which ids, which methods, what the stream ends with, and what a second stop answers."""

import json

import pytest

from support import sse
from support.raw_http import chat_body, exchange, responses_body
from support.requests_api import begin, stop, wait_until_not_listed

CHAT, RESPONSES = "/v1/chat/completions", "/v1/responses"
ENDLESS = "mock,events=100000,pace=5ms"


def assert_stopped(answer, request_id):
    assert answer.status == 200, answer
    assert answer.json() == {"id": request_id, "object": "request.stop", "status": "stopped"}


@pytest.mark.parametrize("method", ["POST", "DELETE"])
def test_a_chat_stream_ends_with_finish_and_done(gateway, recorder, run, method):
    with begin(gateway, CHAT, chat_body(f"{ENDLESS},run={run}", True), run) as client:
        head = client.read_head()
        pieces = client.body_pieces(head)
        body = next(pieces)
        while b"w2 " not in body:
            body += next(pieces)
        assert_stopped(stop(gateway, run, method), run)
        body += b"".join(pieces)
    assert head.complete
    assert sse.payloads(body)[-1] == "[DONE]"
    assert sse.finish_reasons(body) == ["stop"]
    assert len({chunk["id"] for chunk in sse.chunks(body)}) == 1
    assert recorder.wait_for_end(run, "peer_left")


def test_every_open_choice_is_finished(gateway, run):
    body = chat_body(f"{ENDLESS},choices=3,run={run}", True, n=3, stream_options={"include_usage": True})
    with begin(gateway, CHAT, body, run) as client:
        head = client.read_head()
        pieces = client.body_pieces(head)
        received = b""
        while b"w5 " not in received:
            received += next(pieces)
        assert_stopped(stop(gateway, run), run)
        received += b"".join(pieces)
    chunks = sse.chunks(received)
    finished = [choice["index"] for chunk in chunks for choice in chunk["choices"] if choice["finish_reason"]]
    assert sorted(finished) == [0, 1, 2]
    # The upstream told no usage before it was stopped: unknown is left out, never invented.
    assert all(chunk["usage"] is None for chunk in chunks)
    assert sse.payloads(received)[-1] == "[DONE]"


@pytest.mark.parametrize("reasoning", ["", ",reasoning"])
def test_a_responses_stream_ends_with_incomplete(gateway, recorder, run, reasoning):
    with begin(gateway, RESPONSES, responses_body(f"{ENDLESS}{reasoning},run={run}", True), run) as client:
        head = client.read_head()
        pieces = client.body_pieces(head)
        received = b""
        while b"w2 " not in received:
            received += next(pieces)
        assert_stopped(stop(gateway, run), run)
        received += b"".join(pieces)
    assert head.complete
    events = sse.chunks(received)
    assert [event["sequence_number"] for event in events] == list(range(len(events)))
    types = [event["type"] for event in events]
    assert types[-4:] == ["response.output_text.done", "response.content_part.done", "response.output_item.done",
                          "response.incomplete"]
    response = events[-1]["response"]
    assert response["status"] == "incomplete"
    assert response["id"] == events[0]["response"]["id"]
    deltas = "".join(event["delta"] for event in events if event["type"] == "response.output_text.delta")
    assert events[-4]["text"] == deltas
    assert response["output"][-1]["content"][0]["text"] == deltas
    assert recorder.wait_for_end(run, "peer_left")


def test_by_the_id_of_the_chunks(gateway, recorder, run):
    with begin(gateway, CHAT, chat_body(f"{ENDLESS},run={run}", True)) as client:
        head = client.read_head()
        pieces = client.body_pieces(head)
        chunk_id = sse.chunks(next(pieces))[0]["id"]
        assert chunk_id.startswith("chatcmpl-")
        answer = stop(gateway, chunk_id)
        rest = b"".join(pieces)
    assert answer.status == 200 and answer.json()["status"] == "stopped"
    assert rest.endswith(b"data: [DONE]\n\n")
    assert recorder.wait_for_end(run, "peer_left")


def test_by_the_id_of_the_response(gateway, recorder, run):
    with begin(gateway, RESPONSES, responses_body(f"{ENDLESS},run={run}", True)) as client:
        head = client.read_head()
        pieces = client.body_pieces(head)
        response_id = sse.chunks(next(pieces))[0]["response"]["id"]
        assert response_id.startswith("resp_")
        answer = stop(gateway, response_id, "DELETE")
        b"".join(pieces)
    assert answer.status == 200 and answer.json()["status"] == "stopped"
    assert recorder.wait_for_end(run, "peer_left")


def test_by_the_generated_request_id(gateway, run):
    with begin(gateway, CHAT, chat_body(f"{ENDLESS},run={run}", True)) as client:
        head = client.read_head()
        request_id = head.headers["x-request-id"]
        assert request_id.startswith("req_")
        assert_stopped(stop(gateway, request_id), request_id)
        assert b"".join(client.body_pieces(head)).endswith(b"data: [DONE]\n\n")


def test_a_second_stop_says_already_finished(gateway, run):
    with begin(gateway, CHAT, chat_body(f"{ENDLESS},run={run}", True), run) as client:
        client.take_until(b"w0 ")
        assert_stopped(stop(gateway, run), run)
        wait_until_not_listed(gateway, run)
        for method in ("POST", "DELETE"):
            again = stop(gateway, run, method)
            assert again.status == 200
            assert again.json() == {"id": run, "object": "request.stop", "status": "already_finished"}


def test_a_finished_request_says_already_finished(gateway, run):
    with begin(gateway, CHAT, chat_body(f"mock,run={run}"), run) as client:
        assert client.read_response("POST").status == 200
    wait_until_not_listed(gateway, run)
    assert stop(gateway, run).json()["status"] == "already_finished"


@pytest.mark.parametrize("method", ["POST", "DELETE"])
def test_an_unknown_id_is_404(gateway, method):
    answer = stop(gateway, "req_nobody_knows", method)
    assert answer.status == 404
    assert answer.error()["code"] == "request_not_found"


@pytest.mark.parametrize("method", ["GET", "PUT", "PATCH"])
def test_other_methods_are_405(gateway, method):
    answer = exchange(gateway.port, method, "/v1/requests/x/stop")
    assert answer.status == 405
    assert answer.error()["code"] == "method_not_allowed"
    assert "POST" in answer.headers["allow"]


def test_the_sdk_sees_a_normal_end(client, gateway, recorder, run):
    stream = client.chat.completions.create(model=f"{ENDLESS},run={run}", stream=True,
                                            messages=[{"role": "user", "content": "x"}],
                                            extra_headers={"X-Request-Id": run})
    reasons = []
    for index, chunk in enumerate(stream):
        if index == 3:
            assert_stopped(stop(gateway, run), run)
        reasons += [choice.finish_reason for choice in chunk.choices if choice.finish_reason]
    assert reasons == ["stop"]


def test_the_log_line_says_stopped(gateway, run):
    with begin(gateway, CHAT, chat_body(f"{ENDLESS},run={run}", True), run) as client:
        client.take_until(b"w0 ")
        stop(gateway, run)
    assert "stopped" in json.dumps(gateway.log_line_of(run))
