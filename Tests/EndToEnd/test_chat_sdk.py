"""Chat completions through the OpenAI SDK: blocking, streamed, and with the accumulating helper."""

import pytest

MESSAGES = [{"role": "user", "content": "hello"}]
# What the mock's five content events of the plain scenario spell.
TEXT = "".join(f"w{index} xxxxxxxx " for index in range(5))
TOOLS = [{"type": "function", "function": {"name": "get_weather", "parameters": {
    "type": "object", "properties": {"city": {"type": "string"}}}}}]


def stream_text(chunks):
    return "".join(choice.delta.content or "" for chunk in chunks for choice in chunk.choices)


def test_a_blocking_answer_arrives_whole(client):
    answer = client.chat.completions.create(model="mock", messages=MESSAGES)
    assert answer.choices[0].message.content == TEXT
    assert answer.choices[0].finish_reason == "stop"
    assert answer.usage.total_tokens == 14
    assert answer.model == "mock"
    assert answer._request_id


def test_a_stream_has_role_deltas_and_finish_in_order(client):
    chunks = list(client.chat.completions.create(model="mock", messages=MESSAGES, stream=True))
    assert chunks[0].choices[0].delta.role == "assistant"
    assert stream_text(chunks) == TEXT
    assert [chunk.choices[0].finish_reason for chunk in chunks] == [None] * 6 + ["stop"]
    assert len({chunk.id for chunk in chunks}) == 1
    assert all(chunk.usage is None for chunk in chunks)


def test_the_usage_chunk_comes_last_when_asked_for(client):
    chunks = list(client.chat.completions.create(model="mock", messages=MESSAGES, stream=True,
                                                 stream_options={"include_usage": True}))
    assert chunks[-1].choices == []
    assert chunks[-1].usage.completion_tokens == 5


@pytest.mark.parametrize("reason", ["stop", "length", "tool_calls", "content_filter"])
@pytest.mark.parametrize("stream", [False, True])
def test_every_finish_reason_comes_through(client, reason, stream):
    answer = client.chat.completions.create(model=f"mock,finish={reason}", messages=MESSAGES, stream=stream)
    last = list(answer)[-1] if stream else answer
    assert last.choices[0].finish_reason == reason


def test_tool_call_deltas_come_piece_by_piece(client):
    chunks = list(client.chat.completions.create(model="mock,tools=2", messages=MESSAGES, tools=TOOLS, stream=True))
    arguments, names, ids = {}, {}, {}
    for chunk in chunks:
        for call in chunk.choices[0].delta.tool_calls or []:
            arguments[call.index] = arguments.get(call.index, "") + (call.function.arguments or "")
            if call.id:
                ids[call.index], names[call.index] = call.id, call.function.name
    assert arguments == {0: '{"city":"City 0"}', 1: '{"city":"City 1"}'}
    assert names == {0: "get_weather", 1: "get_weather"}
    assert ids == {0: "call_mock0", 1: "call_mock1"}
    assert chunks[-1].choices[0].finish_reason == "tool_calls"


def test_blocking_tool_calls(client):
    answer = client.chat.completions.create(model="mock,tools=2", messages=MESSAGES, tools=TOOLS)
    calls = answer.choices[0].message.tool_calls
    assert [call.function.arguments for call in calls] == ['{"city":"City 0"}', '{"city":"City 1"}']
    assert answer.choices[0].message.content is None


def test_the_stream_helper_accumulates(client):
    with client.chat.completions.stream(model="mock", messages=MESSAGES) as stream:
        deltas = [event.delta for event in stream if event.type == "content.delta"]
        final = stream.get_final_completion()
    assert "".join(deltas) == TEXT
    assert final.choices[0].message.content == TEXT
    assert final.choices[0].finish_reason == "stop"


def test_the_stream_helper_accumulates_tool_calls(client):
    with client.chat.completions.stream(model="mock,tools=2", messages=MESSAGES, tools=TOOLS) as stream:
        done = [event for event in stream if event.type == "tool_calls.function.arguments.done"]
        final = stream.get_final_completion()
    assert [event.arguments for event in done] == ['{"city":"City 0"}', '{"city":"City 1"}']
    assert len(final.choices[0].message.tool_calls) == 2


def test_interleaved_choices_stay_apart(client):
    chunks = list(client.chat.completions.create(model="mock,choices=3,events=9", messages=MESSAGES, n=3, stream=True))
    texts = ["", "", ""]
    for chunk in chunks:
        texts[chunk.choices[0].index] += chunk.choices[0].delta.content or ""
    assert [text.split()[0::2] for text in texts] == [["w0", "w3", "w6"], ["w1", "w4", "w7"], ["w2", "w5", "w8"]]


def test_refusals_come_through(client):
    with client.chat.completions.stream(model="mock,refusal", messages=MESSAGES) as stream:
        final = stream.get_final_completion()
    assert final.choices[0].message.refusal == TEXT
    blocking = client.chat.completions.create(model="mock,refusal", messages=MESSAGES)
    assert blocking.choices[0].message.refusal == TEXT
    assert blocking.choices[0].message.content is None


def test_fields_that_the_sdk_does_not_know_are_kept(client):
    chunks = list(client.chat.completions.create(model="mock,reasoning", messages=MESSAGES, stream=True))
    extras = [chunk.choices[0].delta.model_extra.get("reasoning_content") for chunk in chunks]
    assert [extra for extra in extras if extra] == ["thinking ", "it over"]


def test_characters_of_every_width_survive(client):
    chunks = list(client.chat.completions.create(model="mock,unicode,split=1", messages=MESSAGES, stream=True))
    assert stream_text(chunks).count("é→🙂") == 5


def test_the_request_reaches_the_upstream_as_the_sdk_sent_it(client, recorder, run):
    client.chat.completions.create(model=f"mock,run={run}", messages=MESSAGES, temperature=0.25, seed=7,
                                   extra_body={"top_k": 40, "big": 12345678901234567890})
    received = recorder.requests(run)[0]
    assert '"temperature":0.25' in received.body
    assert '"top_k":40' in received.body
    assert '"big":12345678901234567890' in received.body
    assert received.target == "/v1/chat/completions"
    assert received.headers["content-type"] == "application/json"


def test_raw_responses_show_headers_and_parse(client):
    raw = client.chat.completions.with_raw_response.create(model="mock", messages=MESSAGES)
    assert raw.status_code == 200
    assert raw.headers["content-type"].startswith("application/json")
    assert raw.headers["x-request-id"] and raw.headers["x-sluice-upstream"] == "mock"
    assert raw.parse().choices[0].message.content == TEXT


def test_streaming_responses_show_headers_first(client):
    with client.chat.completions.with_streaming_response.create(model="mock", messages=MESSAGES,
                                                                stream=True) as response:
        assert response.headers["content-type"].startswith("text/event-stream")
        assert response.headers["x-request-id"]
        lines = [line for line in response.iter_lines() if line]
    assert lines[-1] == "data: [DONE]"


async def test_async_blocking_and_streaming(async_client):
    answer = await async_client.chat.completions.create(model="mock", messages=MESSAGES)
    assert answer.choices[0].message.content == TEXT
    chunks = [chunk async for chunk in await async_client.chat.completions.create(model="mock", messages=MESSAGES,
                                                                                  stream=True)]
    assert stream_text(chunks) == TEXT


async def test_async_stream_helper(async_client):
    async with async_client.chat.completions.stream(model="mock,tools=1", messages=MESSAGES, tools=TOOLS) as stream:
        final = await stream.get_final_completion()
    assert final.choices[0].message.tool_calls[0].function.arguments == '{"city":"City 0"}'
