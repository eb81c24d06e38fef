"""Streams of the responses API that break half-way and are joined to another one: the client reads one response."""

import openai
import pytest

from support import sse
from support.raw_http import post, responses_body

RESPONSES = "/v1/responses"
COUNT = {"tools=2": 15, "reasoning,events=3": 18, "refusal,events=3": 11}


@pytest.fixture
def joined(start_gateway, run):
    """A gateway whose model `m` breaks at its first target and is asked for at the second."""
    def start(first, second, **options):
        targets = [{"upstream": "mock", "model": f"mock,{script},run={run}{number}", "priority": number}
                   for number, script in enumerate([first, second])]
        return start_gateway({"models": [{"name": "m", "targets": targets, "recovery": "resume", **options}]})
    return start


def cuts():
    return [(script, cut) for script, count in COUNT.items() for cut in range(1, count, 2)]


@pytest.mark.parametrize("script, cut", cuts())
def test_the_sdk_reads_one_response(joined, run, script, cut):
    gateway = joined(f"{script},reset-after={cut}", script)
    with openai.OpenAI(base_url=gateway.url + "/v1", api_key="k", max_retries=0) as sdk:
        with sdk.responses.stream(model="m", input="hi", extra_headers={"X-Request-Id": run}) as stream:
            events = list(stream)
            response = stream.get_final_response()
        plain = sdk.responses.create(model="m", input="hi")
    assert [event.sequence_number for event in events] == list(range(len(events)))
    assert {event.response.id for event in events if hasattr(event, "response")} == {response.id}
    ids = {event.output_index: event.item.id for event in events if event.type == "response.output_item.added"}
    assert [item.id for item in response.output] == [ids[index] for index in sorted(ids)]
    assert all(event.item_id == ids[event.output_index] for event in events if hasattr(event, "item_id"))
    assert said(response) == said(plain)
    line = gateway.log_line_of(run)
    assert line["end"] == "completed" and line["attempts"] == 2 and line["resumed"] == 1


def said(response):
    """What a response says, without names."""
    return response.output_text, [(item.type, getattr(item, "arguments", None)) for item in response.output]


def test_another_text_is_never_joined(joined, recorder, run):
    gateway = joined("events=5,reset-after=6", "text=quite%20another")
    events = sse.chunks(post(gateway.port, RESPONSES, responses_body("m", True), {"X-Request-Id": run}).body)
    assert [event["type"] for event in events[-2:]] == ["error", "response.failed"]
    assert events[-1]["response"]["error"]["code"] == "upstream_disconnected"
    assert [event["sequence_number"] for event in events] == list(range(len(events)))
    line = gateway.log_line_of(run)
    assert line["end"] == "upstream_failed" and line["attempts"] == 2
    assert len(recorder.requests(run + "1")) == 1


def test_without_the_option_nothing_is_asked_again(joined, recorder, run):
    gateway = joined("events=5,reset-after=6", "events=5", recovery="off")
    events = sse.chunks(post(gateway.port, RESPONSES, responses_body("m", True)).body)
    assert events[-1]["type"] == "response.failed"
    assert recorder.requests(run + "1") == []
