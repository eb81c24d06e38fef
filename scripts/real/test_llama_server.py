"""The gateway in front of a server that nobody here wrote: what comes through equals what the server says itself."""

import json
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import openai
import pytest

from conftest import QUIET, SLOTS, Server, wait_until

CHAT = "/v1/chat/completions"
RESPONSES = "/v1/responses"
PROMPTS = ["Hello", "Tell me a story about a boat.", "Ελλάδα 🙂 日本語", "a\nb\t\"c\" \\ {d}"]
STREAMS_AT_ONCE = 24
# Seconds from a stop, or from a client's leaving, until the gateway has closed its connection to the server.
CLOSED_LIMIT = 0.05
# Seconds until the server's slot is free again: while it streams, and in a blocking call.
FREED_LIMIT = 1.0
FREED_LIMIT_BLOCKING = 5.0

Json = dict[str, Any]


def request(path: str, prompt: str = "Hello", tokens: int | None = 48, **more: Any) -> Json:
    """A request body for either API. No limit on tokens means an endless answer."""
    body: Json = {"model": "tiny", "temperature": 0, "seed": 7, **more}
    if path == CHAT:
        body["messages"] = [{"role": "user", "content": prompt}]
    else:
        body["input"] = prompt
    if tokens is not None:
        body["max_tokens" if path == CHAT else "max_output_tokens"] = tokens
    # A remembered prompt is computed in other portions, which can tip the balance between two words. The server's own
    # field, unknown to OpenAI, turns that off; so it has to reach the server.
    body["cache_prompt"] = False
    return body


def events(stream: httpx.Response) -> list[str]:
    """The payloads of an event stream, in order."""
    return [line.removeprefix("data: ") for line in stream.iter_lines() if line.startswith("data: ")]


def streamed(server: Server, path: str, body: Json) -> list[str]:
    with server.client.stream("POST", path, json={**body, "stream": True}) as stream:
        assert stream.status_code == 200, stream.read()
        assert stream.headers["content-type"].startswith("text/event-stream")
        return events(stream)


def steady(value: Any) -> Any:
    """The same JSON without what differs between two runs: ids, times and speeds; their names stay."""
    if isinstance(value, list):
        return [steady(item) for item in value]
    if not isinstance(value, dict):
        return value
    changing = {"id", "item_id", "created", "created_at", "completed_at", "timings"}
    return {key: "…" if key in changing else steady(item) for key, item in value.items()}


def words(payloads: list[str], path: str) -> str:
    """The text that a stream carried."""
    chunks = [json.loads(payload) for payload in payloads if payload != "[DONE]"]
    if path == CHAT:
        return "".join(choice["delta"].get("content") or "" for chunk in chunks for choice in chunk["choices"])
    return "".join(chunk["delta"] for chunk in chunks if chunk["type"] == "response.output_text.delta")


@pytest.mark.parametrize("path", [CHAT, RESPONSES])
@pytest.mark.parametrize("prompt", PROMPTS)
def test_blocking_answers_equal(llama: Server, sluice: Server, path: str, prompt: str) -> None:
    body = request(path, prompt)
    direct, through = llama.client.post(path, json=body), sluice.client.post(path, json=body)
    assert (through.status_code, steady(through.json())) == (200, steady(direct.json()))


@pytest.mark.parametrize("path", [CHAT, RESPONSES])
@pytest.mark.parametrize("prompt", PROMPTS)
def test_streams_equal_event_by_event(llama: Server, sluice: Server, path: str, prompt: str) -> None:
    body = request(path, prompt)
    if path == CHAT:
        body |= {"timings_per_token": True, "stream_options": {"include_usage": True}}
    direct, through = streamed(llama, path, body), streamed(sluice, path, body)
    assert len(words(direct, path).split()) > 20
    assert words(through, path) == words(direct, path)

    def decoded(payloads: list[str]) -> list[Any]:
        return [payload if payload == "[DONE]" else steady(json.loads(payload)) for payload in payloads]

    assert decoded(through) == decoded(direct)


