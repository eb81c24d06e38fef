"""Chat completions from an upstream that has only responses, held against those of one that has both."""

import json

import openai
import pytest
from openai.types.chat import ChatCompletion, ChatCompletionChunk
from pydantic import BaseModel, TypeAdapter

from support import sse
from support.live_stream import Live
from support.published_schema import check, check_chunk, check_completion
from support.raw_http import post
from support.two_apis import CHAT, NATIVE, PIXEL, RESPONSES_ONLY, configuration

CONFIG = configuration
CHUNK = TypeAdapter(ChatCompletionChunk)
GET_WEATHER = {"type": "function", "function": {"name": "get_weather", "parameters": {
    "type": "object", "properties": {"city": {"type": "string"}}}}}
SQL = {"type": "custom", "custom": {"name": "sql", "description": "Runs a query"}}


def user(text):
    return {"role": "user", "content": text}


HISTORY = [
    {"role": "developer", "content": "Be brief"}, user("hello"),
    {"role": "assistant", "content": "Let me look.", "tool_calls": [
        {"id": f"call_{name}", "type": "function", "function": {"name": "get_weather", "arguments": "{}"}}
        for name in "ab"]},
    {"role": "tool", "tool_call_id": "call_a", "content": "rain"},
    {"role": "tool", "tool_call_id": "call_b", "content": [{"type": "text", "text": "sun"}]},
    {"role": "assistant", "content": [{"type": "text", "text": "It rains."}]}, user("recall"),
]
REQUESTS = {
    "text": {"messages": [user("hello")]},
    "settings": {"messages": [user("hello")], "temperature": 0.5, "top_p": 0.9, "max_completion_tokens": 50,
                 "metadata": {"a": "b"}, "user": "u1", "reasoning_effort": "low", "verbosity": "low", "seed": 1},
    "history": {"messages": HISTORY},
    "calls": {"messages": [user("weather")], "tools": [GET_WEATHER]},
    "text before the calls": {"messages": [user("weather please")], "tools": [GET_WEATHER]},
    "one call": {"messages": [user("weather")], "tools": [GET_WEATHER], "parallel_tool_calls": False},
    "a named function": {"messages": [user("hello")], "tools": [SQL, GET_WEATHER], "tool_choice": {
        "type": "function", "function": {"name": "get_weather"}}},
    "no call": {"messages": [user("weather")], "tools": [GET_WEATHER], "tool_choice": "none"},
    "a custom tool": {"messages": [user("weather")], "tools": [SQL]},
    "results": {"messages": HISTORY[:5]},
    "json schema": {"messages": [user("who?")], "response_format": {"type": "json_schema", "json_schema": {
        "name": "person", "strict": True, "schema": {"type": "object", "properties": {}}}}},
    "an image": {"messages": [user([{"type": "text", "text": "What is it?"},
                                    {"type": "image_url", "image_url": {"url": PIXEL, "detail": "low"}}])]},
    "reasoning": {"messages": [user("think")]},
    "a refusal": {"messages": [user("refuse")]},
    "cut by its length": {"messages": [user("long")], "max_tokens": 16},
    "cut by a filter": {"messages": [user("filter")]},
    "logprobs": {"messages": [user("hello")], "logprobs": True},
    "unicode": {"messages": [user("é→🙂 \"quoted\" \\ \n\t\u0001")]},
}


def essence(completion):
    """What must be the same whoever made it."""
    (choice,) = completion["choices"]
    said = choice["message"]
    usage = completion.get("usage") or {}
    return {
        "finish_reason": choice["finish_reason"], "index": choice["index"], "role": said["role"],
        **{name: said.get(name) for name in ("content", "refusal", "reasoning_content", "tool_calls")},
        "logprobs": choice.get("logprobs"),
        **{name: usage.get(name) for name in ("prompt_tokens", "completion_tokens", "total_tokens")},
        "cached": usage.get("prompt_tokens_details", {}).get("cached_tokens"),
        "reasoning": usage.get("completion_tokens_details", {}).get("reasoning_tokens"),
    }


