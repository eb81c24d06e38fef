"""Comments on silent streams: between events only, early enough, and never in place of a time limit."""

import time

import openai
import pytest

from support import sse
from support.raw_http import RawClient, chat_body, post, responses_body

CHAT, RESPONSES = "/v1/chat/completions", "/v1/responses"
COMMENT = b": keep-alive\n\n"
CONFIG = {"keep_alive": "1s", "timeouts": {"idle": "2500ms"}}


def test_a_stream_that_falls_silent_gets_comments_between_events(gateway, run):
    with RawClient(gateway.port) as client:
        client.post_json(CHAT, chat_body(f"mock,silent-after=3,half-event,run={run}", True))
        client.take_until(b"w1 ")
        started = time.monotonic()
        rest = client.take_until(COMMENT)
        elapsed = time.monotonic() - started
    # The half event is held back: the comment stands between two whole ones.
    assert b"data:" not in rest
    assert 0.8 <= elapsed < 2


@pytest.mark.parametrize("scenario", ["slow-first=1500ms", "slow-head=1500ms"])
@pytest.mark.parametrize("target, make_body", [(CHAT, chat_body), (RESPONSES, responses_body)])
def test_a_slow_start_begins_with_a_comment_and_goes_on_as_usual(gateway, mock, scenario, target, make_body):
    model = f"mock,{scenario},events=3"
    answer = post(gateway.port, target, make_body(model, True))
    assert answer.status == 200 and answer.headers["content-type"].startswith("text/event-stream")
    assert answer.body.startswith(COMMENT)
    plain = post(mock.port, target, make_body(model, True)).body
    assert answer.body.replace(COMMENT, b"") == plain


def test_the_sdk_does_not_mind(client):
    chunks = list(client.chat.completions.create(model="mock,slow-first=1200ms,events=2", messages=[], stream=True))
    assert len(chunks) == 4


def test_a_failure_behind_a_comment_comes_inside_the_stream(client, gateway, recorder, run):
    model = f"mock,slow-head=1200ms,status=400,error-code=theirs,run={run}"
    with pytest.raises(openai.APIError) as caught:
        list(client.chat.completions.create(model=model, messages=[], stream=True))
    assert "the mock answers with 400" in caught.value.message
    assert caught.value.code == "theirs"
    assert len(recorder.requests(run)) == 1


def test_retries_go_on_behind_a_comment(gateway, recorder, run):
    """Nothing of an answer has been sent yet, so nothing can be sent twice."""
    answer = post(gateway.port, CHAT, chat_body(f"mock,slow-head=700ms,fail=503,times=2,run={run}", True))
    assert answer.status == 200 and answer.body.startswith(COMMENT)
    assert sse.finish_reasons(answer.body) == ["stop"]
    assert len(recorder.requests(run)) == 3


def test_comments_do_not_put_off_the_idle_limit(gateway, run):
    started = time.monotonic()
    answer = post(gateway.port, CHAT, chat_body(f"mock,silent-after=3,keepalive=300ms,run={run}", True))
    elapsed = time.monotonic() - started
    assert sse.chunks(answer.body)[-1]["error"]["code"] == "upstream_timeout"
    assert 2.4 <= elapsed < 4


def test_blocking_calls_get_none(gateway):
    answer = post(gateway.port, CHAT, chat_body("mock,slow-head=1300ms"))
    assert answer.body.startswith(b"{") and "content-length" in answer.headers


def test_busy_streams_get_none(gateway):
    answer = post(gateway.port, CHAT, chat_body("mock,events=15,pace=100ms", True))
    assert COMMENT not in answer.body


def test_off_means_none(start_gateway):
    gateway = start_gateway({"keep_alive": "off", "timeouts": {"idle": "1500ms"}})
    answer = post(gateway.port, CHAT, chat_body("mock,silent-after=3", True))
    assert COMMENT not in answer.body