def test_fields_that_openai_does_not_know_survive_both_ways(sluice: Server) -> None:
    body = request(CHAT, tokens=8, timings_per_token=True)
    assert "prompt_ms" in sluice.client.post(CHAT, json=body).json()["timings"]
    chunks = [json.loads(payload) for payload in streamed(sluice, CHAT, body) if payload != "[DONE]"]
    spoken = [chunk for chunk in chunks if chunk["choices"] and chunk["choices"][0]["delta"].get("content")]
    assert len(spoken) == 8
    assert [chunk["timings"]["predicted_n"] for chunk in spoken] == list(range(1, 9))


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        (CHAT, {"model": "tiny", "messages": 5}, 400),
        (CHAT, {"model": "tiny", "stream": True, "messages": [{"role": "user", "content": "word " * 4000}]}, 400),
        ("/v1/no/such/route", {"model": "tiny"}, 404),
        ("/v1/embeddings", {"model": "tiny", "input": "Hello"}, 501),
    ],
)
def test_errors_with_number_codes_pass_unchanged(
    llama: Server, sluice: Server, path: str, body: Json, status: int
) -> None:
    direct, through = llama.client.post(path, json=body), sluice.client.post(path, json=body)
    assert (direct.status_code, direct.json()["error"]["code"]) == (status, status)
    assert (through.status_code, through.content) == (direct.status_code, direct.content)


def test_models_of_the_server_are_listed(sluice: Server) -> None:
    assert "tiny" in [model["id"] for model in sluice.client.get("/v1/models").json()["data"]]


def sdk(server: Server) -> openai.OpenAI:
    return openai.OpenAI(base_url=f"{server.url}/v1", api_key="unused", max_retries=0)


def test_the_openai_sdk_gets_the_same_words_on_every_way(llama: Server, sluice: Server) -> None:
    direct, through = sdk(llama), sdk(sluice)
    chat: Json = {"model": "tiny", "temperature": 0, "max_tokens": 32, "extra_body": {"cache_prompt": False}}
    chat["messages"] = [{"role": "user", "content": "Hello"}]
    expected = direct.chat.completions.create(**chat).choices[0].message.content
    assert expected
    assert through.chat.completions.create(**chat).choices[0].message.content == expected
    chunks = list(through.chat.completions.create(**chat, stream=True))
    assert "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices) == expected
    assert chunks[-1].choices[0].finish_reason == "length"

    answer: Json = {"model": "tiny", "temperature": 0, "max_output_tokens": 32, "extra_body": {"cache_prompt": False}}
    answer["input"] = "Hello"
    assert through.responses.create(**answer).output_text == expected
    deltas = [event for event in through.responses.create(**answer, stream=True)]
    assert deltas[-1].type == "response.completed"
    assert "".join(event.delta for event in deltas if event.type == "response.output_text.delta") == expected


def test_the_openai_sdk_raises_the_right_error(sluice: Server) -> None:
    with pytest.raises(openai.BadRequestError, match="context size"):
        sdk(sluice).chat.completions.create(model="tiny", messages=[{"role": "user", "content": "word " * 4000}])


Count = Callable[[], int]


def freed(what: str, busy_slots: Count, upstream_connections: Count, blocking: bool = False) -> None:
    """Sees the gateway let go of the server, and the server of the slot; prints how long both took."""
    closed = wait_until(lambda: upstream_connections() == 0, "the upstream connection is closed", CLOSED_LIMIT, 0.001)
    limit, pause = (FREED_LIMIT_BLOCKING, QUIET) if blocking else (FREED_LIMIT, 0.005)
    took = closed + wait_until(lambda: busy_slots() == 0, "the slot is free", limit, pause)
    print(f"{what}: upstream closed after {closed * 1000:.0f} ms, slot seen free after {took * 1000:.0f} ms")


@pytest.mark.parametrize("named_by", ["request id", "upstream id"])
@pytest.mark.parametrize("path", [CHAT, RESPONSES])
def test_stopping_a_stream_frees_its_slot(
    sluice: Server, busy_slots: Count, upstream_connections: Count, path: str, named_by: str
) -> None:
    body = request(path, tokens=None, stream=True)
    with sluice.client.stream("POST", path, json=body) as stream:
        lines = (line.removeprefix("data: ") for line in stream.iter_lines() if line.startswith("data: "))
        seen = [json.loads(next(lines)) for _ in range(12)]
        assert (busy_slots(), upstream_connections()) == (1, 1)
        upstream_id = seen[0]["id"] if path == CHAT else seen[0]["response"]["id"]
        name = stream.headers["x-request-id"] if named_by == "request id" else upstream_id
        stop = sluice.client.post(f"/v1/requests/{name}/stop")
        assert (stop.status_code, stop.json()["status"]) == (200, "stopped")
        freed("stop", busy_slots, upstream_connections)
        rest = list(lines)
    if path == CHAT:
        assert rest[-1] == "[DONE]"
        assert json.loads(rest[-2])["choices"][0]["finish_reason"] == "stop"
    else:
        last = json.loads(next(line for line in reversed(rest) if line != "[DONE]"))
        assert (last["type"], last["response"]["id"]) == ("response.incomplete", upstream_id)


