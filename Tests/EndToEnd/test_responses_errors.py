"""What chat completions cannot express is refused naming the parameter, and never reaches the upstream."""

import openai
import pytest

from support.raw_http import post
from support.two_apis import CHAT, GET_WEATHER, RESPONSES, RESPONSES_ONLY, TRANSLATED, configuration

CONFIG = configuration


def user(*parts):
    return {"role": "user", "content": [{"type": "input_text", "text": "hello"}, *parts]}


HELLO = {"role": "user", "content": "hello"}
# The members of a request and the beginning of the parameter's name in the error.
REFUSED = {
    "a stored prompt": ({"prompt": {"id": "pmpt_1"}}, "prompt"),
    "web search": ({"tools": [{"type": "web_search"}]}, "tools[0]"),
    "file search": ({"tools": [GET_WEATHER, {"type": "file_search", "vector_store_ids": ["vs_1"]}]}, "tools[1]"),
    "code interpreter": ({"tools": [{"type": "code_interpreter", "container": {"type": "auto"}}]}, "tools[0]"),
    "computer": ({"tools": [{"type": "computer_use_preview", "display_width": 1, "display_height": 1,
                             "environment": "linux"}]}, "tools[0]"),
    "mcp": ({"tools": [{"type": "mcp", "server_label": "x", "server_url": "https://x.invalid"}]}, "tools[0]"),
    "image generation": ({"tools": [{"type": "image_generation"}]}, "tools[0]"),
    "a tool without a type": ({"tools": [{"name": "x"}]}, "tools[0]"),
    "a choice of a hosted tool": ({"tools": [GET_WEATHER], "tool_choice": {"type": "file_search"}}, "tool_choice"),
    "an image by id": ({"input": [user({"type": "input_image", "file_id": "file_1"})]},
                       "input[0].content[1].file_id"),
    "a file by address": ({"input": [HELLO, user({"type": "input_file", "file_url": "https://x.invalid/a.pdf"})]},
                          "input[1].content[1].file_url"),
    "an unknown part": ({"input": [user({"type": "input_smell", "smell": "rose"})]}, "input[0].content[1]"),
    "an unknown item": ({"input": [HELLO, {"type": "weather_report"}]}, "input[1]"),
    "a computer's output": ({"input": [HELLO, {"type": "computer_call_output", "call_id": "c1", "output": {
        "type": "computer_screenshot", "image_url": "https://x.invalid"}}]}, "input[1]"),
    "an mcp approval": ({"input": [{"type": "mcp_approval_response", "approval_request_id": "a", "approve": True},
                                   HELLO]}, "input[0]"),
    "a compaction": ({"input": [{"type": "compaction", "encrypted_content": "x"}, HELLO]}, "input[0]"),
    "an output without its call": ({"input": [{"type": "function_call_output", "call_id": "call_x", "output": "x"}]},
                                   "input"),
    "input of a wrong type": ({"input": 7}, "input"),
    "an item of a wrong type": ({"input": ["hello"]}, "input[0]"),
    "an unknown role": ({"input": [{"role": "king", "content": "x"}]}, "input[0]"),
    "a wrong format": ({"text": {"format": {"type": "poem"}}}, "text.format"),
    "no input at all": ({"input": None}, "input"),
}


@pytest.mark.parametrize("streamed", [False, True])
@pytest.mark.parametrize("name", REFUSED)
def test_refused(gateway, recorder, run, name, streamed):
    members, param = REFUSED[name]
    body = {"model": f"{TRANSLATED},run={run}", "input": "hello", "stream": streamed, **members}
    answer = post(gateway.port, RESPONSES, body)
    assert answer.status == 400, answer
    error = answer.error()
    assert error["type"] == "invalid_request_error" and error["code"]
    assert (error["param"] or "").startswith(param), error
    assert recorder.requests(run) == []


def test_the_sdk_tells_the_parameter(client):
    with pytest.raises(openai.BadRequestError) as refused:
        client.responses.create(model=TRANSLATED, input="hello", tools=[{"type": "web_search"}])
    assert refused.value.param.startswith("tools[0]")


# What only affects quality, or belongs to a history of hosted tools, is no reason to refuse.
@pytest.mark.parametrize("members", [
    {"text": {"verbosity": "low"}}, {"prompt_cache_key": "x", "safety_identifier": "y"}, {"truncation": "auto"},
    {"include": ["reasoning.encrypted_content"]}, {"max_tool_calls": 1}, {"some_new_field": {"a": 1}},
    {"service_tier": "flex"}, {"stream_options": {"include_obfuscation": False}, "stream": True},
    {"tools": [GET_WEATHER], "tool_choice": {"type": "allowed_tools", "mode": "auto", "tools": [
        {"type": "function", "name": "get_weather"}]}},
    {"input": [{"type": "web_search_call", "id": "ws_1", "status": "completed",
                "action": {"type": "search", "query": "x"}}, HELLO]},
    {"input": [{"type": "reasoning", "id": "rs_1", "summary": [], "encrypted_content": "x"}, HELLO]},
])
def test_not_refused(gateway, members):
    answer = post(gateway.port, RESPONSES, {"model": TRANSLATED, "input": "hello", **members})
    assert answer.status == 200, answer


# And what responses cannot express.
REFUSED_CHAT = {
    "several choices": ({"n": 2}, "n"),
    "stop words": ({"stop": ["x"]}, "stop"),
    "spoken answers": ({"modalities": ["text", "audio"], "audio": {"voice": "alloy", "format": "wav"}},
                       ("modalities", "audio")),
    "spoken questions": ({"messages": [{"role": "user", "content": [
        {"type": "input_audio", "input_audio": {"data": "AAAA", "format": "wav"}}]}]}, "messages[0].content[0]"),
}


@pytest.mark.parametrize("name", REFUSED_CHAT)
def test_refused_of_chat(gateway, recorder, run, name):
    members, params = REFUSED_CHAT[name]
    body = {"model": f"{RESPONSES_ONLY},run={run}", "messages": [HELLO], **members}
    answer = post(gateway.port, CHAT, body)
    assert answer.status == 400, answer
    assert (answer.error()["param"] or "").startswith(params), answer
    assert recorder.requests(run) == []


@pytest.mark.parametrize("members", [
    {"n": 1}, {"seed": 7}, {"logit_bias": {"1": 1}}, {"frequency_penalty": 1, "presence_penalty": 1}, {"stop": None},
    {"modalities": ["text"]}, {"prediction": {"type": "content", "content": "x"}}])
def test_not_refused_of_chat(gateway, members):
    answer = post(gateway.port, CHAT, {"model": RESPONSES_ONLY, "messages": [HELLO], **members})
    assert answer.status == 200, answer