def blocking(gateway, model, request):
    answer = post(gateway.port, CHAT, {"model": model, **request})
    assert answer.status == 200, answer
    value = answer.json()
    check_completion(value)
    ChatCompletion.model_validate(value)
    assert value["object"] == "chat.completion" and value["id"].startswith("chatcmpl-") and value["created"] > 0
    return value


def streamed(gateway, model, request, usage=True):
    """The completion that the chunks of a stream add up to."""
    options = {"stream_options": {"include_usage": True}} if usage else {}
    answer = post(gateway.port, CHAT, {"model": model, "stream": True, **options, **request})
    assert answer.status == 200 and answer.complete, answer
    assert answer.headers["content-type"].startswith("text/event-stream")
    assert sse.payloads(answer.body)[-1] == "[DONE]" and b"event:" not in answer.body
    return summed(sse.chunks(answer.body), usage)


def summed(chunks, usage):
    for chunk in chunks:
        check_chunk(chunk)
        # The SDK has no type for a streamed call of a custom tool.
        if '"custom"' not in json.dumps(chunk):
            CHUNK.validate_python(chunk)
    assert len({(chunk["id"], chunk["created"], chunk["model"], chunk["object"]) for chunk in chunks}) == 1
    message, finish, logprobs = {"role": None, "tool_calls": []}, [], []
    deltas = [choice for chunk in chunks for choice in chunk["choices"]]
    for position, choice in enumerate(deltas):
        assert choice["index"] == 0 and not finish, "something behind the finish reason"
        delta = choice["delta"]
        if "role" in delta:
            assert position == 0 and delta["role"] == "assistant"
            message["role"] = delta["role"]
        for name in ("content", "refusal", "reasoning_content"):
            if delta.get(name) is not None and (delta[name] or position):
                message[name] = message.get(name, "") + delta[name]
        for call in delta.get("tool_calls", ()):
            add_call(message["tool_calls"], call)
        logprobs += (choice.get("logprobs") or {}).get("content") or []
        finish += [choice["finish_reason"]] if choice["finish_reason"] else []
    message["tool_calls"] = message["tool_calls"] or None
    with_usage = [chunk for chunk in chunks if chunk.get("usage")]
    assert len(with_usage) == (1 if usage else 0)
    assert not with_usage or (with_usage[0] is chunks[-1] and chunks[-1]["choices"] == [])
    assert len(finish) == 1
    return {"choices": [{"index": 0, "message": message, "finish_reason": finish[0],
                         "logprobs": {"content": logprobs, "refusal": None} if logprobs else None}],
            "usage": with_usage[0]["usage"] if with_usage else None}


def add_call(calls, delta):
    """Id, type and name come once, with the first fragment."""
    if delta["index"] == len(calls):
        assert delta["id"] and delta["type"] in ("function", "custom")
        calls.append({"id": delta["id"], "type": delta["type"], delta["type"]: dict(delta[delta["type"]])})
        return
    assert delta["index"] == len(calls) - 1 and "id" not in delta
    (kind,) = {"function", "custom"} & set(delta)
    ((field, text),) = delta[kind].items()
    calls[-1][kind][field] += text


@pytest.mark.parametrize("name", REQUESTS)
def test_both_upstreams_give_the_same(gateway, name):
    check("CreateChatCompletionRequest", {"model": NATIVE, **REQUESTS[name]})
    wanted = essence(blocking(gateway, NATIVE, REQUESTS[name]))
    assert essence(blocking(gateway, RESPONSES_ONLY, REQUESTS[name])) == wanted
    assert essence(streamed(gateway, NATIVE, REQUESTS[name])) == wanted
    assert essence(streamed(gateway, RESPONSES_ONLY, REQUESTS[name])) == wanted


def test_usage_only_when_asked_for(gateway):
    streamed(gateway, RESPONSES_ONLY, REQUESTS["text"], usage=False)