def test_stopping_a_blocking_call_frees_its_slot(
    sluice: Server, busy_slots: Count, upstream_connections: Count
) -> None:
    with ThreadPoolExecutor(1) as pool:
        call = pool.submit(
            sluice.client.post, CHAT, json=request(CHAT, tokens=None), headers={"x-request-id": "blocking-1"}
        )
        wait_until(lambda: busy_slots() == 1, "the call runs", 5)
        assert sluice.client.delete("/v1/requests/blocking-1").json()["status"] == "stopped"
        freed("stop", busy_slots, upstream_connections, blocking=True)
        answer = call.result(timeout=5)
    assert answer.json()["error"]["code"] == "request_stopped"


@pytest.mark.parametrize("path", [CHAT, RESPONSES])
def test_leaving_a_stream_frees_its_slot(
    sluice: Server, busy_slots: Count, upstream_connections: Count, path: str
) -> None:
    with sluice.client.stream("POST", path, json=request(path, tokens=None, stream=True)) as stream:
        lines = stream.iter_lines()
        for _ in range(12):
            next(lines)
        assert (busy_slots(), upstream_connections()) == (1, 1)
    freed("leaving", busy_slots, upstream_connections)


@pytest.mark.parametrize("path", [CHAT, RESPONSES])
def test_leaving_a_blocking_call_frees_its_slot(
    sluice: Server, busy_slots: Count, upstream_connections: Count, path: str
) -> None:
    with ThreadPoolExecutor(1) as pool:
        call = pool.submit(httpx.post, f"{sluice.url}{path}", json=request(path, tokens=None), timeout=1.5)
        wait_until(lambda: busy_slots() == 1 and upstream_connections() == 1, "the call runs", 1)
        with pytest.raises(httpx.ReadTimeout):
            call.result()
    freed("leaving", busy_slots, upstream_connections, blocking=True)


def test_many_streams_at_once_end_well(sluice: Server, busy_slots: Count) -> None:
    body = request(CHAT, tokens=200, stream_options={"include_usage": True})
    started = time.monotonic()
    with ThreadPoolExecutor(STREAMS_AT_ONCE) as pool:
        streams = list(pool.map(lambda _: streamed(sluice, CHAT, body), range(STREAMS_AT_ONCE)))
    print(f"{STREAMS_AT_ONCE} streams over {SLOTS} slots: {time.monotonic() - started:.1f} s")
    for payloads in streams:
        assert payloads[-1] == "[DONE]"
        chunks = [json.loads(payload) for payload in payloads[:-1]]
        assert len({chunk["id"] for chunk in chunks}) == 1
        assert [chunk["choices"][0]["finish_reason"] for chunk in chunks if chunk["choices"]][-1] == "length"
        assert chunks[-1]["usage"]["completion_tokens"] == 200
        assert len(words(payloads, CHAT).split()) == 200
    assert len({json.loads(payloads[0])["id"] for payloads in streams}) == STREAMS_AT_ONCE


def test_many_stops_at_once_free_all_slots(sluice: Server, busy_slots: Count) -> None:
    """More endless streams than slots: the ones that wait in the server's own queue can be stopped as well."""
    names = [f"many-{number}" for number in range(STREAMS_AT_ONCE)]
    give_up = time.monotonic() + 30

    def stream(name: str) -> str:
        body, headers = request(CHAT, tokens=None, stream=True), {"x-request-id": name}
        text = ""
        with sluice.client.stream("POST", CHAT, json=body, headers=headers) as answer:
            for part in answer.iter_text():
                text += part
                # Nothing else would ever end an endless stream that ignores its stop.
                if time.monotonic() > give_up:
                    break
        return text

    with ThreadPoolExecutor(STREAMS_AT_ONCE) as pool:
        calls = [pool.submit(stream, name) for name in names]

        def all_running() -> bool:
            running = {item["id"] for item in sluice.client.get("/v1/requests").json()["data"]}
            return running >= set(names) and busy_slots() == SLOTS

        wait_until(all_running, "all are running", 10)
        for name in names:
            assert sluice.client.post(f"/v1/requests/{name}/stop").json()["status"] == "stopped"
        took = wait_until(lambda: busy_slots() == 0, "all slots are free", FREED_LIMIT)
        ended = [call.result(timeout=5) for call in calls]
    print(f"{STREAMS_AT_ONCE} stops to all slots free: {took * 1000:.0f} ms")
    # Those that had begun end as streams do; those still waiting never became one.
    for text in ended:
        assert text.endswith("data: [DONE]\n\n") or json.loads(text)["error"]["code"] == "request_stopped"
