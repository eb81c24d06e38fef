"""Blocking calls whose upstream is asked for a stream: the answer is the same, can be stopped, and stalls are noticed."""

import json
import time

import openai
import pytest

from support.polling import wait_until
from support.raw_http import chat_body, get, post, responses_body
from support.requests_api import begin, stop, wait_until_listed

CHAT, RESPONSES, COMPLETIONS = "/v1/chat/completions", "/v1/responses", "/v1/completions"
CONFIG = {
    "models": [
        {"name": "plain/*", "upstream": "mock", "model": "*"},
        {"name": "*", "upstream": "mock", "stream_upstream": True},
    ],
    "timeouts": {"idle": "700ms", "first_event": "5s", "total": "8s"},
}
ENDLESS = "mock,events=100000,pace=5ms"

SHAPES = ["events=5", "tools=2", "refusal", "reasoning,events=3", "unicode,crlf", "finish=length", "finish=content_filter",
          "comments,bom", "no-done", "split=3"]


def completions_body(model, stream=False, **members):
    return {"model": model, "prompt": "hello", "stream": stream, **members}


def without_identity(answer):
    """What an upstream says of itself differs from one answer to the next."""
    answer = dict(answer)
    for name in ("id", "created", "created_at", "completed_at", "model"):
        answer.pop(name, None)
    return answer


def asked(recorder, run):
    return [json.loads(request.body) for request in recorder.requests(run)]


@pytest.mark.parametrize("shape", SHAPES)
def test_a_chat_answer_is_the_one_that_the_upstream_gives_in_one_piece(gateway, mock, recorder, run, shape):
    model = f"mock,{shape},run={run}"
    answer = post(gateway.port, CHAT, chat_body(model))
    assert answer.status == 200 and answer.headers["content-type"] == "application/json"
    assert int(answer.headers["content-length"]) == len(answer.body)
    assert asked(recorder, run)[0]["stream"] is True
    assert asked(recorder, run)[0]["stream_options"] == {"include_usage": True}
    expected, got = without_identity(post(mock.port, CHAT, chat_body(model)).json()), without_identity(answer.json())
    for side in (expected, got):
        for choice in side["choices"]:
            # The mock's stream does not bring it.
            choice["message"].pop("annotations", None)
            # What is empty may be said or left out.
            choice["message"] = {name: value for name, value in choice["message"].items() if value is not None}
        side.pop("service_tier", None)
        side.pop("system_fingerprint", None)
    assert got == expected


def test_several_choices_are_kept_apart(gateway, client, run):
    answer = client.chat.completions.create(model=f"mock,choices=3,events=9,run={run}", messages=[], n=3)
    assert [choice.index for choice in answer.choices] == [0, 1, 2]
    assert all(choice.finish_reason == "stop" and choice.message.content for choice in answer.choices)
    assert len({choice.message.content for choice in answer.choices}) == 3


def test_the_sdk_gets_tool_calls_and_usage(client):
    answer = client.chat.completions.create(model="mock,tools=2", messages=[])
    calls = answer.choices[0].message.tool_calls
    assert [json.loads(call.function.arguments) for call in calls] == [{"city": "City 0"}, {"city": "City 1"}]
    assert answer.choices[0].finish_reason == "tool_calls" and answer.choices[0].message.content is None
    assert answer.usage.total_tokens == answer.usage.prompt_tokens + answer.usage.completion_tokens


@pytest.mark.parametrize("shape", ["events=4,reasoning", "tools=2", "refusal", "finish=length"])
def test_a_response_is_the_terminal_events(gateway, mock, recorder, run, shape):
    model = f"mock,{shape},run={run}"
    answer = post(gateway.port, RESPONSES, responses_body(model))
    assert answer.status == 200 and answer.headers["content-type"] == "application/json"
    request = asked(recorder, run)[0]
    assert request["stream"] is True and "stream_options" not in request
    expected = post(mock.port, RESPONSES, responses_body(model)).json()
    assert without_identity(answer.json())["output"] == expected["output"]
    assert answer.json()["status"] == expected["status"] and answer.json()["usage"] == expected["usage"]


def test_a_completion_keeps_its_shape(gateway, mock):
    model = "mock,events=4"
    got = post(gateway.port, COMPLETIONS, completions_body(model)).json()
    expected = post(mock.port, COMPLETIONS, completions_body(model)).json()
    assert got["object"] == "text_completion"
    assert [choice["text"] for choice in got["choices"]] == [choice["text"] for choice in expected["choices"]]
    assert got["choices"][0]["finish_reason"] == "stop"


def test_the_header_decides_for_one_request(gateway, recorder, run):
    off = post(gateway.port, CHAT, chat_body(f"mock,run={run}"), {"X-Sluice-Stream-Upstream": "false"})
    assert off.status == 200 and asked(recorder, run)[0]["stream"] is False
    on = post(gateway.port, CHAT, chat_body(f"plain/mock,run={run}on"), {"x-sluice-stream-upstream": "true"})
    assert on.status == 200 and asked(recorder, run + "on")[0]["stream"] is True
    assert "x-sluice-stream-upstream" not in recorder.requests(run + "on")[0].headers
    wrong = post(gateway.port, CHAT, chat_body(f"mock,run={run}"), {"x-sluice-stream-upstream": "perhaps"})
    assert wrong.status == 400 and wrong.error()["param"] == "x-sluice-stream-upstream"


