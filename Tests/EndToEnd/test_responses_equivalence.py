"""The same conversation with a native upstream and with one that has chat completions only: field by field the same
objects, the same events, blocking and streamed, each valid by the published schema and the SDK's types."""

import pytest
from openai.types.responses import Response, ResponseStreamEvent
from pydantic import BaseModel, TypeAdapter

from support.published_schema import check, check_response
from support.raw_http import post
from support.two_apis import (
    FOUND_OUT, GET_WEATHER, NATIVE, PIXEL, RESPONSES, SQL, TRANSLATED, Names, configuration, event_kinds, stream)

CONFIG = configuration
EVENT = TypeAdapter(ResponseStreamEvent)

SCHEMA = {"type": "object", "properties": {"name": {"type": "string"}, "age": {"type": "integer"}},
          "required": ["name", "age"], "additionalProperties": False}
IMAGE = {"role": "user", "content": [{"type": "input_text", "text": "What is it?"},
                                     {"type": "input_image", "image_url": PIXEL, "detail": "low"}]}
FILE = {"role": "user", "content": [
    {"type": "input_text", "text": "recall"},
    {"type": "input_file", "filename": "a.pdf", "file_data": "data:application/pdf;base64,JVBERi0="}]}
REPLAYED = [
    {"role": "developer", "content": "Be brief"},
    {"role": "user", "content": "hello"},
    {"type": "reasoning", "id": "rs_1", "summary": [{"type": "summary_text", "text": "hm"}]},
    {"type": "message", "id": "msg_1", "role": "assistant", "status": "completed",
     "content": [{"type": "output_text", "text": "Let me ", "annotations": [], "logprobs": []},
                 {"type": "output_text", "text": "look.", "annotations": [], "logprobs": []}]},
    {"type": "function_call", "id": "fc_1", "call_id": "call_a", "name": "get_weather",
     "arguments": '{"city": "Oslo"}', "status": "completed"},
    {"type": "function_call", "id": "fc_2", "call_id": "call_b", "name": "get_weather", "arguments": "{}",
     "status": "completed"},
    {"type": "function_call_output", "call_id": "call_a", "output": "rain"},
    {"type": "function_call_output", "call_id": "call_b", "output": [{"type": "input_text", "text": "sun"}]},
    {"role": "assistant", "content": "It rains."},
    {"role": "user", "content": "recall"},
]


def outputs(answer, text="sunny"):
    """What the tools say to the calls of an answer."""
    kinds = {"function_call": "function_call_output", "custom_tool_call": "custom_tool_call_output"}
    return [{"type": kinds[item["type"]], "call_id": item["call_id"], "output": f"{text} {number}"}
            for number, item in enumerate(answer["output"]) if item["type"] in kinds]


