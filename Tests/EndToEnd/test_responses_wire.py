"""The bytes of a translated stream: order, framing, promptness, and what becomes of upstreams that fail inside it."""

import openai
import pytest

from support.live_stream import Live
from support.published_schema import check
from support.raw_http import post
from support.two_apis import CHAT, GET_WEATHER, RESPONSES, TRANSLATED, configuration, event_kinds, read_events, stream

CONFIG = configuration


def asked(model, question="count", **members):
    return {"model": model, "input": question, "stream": True, **members}


def test_every_delta_arrives_before_the_upstream_goes_on(gateway, recorder, run):
    with Live(gateway, asked(f"{TRANSLATED},events=6,gate,run={run}")) as live:
        # The first chunk has no content, and there are no others yet.
        assert live.next()["type"] == "response.created"
        assert live.next()["type"] == "response.in_progress"
        for number in range(6):
            recorder.let_through(run)
            assert live.next("response.output_text.delta")["delta"] == f"w{number} xxxxxxxx "
        recorder.let_through(run, 3)
        events, final = read_events(live.rest())
    assert final["status"] == "completed"
    assert len(events) == 2 + 2 + 6 + 3 + 1


# What has to arrive for every chunk that the upstream is let send, before it may send the next.
CALL = ["response.output_item.added"] + ["response.function_call_arguments.delta"] * 3
BROUGHT = {
    "think": ["response.reasoning_summary_text.delta"] * 2 + ["response.output_text.delta"] * 2,
    "refuse": ["response.refusal.delta"] * 2,
    "weather please": ["response.output_text.delta"] + CALL * 2,
}


@pytest.mark.parametrize("question", BROUGHT)
def test_so_does_everything_else(gateway, recorder, run, question):
    with Live(gateway, asked(f"{TRANSLATED},gate,run={run}", question, tools=[GET_WEATHER])) as live:
        for kind in BROUGHT[question]:
            recorder.let_through(run)
            live.next(kind)
        recorder.let_through(run, 3)
        _, final = read_events(live.rest())
    assert final["status"] == "completed"


def test_the_head_of_a_translated_stream(gateway, run):
    answer = post(gateway.port, RESPONSES, asked(f"{TRANSLATED},run={run}", "hello"), {"X-Request-Id": run})
    assert answer.headers["content-type"].startswith("text/event-stream")
    assert answer.headers["cache-control"] in ("no-cache", "no-store")
    assert answer.headers["x-request-id"] == run
    assert answer.headers["x-sluice-upstream"] == "chat"
    assert "content-length" not in answer.headers
    assert b"[DONE]" not in answer.body and b"\nid:" not in answer.body


@pytest.mark.parametrize("framing", ["comments", "crlf", "cr", "no-space", "split=1", "split=7", "usage", "gzip",
                                     "no-done", "bom"])
def test_however_the_upstream_frames_its_chunks(gateway, framing):
    plain, _ = stream(gateway.port, asked(TRANSLATED, "hello"))
    framed, final = stream(gateway.port, asked(f"{TRANSLATED},{framing}", "hello"))
    assert event_kinds(framed) == event_kinds(plain)
    assert final["output"][0]["content"][0]["text"] == "You said: hello"
    assert final["usage"]["output_tokens"] > 0


def test_usage_is_asked_for(gateway, recorder, run):
    _, final = stream(gateway.port, asked(f"{TRANSLATED},run={run}", "hello"))
    sent = recorder.requests(run)[0].body_json()
    assert sent["stream"] is True and sent["stream_options"]["include_usage"] is True
    assert final["usage"]["total_tokens"] == final["usage"]["input_tokens"] + final["usage"]["output_tokens"]
    check("CreateChatCompletionRequest", sent)


# Where the stream breaks: behind the role, inside of the text, inside of a call.
BREAKS = ["reset-after=3", "close-after=3", "cut-after=3", "error-in-band-at=3", "malformed-at=3",
          "error-in-band-at=3,error-form=string", "error-in-band-at=3,error-form=chunk", "no-finish,no-done",
          "cut-after=1"]


@pytest.mark.parametrize("question", ["count", "weather", "weather please", "think of the weather"])
@pytest.mark.parametrize("fault", BREAKS)
def test_a_broken_stream_ends_with_an_error_and_failed(gateway, fault, question):
    body = asked(f"{TRANSLATED},{fault}", question, tools=[GET_WEATHER])
    events, final = stream(gateway.port, body)
    assert [event["type"] for event in events[-2:]] == ["error", "response.failed"]
    error = events[-2]["error"]
    assert (error["code"], error["message"]) == (events[-2]["code"], events[-2]["message"])
    assert error["message"] and error["code"] and error["type"]
    assert final["status"] == "failed" and final["error"]["message"] and final["error"]["code"]
    assert all(item["status"] in ("completed", "incomplete") for item in final["output"])


@pytest.mark.parametrize("fault", ["reset-after=3", "error-in-band-at=3"])
def test_the_sdk_raises_for_a_broken_stream(client, fault):
    with pytest.raises(openai.APIError) as raised:
        list(client.responses.create(model=f"{TRANSLATED},{fault}", input="count", stream=True))
    assert raised.value.message and raised.value.code


@pytest.mark.parametrize("fault, status, streamed", [
    *[(fault, status, streamed) for streamed in (False, True) for fault, status in [
        ("status=400", 400), ("status=429", 429), ("status=500", 500), ("fail=reset,times=99", 502), ("quota", 429)]],
    # A blocking answer has no events.
    ("first-event-error", None, True)])
def test_what_fails_before_the_stream_is_a_status(gateway, fault, status, streamed):
    answer = post(gateway.port, RESPONSES, {**asked(f"{TRANSLATED},{fault}", "hello"), "stream": streamed})
    assert answer.status == status if status else answer.status >= 400
    assert answer.headers["content-type"].startswith("application/json")
    assert answer.error()["message"]


def test_a_failed_response_is_stored_as_failed(gateway, client):
    events, final = stream(gateway.port, asked(f"{TRANSLATED},reset-after=4"))
    kept = client.responses.retrieve(final["id"])
    assert kept.status == "failed" and kept.error.message
    with pytest.raises(openai.BadRequestError):
        client.responses.create(model=TRANSLATED, input="go on", previous_response_id=final["id"])


def test_a_client_that_leaves_ends_the_upstream(gateway, recorder, run):
    with Live(gateway, asked(f"{TRANSLATED},events=100,gate,run={run}")) as live:
        recorder.let_through(run, 5)
        live.next("response.output_text.delta")
    assert recorder.wait_for_end(run, "peer_left")


def test_long_answers_are_whole(gateway):
    events, final = stream(gateway.port, asked(f"{TRANSLATED},events=3000"))
    text = final["output"][0]["content"][0]["text"]
    assert text == "".join(event["delta"] for event in events if event["type"] == "response.output_text.delta")
    assert text.split()[::2] == [f"w{number}" for number in range(3000)]


def test_chat_is_still_chat(gateway):
    answer = post(gateway.port, CHAT, {"model": TRANSLATED, "messages": [{"role": "user", "content": "hello"}]})
    assert answer.json()["choices"][0]["message"]["content"] == "You said: hello"
