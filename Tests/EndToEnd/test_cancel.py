"""Leaving: the upstream is closed as soon as the client has gone, whatever the request is waiting for."""

import asyncio
import time

import openai
import pytest

from support.raw_http import RawClient, chat_body, responses_body

MESSAGES = [{"role": "user", "content": "hello"}]
# The budget is 50 ms; a test machine may be busy.
LEAVING_MS = 250


def assert_left_promptly(record, left_at, what):
    delay = (record.ended_ns - left_at) / 1e6
    print(f"{what}: upstream closed {delay:.1f} ms after the client left")
    assert delay <= LEAVING_MS


@pytest.mark.parametrize("leave", ["close", "reset", "half_close"])
@pytest.mark.parametrize("scenario, stream, first_bytes, what", [
    ("silent", True, None, "before the first byte of a stream"),
    ("silent", False, None, "blocking"),
    ("events=100000,pace=5ms", True, b"w0 ", "streaming"),
    ("silent-after=2", True, b"w0 ", "a silent stream"),
    ("slow-head=30s", True, None, "before the response head"),
])
def test_the_upstream_is_closed_when_the_client_leaves(gateway, recorder, run, scenario, stream, first_bytes, what,
                                                       leave):
    with RawClient(gateway.port) as client:
        client.post_json("/v1/chat/completions", chat_body(f"mock,{scenario},run={run}", stream))
        recorder.wait_for(run)
        if first_bytes:
            client.take_until(first_bytes)
        left_at = time.monotonic_ns()
        getattr(client, leave)()
        record = recorder.wait_for_end(run, "peer_left")
    assert_left_promptly(record, left_at, f"{what}, {leave}")


@pytest.mark.parametrize("target, body", [
    ("/v1/responses", responses_body), ("/v1/completions", lambda model, stream: {"model": model, "prompt": "p",
                                                                                  "stream": stream})])
def test_other_endpoints_too(gateway, recorder, run, target, body):
    with RawClient(gateway.port) as client:
        client.post_json(target, body(f"mock,events=100000,pace=5ms,run={run}", True))
        client.take_until(b"w0 ")
        left_at = client.close()
    assert_left_promptly(recorder.wait_for_end(run, "peer_left"), left_at, target)


def test_a_client_that_leaves_while_backing_off_is_not_tried_for_again(start_gateway, recorder, run):
    gateway = start_gateway({"retry": {"initial": "2s", "max": "2s"}})
    with RawClient(gateway.port) as client:
        client.post_json("/v1/chat/completions", chat_body(f"mock,fail=503,times=9,run={run}"),
                         {"X-Request-Id": run})
        recorder.wait_for_end(run, "finished")
    # The request is over long before the wait of 1.5 s or more would be.
    gateway.log_line_of(run, timeout=1.0)
    assert len(recorder.requests(run)) == 1


def test_breaking_out_of_a_sync_stream(client, recorder, run):
    with client.chat.completions.create(model=f"mock,events=100000,pace=5ms,run={run}", messages=MESSAGES,
                                        stream=True) as stream:
        for index, _ in enumerate(stream):
            if index == 5:
                break
        left_at = time.monotonic_ns()
    assert_left_promptly(recorder.wait_for_end(run, "peer_left"), left_at, "SDK, sync stream")


def test_leaving_the_stream_helper(client, recorder, run):
    with client.responses.stream(model=f"mock,events=100000,pace=5ms,run={run}", input="hello") as stream:
        for event in stream:
            if event.type == "response.output_text.delta":
                break
        left_at = time.monotonic_ns()
    assert_left_promptly(recorder.wait_for_end(run, "peer_left"), left_at, "SDK, responses helper")


async def test_cancelling_an_async_stream(async_client, recorder, run):
    got_one = asyncio.Event()

    async def consume():
        async with await async_client.chat.completions.create(model=f"mock,events=100000,pace=5ms,run={run}",
                                                              messages=MESSAGES, stream=True) as stream:
            async for _ in stream:
                got_one.set()

    task = asyncio.create_task(consume())
    await asyncio.wait_for(got_one.wait(), 10)
    task.cancel()
    left_at = time.monotonic_ns()
    with pytest.raises(asyncio.CancelledError):
        await task
    record = await asyncio.to_thread(recorder.wait_for_end, run, "peer_left")
    assert_left_promptly(record, left_at, "SDK, async stream")


async def test_cancelling_an_async_blocking_call(async_client, recorder, run):
    task = asyncio.create_task(async_client.chat.completions.create(model=f"mock,silent,run={run}",
                                                                    messages=MESSAGES))
    await asyncio.to_thread(recorder.wait_for, run)
    task.cancel()
    left_at = time.monotonic_ns()
    with pytest.raises(asyncio.CancelledError):
        await task
    record = await asyncio.to_thread(recorder.wait_for_end, run, "peer_left")
    assert_left_promptly(record, left_at, "SDK, async blocking call")


def test_a_timeout_of_the_sdk_cancels(gateway, recorder, run):
    with openai.OpenAI(base_url=gateway.url + "/v1", api_key="k", max_retries=0, timeout=0.3) as sdk:
        with pytest.raises(openai.APITimeoutError):
            sdk.chat.completions.create(model=f"mock,silent,run={run}", messages=MESSAGES)
        left_at = time.monotonic_ns()
    assert_left_promptly(recorder.wait_for_end(run, "peer_left"), left_at, "SDK, timeout")


def test_one_client_that_leaves_disturbs_no_other(gateway, recorder, run):
    with RawClient(gateway.port) as stays, RawClient(gateway.port) as leaves:
        stays.post_json("/v1/chat/completions", chat_body("mock,events=40,pace=10ms", True))
        leaves.post_json("/v1/chat/completions", chat_body(f"mock,events=1000,pace=5ms,run={run}", True))
        leaves.take_until(b"w2 ")
        leaves.reset()
        answer = stays.read_response("POST")
    assert answer.complete and answer.body.endswith(b"data: [DONE]\n\n")
    assert recorder.wait_for_end(run, "peer_left")
