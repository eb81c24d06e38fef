"""White space in front of a blocking answer that is long in coming."""

import json
import time

import openai
import pytest

from support.polling import wait_until
from support.raw_http import RawClient, chat_body, post, responses_body
from support.requests_api import begin, stop, wait_until_listed

CHAT, RESPONSES = "/v1/chat/completions", "/v1/responses"
CONFIG = {
    "models": [
        {"name": "put-together/*", "upstream": "mock", "model": "*", "blocking_keep_alive": "1s", "stream_upstream": True},
        {"name": "*", "upstream": "mock", "blocking_keep_alive": "1s"},
    ],
}


@pytest.mark.parametrize("target, make_body", [(CHAT, chat_body), (RESPONSES, responses_body)])
def test_white_space_comes_once_a_second_and_the_answer_behind_it(gateway, target, make_body, run):
    with RawClient(gateway.port) as client:
        started = time.monotonic()
        client.post_json(target, make_body(f"mock,slow-head=2500ms,run={run}"))
        head = client.read_head()
        assert 0.8 < time.monotonic() - started < 1.9
        assert head.status == 200 and head.headers["content-type"] == "application/json"
        assert head.headers["transfer-encoding"] == "chunked" and head.headers["x-request-id"]
        body = b"".join(client.body_pieces(head))
    assert head.complete
    assert body.startswith(b"  {") and json.loads(body)["model"]


def test_the_sdk_does_not_mind(client):
    answer = client.chat.completions.create(model="mock,slow-head=1500ms,events=2", messages=[])
    assert answer.choices[0].message.content.startswith("w0 ")


def test_a_quick_answer_is_as_ever(gateway, mock):
    answer, plain = (post(process.port, CHAT, chat_body("mock")) for process in (gateway, mock))
    assert answer.body == plain.body and "content-length" in answer.headers


def test_an_answer_that_is_put_together_is_kept_alive_too(gateway, run):
    answer = post(gateway.port, CHAT, chat_body(f"put-together/mock,events=8,pace=250ms,run={run}"))
    assert answer.body.startswith(b" ") and answer.json()["choices"][0]["finish_reason"] == "stop"


def test_a_late_error_is_marked_in_the_body(gateway, run):
    answer = post(gateway.port, CHAT, chat_body(f"mock,slow-head=1300ms,status=400,error-code=theirs,run={run}"),
                  {"X-Request-Id": run})
    assert answer.status == 200 and answer.complete
    error = answer.error()
    assert error["late"] is True and error["status"] == 400 and error["code"] == "theirs"
    assert gateway.log_line_of(run)["end"] == "upstream_error"


def test_retries_go_on_behind_white_space(gateway, recorder, run):
    answer = post(gateway.port, CHAT, chat_body(f"mock,slow-head=1200ms,fail=503,run={run}"))
    assert answer.status == 200 and answer.json()["choices"]
    assert len(recorder.requests(run)) == 2


def test_an_upstream_that_breaks_off_is_a_late_error(gateway, run):
    answer = post(gateway.port, CHAT, chat_body(f"mock,slow-head=1100ms,short-body,run={run}"), {"X-Request-Id": run})
    assert answer.complete
    assert answer.error()["late"] is True and answer.error()["status"] == 502
    assert gateway.log_line_of(run)["end"] == "upstream_failed"


def test_the_sdk_can_see_a_late_error(client, run):
    answer = client.chat.completions.create(model=f"mock,slow-head=1200ms,status=400,run={run}", messages=[])
    assert answer.choices is None and answer.model_extra["error"]["late"] is True


def test_the_deadline_is_a_late_error(start_gateway, run):
    gateway = start_gateway({**CONFIG, "timeouts": {"total": "1500ms"}})
    answer = post(gateway.port, CHAT, chat_body(f"mock,slow-head=9s,run={run}"))
    assert answer.error()["code"] == "deadline_exceeded" and answer.error()["status"] == 504


def test_a_stop_is_a_late_error_or_the_text_so_far(gateway, run):
    with begin(gateway, CHAT, chat_body(f"mock,slow-head=9s,run={run}"), run) as client:
        head = client.read_head()
        stop(gateway, run)
        error = json.loads(b"".join(client.body_pieces(head)))["error"]
    assert head.complete and error["code"] == "request_stopped" and error["status"] == 499
    model = f"put-together/mock,events=1000,pace=100ms,run={run}p"
    with begin(gateway, CHAT, chat_body(model), run + "p") as client:
        head = client.read_head()
        wait_until(lambda: wait_until_listed(gateway, run + "p")["events"] > 3, what="events")
        stop(gateway, run + "p")
        body = b"".join(client.body_pieces(head))
    assert head.complete and json.loads(body)["choices"][0]["message"]["content"].startswith("w0 ")


def test_a_client_that_leaves_behind_white_space_closes_the_upstream(gateway, recorder, run):
    with begin(gateway, CHAT, chat_body(f"mock,slow-head=9s,run={run}"), run) as client:
        client.read_head()
    assert recorder.wait_for_end(run, "peer_left")


def test_a_stream_gets_no_white_space(gateway, mock):
    model = "mock,slow-first=1300ms,events=2"
    assert post(gateway.port, CHAT, chat_body(model, True)).body == post(mock.port, CHAT, chat_body(model, True)).body


def test_a_binary_answer_is_not_touched(gateway):
    answer = post(gateway.port, "/v1/audio/speech", {"model": "mock,slow-head=1300ms,bytes=64", "input": "x", "voice": "v"})
    assert answer.status == 200 and len(answer.body) == 64


def test_the_sdk_raises_as_ever_on_an_early_error(client, run):
    with pytest.raises(openai.BadRequestError):
        client.chat.completions.create(model=f"mock,status=400,run={run}", messages=[])