def test_what_responses_is_asked_for(gateway, recorder, run):
    request = {"messages": HISTORY, "tools": [GET_WEATHER], "max_completion_tokens": 50, "reasoning_effort": "low",
               "verbosity": "low", "temperature": 0.5, "tool_choice": {
                   "type": "function", "function": {"name": "get_weather"}},
               "response_format": REQUESTS["json schema"]["response_format"]}
    assert post(gateway.port, CHAT, {"model": f"{RESPONSES_ONLY},run={run}", **request}).status == 200
    (record,) = recorder.requests(run)
    sent = record.body_json()
    check("CreateResponse", sent)
    assert record.target.endswith("/v1/responses")
    # The defaults of the two APIs differ; a chat client did not ask for either.
    assert sent["store"] is False and sent["tools"][0]["strict"] is False
    assert sent["tools"][0]["name"] == "get_weather" and sent["max_output_tokens"] == 50
    assert sent["tool_choice"] == {"type": "function", "name": "get_weather"}
    assert sent["reasoning"]["effort"] == "low" and sent["temperature"] == 0.5
    assert (sent["text"]["verbosity"], sent["text"]["format"]["name"]) == ("low", "person")
    of_chat = {"messages", "max_completion_tokens", "response_format", "reasoning_effort", "stream_options"}
    assert not of_chat & set(sent)


def test_every_delta_arrives_before_the_upstream_goes_on(gateway, recorder, run):
    body = {"model": f"{RESPONSES_ONLY},events=6,gate,run={run}", "messages": [user("count")], "stream": True}
    with Live(gateway, body, target=CHAT) as live:
        # response.created is the one event that has passed, and is the role's chunk.
        recorder.let_through(run, 3)
        for number in range(6):
            recorder.let_through(run)
            while not (text := live.next_data()["choices"][0]["delta"].get("content")):
                pass
            assert text == f"w{number} xxxxxxxx "
        recorder.let_through(run, 4)
        assert live.rest().endswith(b"data: [DONE]\n\n")


@pytest.mark.parametrize("fault", ["reset-after=6", "cut-after=6", "error-in-band-at=6", "failed", "malformed-at=6"])
def test_a_broken_stream_ends_with_an_error(gateway, client, fault):
    model = f"{RESPONSES_ONLY},{fault}"
    answer = post(gateway.port, CHAT, {"model": model, "messages": [user("count")], "stream": True})
    assert answer.status == 200 and answer.complete
    error = [chunk["error"] for chunk in sse.chunks(answer.body) if chunk.get("error")]
    assert len(error) == 1 and error[0]["message"] and error[0]["code"]
    assert sse.finish_reasons(answer.body.split(b'data: {"error"')[0]) == []
    with pytest.raises(openai.APIError):
        list(client.chat.completions.create(model=model, messages=[user("count")], stream=True))


@pytest.mark.parametrize("fault, status", [("status=400", 400), ("status=429", 429), ("fail=503,times=99", 503),
                                           ("failed", 500)])
def test_a_failure_is_a_status(gateway, fault, status):
    answer = post(gateway.port, CHAT, {"model": f"{RESPONSES_ONLY},{fault}", "messages": [user("count")]})
    assert answer.status == status or (fault == "failed" and answer.status >= 500), answer
    assert answer.error()["message"]


class Person(BaseModel):
    name: str
    age: int


async def test_the_sdk(client, async_client):
    messages = [user("weather please")]
    first = client.chat.completions.create(model=RESPONSES_ONLY, messages=messages, tools=[GET_WEATHER])
    messages.append(first.choices[0].message.to_dict())
    messages += [{"role": "tool", "tool_call_id": call.id, "content": "sun"}
                 for call in first.choices[0].message.tool_calls]
    with client.chat.completions.stream(model=RESPONSES_ONLY, messages=messages, tools=[GET_WEATHER]) as stream:
        second = stream.get_final_completion()
    assert second.choices[0].message.content == "The tools say: call_mock0 = sun; call_mock1 = sun"
    parsed = await async_client.chat.completions.parse(model=RESPONSES_ONLY, messages=[user("who?")],
                                                       response_format=Person)
    assert parsed.choices[0].message.parsed == Person(name="Ada", age=36)
    async with async_client.chat.completions.stream(model=RESPONSES_ONLY, messages=[user("think")]) as stream:
        assert (await stream.get_final_completion()).choices[0].message.content == "I have thought about it."
