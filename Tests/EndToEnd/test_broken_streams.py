"""Streams that break after the first event: what arrived stays, then an error that both SDKs raise."""

import pytest

from support import sse
from support.raw_http import RawClient, chat_body, get, post, responses_body

CHAT, RESPONSES = "/v1/chat/completions", "/v1/responses"
BREAKS = [("reset", {"upstream_disconnected"}), ("close", {"upstream_disconnected", "upstream_truncated"})]


def assert_error_object(error, codes):
    assert set(error) >= {"message", "type", "param", "code"}
    assert error["code"] in codes
    assert error["type"] == "server_error"
    assert error["message"]


@pytest.mark.parametrize("kind, codes", BREAKS)
@pytest.mark.parametrize("half", ["", ",half-event"])
@pytest.mark.parametrize("events", [1, 3, 6])
def test_a_chat_stream_ends_with_an_error_event_and_done(gateway, mock, recorder, run, kind, codes, half, events):
    model = f"mock,{kind}-after={events}{half},run={run}"
    answer = post(gateway.port, CHAT, chat_body(model, True))
    assert answer.status == 200 and answer.complete
    chunks = sse.chunks(answer.body)
    # Whole events only: half an event would be unreadable.
    assert len(chunks) == events + 1
    assert_error_object(chunks[-1]["error"], codes)
    assert sse.payloads(answer.body)[-1] == "[DONE]"
    assert len(recorder.requests(run)) == 1


@pytest.mark.parametrize("kind, codes", BREAKS)
@pytest.mark.parametrize("half", ["", ",half-event"])
def test_a_responses_stream_ends_with_error_and_failed(gateway, run, kind, codes, half):
    answer = post(gateway.port, RESPONSES, responses_body(f"mock,{kind}-after=6{half},run={run}", True))
    assert answer.complete
    events = sse.chunks(answer.body)
    assert [event["sequence_number"] for event in events] == list(range(8))
    error, failed = events[-2:]
    assert error["type"] == "error"
    assert_error_object(error["error"], codes)
    assert error["code"] == error["error"]["code"] and error["message"] == error["error"]["message"]
    assert failed["type"] == "response.failed"
    assert failed["response"]["status"] == "failed"
    assert failed["response"]["id"] == events[0]["response"]["id"]
    assert failed["response"]["error"]["code"] == error["code"]
    blocks = sse.split_events(answer.body)
    assert blocks[-2].startswith(b"event: error\n") and blocks[-1].startswith(b"event: response.failed\n")


def test_a_clean_end_without_anything_terminal_is_an_error(gateway, run):
    answer = post(gateway.port, CHAT, chat_body(f"mock,cut-after=3,run={run}", True))
    assert_error_object(sse.chunks(answer.body)[-1]["error"], {"upstream_truncated"})
    answer = post(gateway.port, RESPONSES, responses_body(f"mock,cut-after=6,run={run}", True))
    assert sse.chunks(answer.body)[-1]["type"] == "response.failed"


@pytest.mark.parametrize("kind", ["reset", "close", "cut"])
def test_a_break_after_the_finish_chunk_is_a_success(gateway, mock, run, kind):
    """Six content chunks and the finish chunk came; only `[DONE]` is missing."""
    answer = post(gateway.port, CHAT, chat_body(f"mock,{kind}-after=7,run={run}", True))
    assert answer.complete
    assert sse.finish_reasons(answer.body) == ["stop"]
    assert b'"error"' not in answer.body


@pytest.mark.parametrize("kind", ["reset", "close"])
def test_a_break_after_done_is_a_success(gateway, run, kind):
    answer = post(gateway.port, CHAT, chat_body(f"mock,{kind}-after=8,run={run}", True))
    assert answer.complete and answer.body.endswith(b"data: [DONE]\n\n")
    assert b'"error"' not in answer.body


def test_a_break_in_a_stream_with_crlf_is_still_readable(gateway, run):
    answer = post(gateway.port, CHAT, chat_body(f"mock,crlf,reset-after=3,half-event,run={run}", True))
    assert "error" in sse.chunks(answer.body)[-1]


def test_nothing_is_asked_again_after_the_first_event(gateway, recorder, run):
    post(gateway.port, CHAT, chat_body(f"mock,reset-after=1,run={run}", True))
    assert len(recorder.requests(run)) == 1


def test_a_blocking_answer_that_breaks_off_never_looks_complete(gateway, run):
    with RawClient(gateway.port) as client:
        client.post_json(CHAT, chat_body(f"mock,short-body,run={run}"))
        response = client.read_head()
        if response.status == 200:
            # Already begun: a JSON body has no place for an error, so the connection is cut.
            with pytest.raises((ConnectionError, ConnectionResetError)):
                list(client.body_pieces(response))
        else:
            response.body = b"".join(client.body_pieces(response))
            assert response.status == 502
            assert response.error()["code"] in ("upstream_truncated", "upstream_disconnected")


def test_the_log_and_the_memory_say_how_it_ended(gateway, run):
    post(gateway.port, CHAT, chat_body(f"mock,reset-after=3,run={run}", True), {"X-Request-Id": run})
    assert "upstream_disconnected" in str(gateway.log_line_of(run))
    assert get(gateway.port, f"/v1/requests/{run}").status == 200