# A conversation: turns, each the members of a request or a function that makes them of the answer before. Turns after
# the first go on from it.
CONVERSATIONS = {
    "text": [{"input": "hello"}],
    "everything echoed": [{
        "input": "hello", "instructions": "Be brief", "metadata": {"a": "b"}, "temperature": 0.5, "top_p": 0.9,
        "max_output_tokens": 100, "user": "u1", "safety_identifier": "s1", "prompt_cache_key": "p1",
        "truncation": "auto", "parallel_tool_calls": False, "text": {"verbosity": "low"}, "max_tool_calls": 3,
        "reasoning": {"effort": "low"}, "tools": [GET_WEATHER], "tool_choice": "none", "store": True,
    }],
    "nulls are as absent": [{
        "input": "hello", "instructions": None, "metadata": None, "temperature": None, "max_output_tokens": None,
        "previous_response_id": None, "reasoning": None, "include": None, "store": None, "background": None,
    }],
    "instructions are not inherited": [{"input": "hello", "instructions": "Be brief"},
                                       {"input": "recall", "instructions": "Be long"}, {"input": "recall"}],
    "parallel tool calls": [
        {"input": "weather", "tools": [GET_WEATHER]},
        lambda answer: {"input": outputs(answer), "tools": [GET_WEATHER]},
        {"input": "weather again", "tools": [GET_WEATHER]},
        lambda answer: {"input": outputs(answer, "rain") + [{"role": "user", "content": "recall"}]},
    ],
    "text before the calls": [{"input": "weather please", "tools": [GET_WEATHER]},
                              lambda answer: {"input": outputs(answer)}, {"input": "recall"}],
    "one call at a time": [{"input": "weather", "tools": [GET_WEATHER], "parallel_tool_calls": False}],
    "a call is required": [{"input": "hello", "tools": [GET_WEATHER], "tool_choice": "required"}],
    "no call is allowed": [{"input": "weather", "tools": [GET_WEATHER], "tool_choice": "none"}],
    "a function is named": [{"input": "hello", "tools": [SQL, GET_WEATHER],
                             "tool_choice": {"type": "function", "name": "get_weather"}}],
    "a custom tool": [{"input": "weather", "tools": [SQL]}, lambda answer: {"input": outputs(answer)},
                      {"input": "recall"}],
    "a custom tool is named": [{"input": "hello", "tools": [GET_WEATHER, SQL],
                                "tool_choice": {"type": "custom", "name": "sql"}}],
    "json schema": [{"input": "who?", "text": {"format": {"type": "json_schema", "name": "person", "schema": SCHEMA,
                                                          "strict": True}}}],
    "json object": [{"input": "who? in JSON", "text": {"format": {"type": "json_object"}}}],
    "an image": [{"input": [IMAGE]}, {"input": "recall"}],
    "a file": [{"input": [FILE]}],
    "reasoning": [{"input": "think", "reasoning": {"effort": "low", "summary": "auto"}}, {"input": "recall"}],
    "reasoning and calls": [{"input": "think of the weather please", "tools": [GET_WEATHER]},
                            lambda answer: {"input": outputs(answer)}],
    "a refusal": [{"input": "refuse"}, {"input": "recall"}],
    "cut by its length": [{"input": "long", "max_output_tokens": 16}, {"input": "recall"}],
    "cut by a filter": [{"input": "filter"}],
    "logprobs": [{"input": "hello", "include": ["message.output_text.logprobs"], "top_logprobs": 0}],
    "history in the input": [{"input": REPLAYED}, {"input": "recall"}],
    "unicode": [{"input": "é→🙂 \"quoted\" \\ \n\t\u0001 </script>"}, {"input": "recall"}],
}


def play(gateway, model, turns, streamed):
    """The answers of a conversation, and of a streamed one the kinds of events."""
    answers, kinds = [], []
    for turn in turns:
        body = {"model": model, **(turn(answers[-1]) if callable(turn) else turn)}
        if answers:
            body["previous_response_id"] = answers[-1]["id"]
        check("CreateResponse", {name: member for name, member in body.items() if member is not None})
        if streamed:
            events, answer = stream(gateway.port, body)
            kinds.append(event_kinds(events))
            for event in events:
                EVENT.validate_python(event)
        else:
            sent = post(gateway.port, RESPONSES, body)
            assert sent.status == 200, sent
            answer = sent.json()
        check_response(answer)
        Response.model_validate(answer)
        answers.append(answer)
    return answers, kinds


def differences(expected, got):
    """By turn and field: what was expected, what came."""
    return {f"{turn}: {field}": (left.get(field, "absent"), right.get(field, "absent"))
            for turn, (left, right) in enumerate(zip(expected, got))
            for field in left.keys() | right.keys() if left.get(field, "absent") != right.get(field, "absent")}


@pytest.mark.parametrize("streamed", [False, True], ids=["blocking", "streamed"])
@pytest.mark.parametrize("name", CONVERSATIONS)
def test_both_upstreams_give_the_same(gateway, name, streamed):
    native, native_kinds = play(gateway, NATIVE, CONVERSATIONS[name], streamed)
    translated, kinds = play(gateway, TRANSLATED, CONVERSATIONS[name], streamed)
    assert Names()(translated) == Names()(native), differences(Names()(native), Names()(translated))
    assert kinds == native_kinds


@pytest.mark.parametrize("name", ["text", "parallel tool calls", "reasoning", "a refusal", "cut by its length"])
def test_streams_end_with_the_object_of_a_blocking_call(gateway, name):
    blocking, _ = play(gateway, TRANSLATED, CONVERSATIONS[name], False)
    streamed, _ = play(gateway, TRANSLATED, CONVERSATIONS[name], True)
    assert Names()(streamed) == Names()(blocking)


@pytest.mark.parametrize("model", [FOUND_OUT, FOUND_OUT.replace("found-out", "found-out-405")])
def test_which_apis_there_are_is_found_out_once(start_gateway, mock, recorder, model, run):
    gateway = start_gateway(configuration(mock.url))
    for number in range(3):
        answer = post(gateway.port, RESPONSES, {"model": f"{model},run={run}", "input": f"hello {number}"})
        assert answer.status == 200, answer
        assert answer.json()["output"][0]["content"][0]["text"] == f"You said: hello {number}"
    asked = [record.target.rsplit("/", 1)[-1] for record in recorder.requests(run)]
    assert asked == ["responses", "completions", "completions", "completions"]


