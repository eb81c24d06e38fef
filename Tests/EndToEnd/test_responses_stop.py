"""Ending a response that runs in the foreground: by request id, by its own id, by `cancel`; one truthful end."""

import openai
import pytest

from support.live_stream import Live
from support.raw_http import RawClient, bearer, get
from support.recorder import unique
from support.requests_api import stop, wait_until_listed
from support.two_apis import (
    ALICE, BOB, GET_WEATHER, RESPONSES, TRANSLATED, cancel, read_events, stream, with_keys)

CONFIG = with_keys


def endless(run, question="count"):
    return {"model": f"{TRANSLATED},events=100,gate,run={run}", "input": question, "stream": True,
            "tools": [GET_WEATHER]}


# A question, how many chunks behind the first are let through, and the event that must have come by then.
PLACES = {
    "before anything": ("count", 0, "response.in_progress"),
    "in the text": ("count", 3, "response.output_text.delta"),
    "in the reasoning": ("think", 1, "response.reasoning_summary_text.delta"),
    "in a call": ("weather", 2, "response.function_call_arguments.delta"),
    "in the second call": ("weather", 6, "response.function_call_arguments.done"),
    "in a refusal": ("refuse", 1, "response.refusal.delta"),
}


@pytest.mark.parametrize("way", ["request id", "response id", "cancel"])
@pytest.mark.parametrize("place", PLACES)
def test_one_truthful_end(gateway, recorder, run, way, place):
    question, count, kind = PLACES[place]
    with Live(gateway, endless(run, question), {"X-Request-Id": run, **bearer(ALICE)}) as live:
        response_id = live.next("response.created")["response"]["id"]
        if count:
            recorder.let_through(run, count)
        live.next(kind)
        if way == "cancel":
            answer = cancel(gateway, response_id, ALICE)
            assert answer.status == 200, answer
            assert answer.json()["id"] == response_id
            assert answer.json()["status"] in ("incomplete", "cancelled")
        else:
            answer = stop(gateway, run if way == "request id" else response_id, headers=bearer(ALICE))
            assert answer.status == 200 and answer.json()["status"] == "stopped", answer
        events, final = read_events(live.rest())
    assert events[-1]["type"] == "response.incomplete"
    assert final["incomplete_details"]["reason"]
    assert recorder.wait_for_end(run, "peer_left")
    # Nothing that was not sent is in the object, and nothing that was is missing.
    deltas = "".join(event["delta"] for event in events if event["type"] == kind and "delta" in event)
    assert deltas in str(final["output"]).replace("\\'", "'")
    kept = get(gateway.port, f"{RESPONSES}/{response_id}", bearer(ALICE))
    assert kept.status == 200, kept
    assert kept.json()["output"] == final["output"]
    assert kept.json()["status"] in ("incomplete", "cancelled")
    recorder.let_through(run, 100)
    assert stop(gateway, run, headers=bearer(ALICE)).json()["status"] == "already_finished"


def test_the_sdk_sees_the_end(gateway, recorder, run):
    with openai.OpenAI(base_url=gateway.url + "/v1", api_key=ALICE, max_retries=0, timeout=20) as client:
        seen = []
        for event in client.responses.create(**endless(run)):
            seen.append(event.type)
            if event.type == "response.created":
                response_id = event.response.id
                recorder.let_through(run, 3)
            if seen.count("response.output_text.delta") == 3 and event.type == "response.output_text.delta":
                assert client.responses.cancel(response_id).id == response_id
        assert seen[-1] == "response.incomplete"


@pytest.mark.parametrize("way", ["request id", "response id", "cancel"])
def test_nobody_else_ends_it(gateway, recorder, run, way):
    with Live(gateway, endless(run), {"X-Request-Id": run, **bearer(ALICE)}) as live:
        response_id = live.next("response.created")["response"]["id"]
        recorder.let_through(run, 2)
        live.next("response.output_text.delta")
        if way == "cancel":
            assert cancel(gateway, response_id, BOB).status == 404
        else:
            answer = stop(gateway, run if way == "request id" else response_id, headers=bearer(BOB))
            assert answer.status == 404
        recorder.let_through(run, 1)
        assert live.next("response.output_text.delta")
        assert live.next("response.output_text.delta")
        assert stop(gateway, run, headers=bearer(ALICE)).status == 200
        live.rest()


def test_a_stopped_response_can_be_continued(gateway, recorder, run):
    with Live(gateway, endless(run), {"X-Request-Id": run, **bearer(ALICE)}) as live:
        recorder.let_through(run, 2)
        live.next("response.output_text.delta")
        live.next("response.output_text.delta")
        assert stop(gateway, run, headers=bearer(ALICE)).status == 200
        _, final = read_events(live.rest())
    body = {"model": TRANSLATED, "input": "recall", "previous_response_id": final["id"]}
    _, recalled = stream(gateway.port, body, bearer(ALICE))
    assert recalled["output"][0]["content"][0]["text"] == (
        "user: count | assistant: w0 xxxxxxxx w1 xxxxxxxx  | user: recall")


def test_a_blocking_call_is_stopped(gateway, recorder):
    run = unique()
    body = {"model": f"{TRANSLATED},slow-head=30s,run={run}", "input": "hello"}
    with RawClient(gateway.port) as client:
        client.post_json(RESPONSES, body, {"X-Request-Id": run, **bearer(ALICE)})
        recorder.wait_for(run)
        wait_until_listed(gateway, run, bearer(ALICE))
        assert stop(gateway, run, headers=bearer(ALICE)).json()["status"] == "stopped"
        answer = client.read_response("POST")
    assert recorder.wait_for_end(run, "peer_left")
    assert (answer.status, answer.error()["code"]) == (499, "request_stopped")
