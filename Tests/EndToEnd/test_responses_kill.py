"""A gateway that is killed: what it said is stored is there, whole, and nothing is in progress for ever."""

import asyncio
import signal

import openai
import pytest

from support.polling import wait_until
from support.published_schema import check_response
from support.raw_http import get, post
from support.two_apis import RESPONSES, TRANSLATED, configuration

STREAMS = 200
TIMEOUT = 60


class Answers:
    """What clients have been told by the moment of the kill."""

    def __init__(self):
        self.created = set()
        # By id: the text of the answer as it was streamed, and the final object.
        self.completed = {}


async def listen(client, answers, model):
    """One stream after the other until the gateway is gone."""
    number = 0
    while True:
        number += 1
        text, response_id = "", None
        try:
            async for event in await client.responses.create(model=model, input=f"count {number}", stream=True):
                if event.type == "response.created":
                    response_id = event.response.id
                    answers.created.add(response_id)
                elif event.type == "response.output_text.delta":
                    text += event.delta
                elif event.type == "response.completed":
                    answers.completed[response_id] = (text, event.response.to_dict())
        except (openai.APIError, OSError):
            return
        except Exception as error:  # noqa: BLE001 (a connection cut inside a chunk is told by the transport's own type)
            if "httpx" in type(error).__module__ or "httpcore" in type(error).__module__:
                return
            raise


@pytest.mark.timeout(180)
async def test_what_was_completed_is_readable_and_whole(start_gateway, mock, tmp_path, run):
    config = configuration(mock.url, tmp_path / "state.db")
    gateway = start_gateway(config)
    answers = Answers()
    model = f"{TRANSLATED},events=20,pace=20ms,run={run}"
    async with openai.AsyncOpenAI(base_url=gateway.url + "/v1", api_key="sk-client", max_retries=0,
                                  timeout=TIMEOUT) as client:
        listeners = [asyncio.create_task(listen(client, answers, model)) for _ in range(STREAMS)]
        while len(answers.completed) < STREAMS:
            await asyncio.sleep(0.01)
        gateway.signal(signal.SIGKILL)
        await asyncio.gather(*listeners)
    gateway.wait()
    assert len(answers.created) > len(answers.completed), "nothing was running when it was killed"

    after = start_gateway(config)
    for response_id, (text, final) in answers.completed.items():
        kept = get(after.port, f"{RESPONSES}/{response_id}")
        assert kept.status == 200, (response_id, kept)
        assert kept.json() == final
        assert final["output"][0]["content"][0]["text"] == text and len(text.split()) == 40
        check_response(kept.json())
    for response_id in answers.created - answers.completed.keys():
        kept = get(after.port, f"{RESPONSES}/{response_id}")
        assert kept.status in (200, 404), (response_id, kept)
        if kept.status == 200:
            # One whose end was stored but not told, or one that says that it failed.
            assert kept.json()["status"] in ("completed", "failed"), kept.json()
            assert kept.json()["status"] == "completed" or kept.json()["error"]["message"]
    some = next(iter(answers.completed))
    recalled = post(after.port, RESPONSES, {"model": TRANSLATED, "input": "recall", "previous_response_id": some})
    assert answers.completed[some][0] in recalled.json()["output"][0]["content"][0]["text"]


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