def test_what_chat_is_asked_for(gateway, recorder, run):
    """The translated request itself: valid by the published schema, and nothing of it left out."""
    body = {"model": f"{TRANSLATED},run={run}", "instructions": "Be brief", "input": REPLAYED, "temperature": 0.5,
            "top_p": 0.9, "tools": [GET_WEATHER], "tool_choice": {"type": "function", "name": "get_weather"},
            "parallel_tool_calls": False, "reasoning": {"effort": "low"}, "max_output_tokens": 50, "user": "u1",
            "text": {"format": {"type": "json_schema", "name": "person", "schema": SCHEMA, "strict": True}}}
    assert post(gateway.port, RESPONSES, body).status == 200
    (record,) = recorder.requests(run)
    sent = record.body_json()
    check("CreateChatCompletionRequest", sent)
    assert [message["role"] for message in sent["messages"]] == [
        "system", "system", "user", "assistant", "tool", "tool", "assistant", "user"] or [
        message["role"] for message in sent["messages"]] == [
        "developer", "developer", "user", "assistant", "tool", "tool", "assistant", "user"]
    assert sent["messages"][3]["content"] == "Let me look."
    assert [call["id"] for call in sent["messages"][3]["tool_calls"]] == ["call_a", "call_b"]
    assert sent["messages"][3]["tool_calls"][0]["function"] == {"name": "get_weather", "arguments": '{"city": "Oslo"}'}
    assert sent["messages"][5]["tool_call_id"] == "call_b" and sent["messages"][5]["content"] == "sun"
    assert sent["tools"][0]["function"]["parameters"] == GET_WEATHER["parameters"]
    assert sent["tool_choice"] == {"type": "function", "function": {"name": "get_weather"}}
    assert sent["response_format"] == {"type": "json_schema",
                                       "json_schema": {"name": "person", "schema": SCHEMA, "strict": True}}
    assert (sent["temperature"], sent["top_p"], sent["reasoning_effort"]) == (0.5, 0.9, "low")
    assert sent["parallel_tool_calls"] is False and sent["user"] == "u1"
    assert 50 in (sent.get("max_completion_tokens"), sent.get("max_tokens"))
    assert not {"input", "instructions", "previous_response_id", "text", "include", "max_output_tokens"} & set(sent)


class Person(BaseModel):
    name: str
    age: int


@pytest.mark.parametrize("model", [NATIVE, TRANSLATED])
def test_the_sdk_parses(gateway, client, model):
    parsed = client.responses.parse(model=model, input="who?", text_format=Person)
    assert parsed.output_parsed == Person(name="Ada", age=36)
    with client.responses.stream(model=model, input="who?", text_format=Person) as events:
        for event in events:
            pass
        assert events.get_final_response().output_parsed == Person(name="Ada", age=36)


@pytest.mark.parametrize("model", [NATIVE, TRANSLATED])
@pytest.mark.parametrize("name", ["text", "parallel tool calls", "reasoning and calls", "a refusal", "a custom tool"])
async def test_the_sdk_plays_it(client, async_client, model, name):
    """The helpers of both clients add up to what a blocking call gives."""
    previous, names = {"blocking": None, "helper": None, "async": None}, {kind: Names() for kind in (
        "blocking", "helper", "async")}
    answer = None
    for turn in CONVERSATIONS[name]:
        body = {"model": model, **(turn(answer) if callable(turn) else turn)}

        def following(kind, body=body):
            return {**body, **({"previous_response_id": previous[kind]} if previous[kind] else {})}

        blocking = client.responses.create(**following("blocking"))
        with client.responses.stream(**following("helper")) as events:
            helper = events.get_final_response()
        async with async_client.responses.stream(**following("async")) as events:
            awaited = await events.get_final_response()
        answer = blocking.to_dict()
        wanted = names["blocking"](plain(blocking))
        for kind, other in (("helper", helper), ("async", awaited)):
            assert names[kind](plain(other)) == wanted, kind
            previous[kind] = other.id
        previous["blocking"] = blocking.id
        assert helper.output_text == blocking.output_text


def plain(response):
    """A response without what the SDK's helper adds to its items."""
    value = response.to_dict()
    for item in value["output"]:
        for holder in [item, *item.get("content", ())]:
            for added in ("parsed", "parsed_arguments"):
                holder.pop(added, None)
    return value
