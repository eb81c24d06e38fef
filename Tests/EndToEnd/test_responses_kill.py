"""A gateway that is killed: what it said is stored is there, whole, and nothing is in progress for ever."""

import asyncio
import signal

import httpx
import pytest

from support import sse
from support.polling import SANITIZED, wait_until
from support.published_schema import check_response
from support.raw_http import get, post
from support.two_apis import RESPONSES, TRANSLATED, configuration

STREAMS = 40 if SANITIZED else 200
TIMEOUT = 60


class Answers:
    """What clients had been told by the moment of the kill."""

    def __init__(self):
        # The bytes of every stream, as far as they came.
        self.streams = []

    def count(self, kind):
        return sum(b"event: response.%b\n" % kind in body for body in self.streams)

    def events(self):
        """The whole events of each stream."""
        for body in self.streams:
            yield sse.chunks(body[:body.rfind(b"\n\n") + 2])

    @property
    def created(self):
        return {events[0]["response"]["id"] for events in self.events() if events}

    @property
    def completed(self):
        """By id: the text as it was streamed, and the final object."""
        return {events[-1]["response"]["id"]: (text_of(events), events[-1]["response"]) for events in self.events()
                if events and events[-1]["type"] == "response.completed"}


def text_of(events):
    return "".join(event["delta"] for event in events if event["type"] == "response.output_text.delta")


async def listen(client, answers, url, model):
    """One stream after the other until the gateway is gone."""
    while True:
        position = len(answers.streams)
        answers.streams.append(bytearray())
        try:
            body = {"model": model, "input": "count", "stream": True}
            async with client.stream("POST", url + RESPONSES, json=body) as answer:
                async for piece in answer.aiter_bytes():
                    answers.streams[position] += piece
        except httpx.TransportError:
            return


async def listen_and_kill(gateway, run):
    """Streams of every length, so that they are in every phase when the gateway is killed."""
    answers = Answers()
    limits = httpx.Limits(max_connections=STREAMS)
    async with httpx.AsyncClient(timeout=TIMEOUT, limits=limits, trust_env=False) as client:
        listeners = [
            asyncio.create_task(listen(client, answers, gateway.url,
                                       f"{TRANSLATED},events={number % 50},pace=20ms,run={run}"))
            for number in range(STREAMS)]
        while not STREAMS <= answers.count(b"completed") <= answers.count(b"created") - STREAMS // 4:
            await asyncio.sleep(0.05)
        gateway.signal(signal.SIGKILL)
        await asyncio.gather(*listeners)
    gateway.wait()
    return answers


@pytest.mark.timeout(180)
async def test_what_was_completed_is_readable_and_whole(start_gateway, mock, tmp_path, run):
    config = configuration(mock.url, tmp_path / "state.db")
    gateway = start_gateway(config)
    everything = {}
    for _ in range(2):
        answers = await listen_and_kill(gateway, run)
        everything.update(answers.completed)
        assert len(answers.created) > len(answers.completed), "nothing was running when it was killed"
        gateway = start_gateway(config)
        for response_id in answers.created - answers.completed.keys():
            check_unfinished(get(gateway.port, f"{RESPONSES}/{response_id}"))
    for response_id, (text, final) in everything.items():
        kept = get(gateway.port, f"{RESPONSES}/{response_id}")
        assert kept.status == 200, (response_id, kept)
        assert kept.json() == final
        assert "".join(part["text"] for item in final["output"] for part in item["content"]) == text
        check_response(kept.json())
    some, (text, _) = max(everything.items(), key=lambda item: len(item[1][0]))
    recalled = post(gateway.port, RESPONSES, {"model": TRANSLATED, "input": "recall", "previous_response_id": some})
    assert text in recalled.json()["output"][0]["content"][0]["text"]


def check_unfinished(kept):
    """Of a stream whose end was not told: nothing, an end that was stored all the same, or a failure with a reason."""
    assert kept.status in (200, 404), kept
    if kept.status == 200:
        assert kept.json()["status"] in ("completed", "failed"), kept.json()
        assert kept.json()["status"] == "completed" or kept.json()["error"]["message"]


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM], ids=["kill", "term"])
def test_background_work_that_ran_has_failed_with_a_reason(start_gateway, mock, recorder, tmp_path, run, number):
    config = configuration(mock.url, tmp_path / "state.db", drain="200ms")
    gateway = start_gateway(config)
    done = post(gateway.port, RESPONSES, {"model": TRANSLATED, "input": "hello", "background": True}).json()["id"]
    wait_until(lambda: get(gateway.port, f"{RESPONSES}/{done}").json()["status"] == "completed")
    body = {"model": f"{TRANSLATED},gate,run={run}", "input": "hello", "background": True}
    running = post(gateway.port, RESPONSES, body).json()["id"]
    recorder.wait_for_first_write(run)
    gateway.signal(number)
    gateway.wait()
    after = start_gateway(config)
    answer = get(after.port, f"{RESPONSES}/{running}").json()
    assert answer["status"] == "failed", answer
    assert answer["error"]["code"] and answer["error"]["message"]
    check_response(answer)
    assert get(after.port, f"{RESPONSES}/{done}").json()["status"] == "completed"