def test_audio_and_background_are_asked_for_as_they_are(gateway, recorder, run):
    post(gateway.port, CHAT, chat_body(f"mock,run={run}", modalities=["audio"], audio={"voice": "x", "format": "wav"}))
    assert asked(recorder, run)[0]["stream"] is False
    post(gateway.port, RESPONSES, responses_body(f"mock,run={run}b", background=True))
    assert asked(recorder, run + "b")[0]["stream"] is False


def test_a_client_that_streams_gets_the_upstreams_bytes(gateway, mock):
    model = "mock,events=3"
    assert post(gateway.port, CHAT, chat_body(model, True)).body == post(mock.port, CHAT, chat_body(model, True)).body


# MARK: Stop


def test_a_stopped_chat_call_gets_the_text_so_far(gateway, recorder, run):
    with begin(gateway, CHAT, chat_body(f"{ENDLESS},run={run}"), run) as client:
        wait_until(lambda: wait_until_listed(gateway, run)["events"] > 20, what="twenty events")
        assert stop(gateway, run).json()["status"] == "stopped"
        answer = client.read_response("POST")
    assert answer.status == 200 and answer.complete
    choice = answer.json()["choices"][0]
    assert choice["message"]["content"].startswith("w0 ") and "w9 " in choice["message"]["content"]
    assert choice["finish_reason"] == "stop"
    assert recorder.wait_for_end(run, "peer_left")
    line = gateway.log_line_of(run)
    assert line["end"] == "stopped" and line["status"] == 200 and line["stream"] is False


def test_a_stopped_response_is_incomplete(gateway, run):
    with begin(gateway, RESPONSES, responses_body(f"{ENDLESS},run={run}"), run) as client:
        wait_until(lambda: wait_until_listed(gateway, run)["events"] > 20, what="twenty events")
        stop(gateway, run)
        answer = client.read_response("POST").json()
    assert answer["status"] == "incomplete" and answer["incomplete_details"] == {"reason": "stopped"}
    assert "w1 " in answer["output"][-1]["content"][0]["text"]
    assert answer["output"][-1]["status"] == "incomplete"


def test_a_call_stopped_before_its_first_event_has_nothing_to_give(gateway, run):
    with begin(gateway, CHAT, chat_body(f"mock,slow-head=5s,run={run}"), run) as client:
        wait_until_listed(gateway, run)
        stop(gateway, run)
        answer = client.read_response("POST")
    assert answer.status == 499 and answer.error()["code"] == "request_stopped"


def test_a_client_that_leaves_closes_the_upstream(gateway, recorder, run):
    with begin(gateway, CHAT, chat_body(f"{ENDLESS},run={run}"), run):
        recorder.wait_for_first_write(run)
    assert recorder.wait_for_end(run, "peer_left")
    assert gateway.log_line_of(run)["end"] == "client_left"


# MARK: Time and failures


def test_a_long_answer_outlives_the_total_limit(start_gateway, run):
    """The limit of a whole blocking call does not hold for one that is seen to go on."""
    gateway = start_gateway({**CONFIG, "timeouts": {"total": "1s", "first_event": "1s", "idle": "700ms"}})
    started = time.monotonic()
    answer = post(gateway.port, CHAT, chat_body(f"mock,events=8,pace=200ms,run={run}"))
    assert answer.status == 200 and answer.json()["choices"][0]["finish_reason"] == "stop"
    assert time.monotonic() - started > 1.5


def test_a_stall_is_a_timeout(gateway, run):
    started = time.monotonic()
    answer = post(gateway.port, CHAT, chat_body(f"mock,silent-after=3,run={run}"), {"X-Request-Id": run})
    assert answer.status == 504 and answer.error()["code"] == "upstream_timeout"
    assert time.monotonic() - started < 5
    assert gateway.log_line_of(run)["end"] == "deadline"


@pytest.mark.parametrize("how", ["reset-after=3", "close-after=3", "cut-after=3", "malformed-at=2",
                                 "error-in-band-at=3"])
def test_a_broken_stream_is_asked_for_again_and_then_an_error(gateway, recorder, run, how):
    answer = post(gateway.port, CHAT, chat_body(f"mock,{how},run={run}"))
    assert answer.status in (500, 502) and answer.error()["type"] == "server_error"
    assert len(recorder.requests(run)) == 3


@pytest.mark.parametrize("fail", ["429", "500", "reset", "first-event-error"])
def test_early_failures_are_asked_again(gateway, recorder, run, fail):
    answer = post(gateway.port, CHAT, chat_body(f"mock,fail={fail},times=2,run={run}"))
    assert answer.status == 200 and answer.json()["choices"][0]["message"]["content"].startswith("w0 ")
    assert len(recorder.requests(run)) == 3


def test_an_upstreams_refusal_is_relayed(gateway, client, run):
    with pytest.raises(openai.BadRequestError) as caught:
        client.chat.completions.create(model=f"mock,status=400,error-code=theirs,run={run}", messages=[])
    assert caught.value.code == "theirs"


def test_a_failed_response_is_an_error(gateway, run):
    answer = post(gateway.port, RESPONSES, responses_body(f"mock,failed,run={run}"))
    assert answer.status >= 500 and answer.error()["message"]


def test_the_books_know_tokens_and_the_answers_id(gateway, run):
    answer = post(gateway.port, CHAT, chat_body(f"mock,events=4,run={run}"), {"X-Request-Id": run})
    line = gateway.log_line_of(run)
    assert line["end"] == "completed" and line["output_tokens"] == answer.json()["usage"]["completion_tokens"]
    assert line["answer_id"] == answer.json()["id"] and line["events"] > 4
    assert get(gateway.port, f"/v1/requests/{answer.json()['id']}").status == 200
