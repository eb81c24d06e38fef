"""The responses API through the OpenAI SDK, relayed to an upstream that speaks it natively."""

import pytest

TEXT = "".join(f"w{index} xxxxxxxx " for index in range(5))
TOOLS = [{"type": "function", "name": "get_weather", "strict": False,
          "parameters": {"type": "object", "properties": {"city": {"type": "string"}}}}]


def test_a_blocking_response_arrives_whole(client):
    answer = client.responses.create(model="mock", input="hello")
    assert answer.output_text == TEXT
    assert answer.status == "completed"
    assert answer.usage.output_tokens == 5
    assert answer._request_id


def test_stream_events_come_in_their_legal_order(client):
    events = list(client.responses.create(model="mock", input="hello", stream=True))
    assert [event.type for event in events] == (
        ["response.created", "response.in_progress", "response.output_item.added", "response.content_part.added"]
        + ["response.output_text.delta"] * 5
        + ["response.output_text.done", "response.content_part.done", "response.output_item.done",
           "response.completed"])
    assert [event.sequence_number for event in events] == list(range(len(events)))
    assert events[-1].response.output_text == TEXT


def test_the_stream_helper_returns_the_final_response(client):
    with client.responses.stream(model="mock,reasoning", input="hello") as stream:
        deltas = [event.delta for event in stream if event.type == "response.output_text.delta"]
        final = stream.get_final_response()
    assert "".join(deltas) == TEXT
    assert final.output_text == TEXT
    assert final.output[0].type == "reasoning"


def test_function_calls_stream_and_block(client):
    with client.responses.stream(model="mock,tools=2", input="hello", tools=TOOLS) as stream:
        final = stream.get_final_response()
    blocking = client.responses.create(model="mock,tools=2", input="hello", tools=TOOLS)
    for response in (final, blocking):
        assert [item.type for item in response.output] == ["function_call"] * 2
        assert [item.arguments for item in response.output] == ['{"city":"City 0"}', '{"city":"City 1"}']


@pytest.mark.parametrize("finish, reason", [("length", "max_output_tokens"), ("content_filter", "content_filter")])
def test_incomplete_responses_come_through(client, finish, reason):
    events = list(client.responses.create(model=f"mock,finish={finish}", input="hello", stream=True))
    assert events[-1].type == "response.incomplete"
    assert events[-1].response.incomplete_details.reason == reason
    blocking = client.responses.create(model=f"mock,finish={finish}", input="hello")
    assert (blocking.status, blocking.incomplete_details.reason) == ("incomplete", reason)


def test_a_failed_response_comes_through(client):
    events = list(client.responses.create(model="mock,failed", input="hello", stream=True))
    assert events[-1].type == "response.failed"
    assert events[-1].response.error.message == "the mock failed"


def test_refusals_come_through(client):
    with client.responses.stream(model="mock,refusal", input="hello") as stream:
        final = stream.get_final_response()
    assert final.output[0].content[0].refusal == TEXT


def test_retrieve_delete_cancel_and_input_items(client, recorder, run):
    # The mock reads the scenario from the id; ids with commas are legal in paths.
    response_id = f"resp_mock,run={run}"
    assert client.responses.retrieve(response_id).status == "completed"
    assert client.responses.retrieve(response_id, include=["file_search_call.results"]).status == "completed"
    assert client.responses.cancel(response_id).id
    assert client.responses.input_items.list(response_id).data[0].id == "msg_in"
    client.responses.delete(response_id)
    seen = [(received.method, received.target.split("?")[0].rsplit("/", 1)[-1]) for received in recorder.all()
            if run in received.target]
    assert [method for method, _ in seen] == ["GET", "GET", "POST", "GET", "DELETE"]
    assert seen[2][1] == "cancel" and seen[3][1] == "input_items"
    with_query = [received.target for received in recorder.all() if run in received.target and "?" in received.target]
    assert with_query[0].endswith("?include%5B%5D=file_search_call.results")


async def test_async_blocking_streaming_and_helper(async_client):
    assert (await async_client.responses.create(model="mock", input="hello")).output_text == TEXT
    events = [event async for event in await async_client.responses.create(model="mock", input="hello", stream=True)]
    assert events[-1].type == "response.completed"
    async with async_client.responses.stream(model="mock", input="hello") as stream:
        final = await stream.get_final_response()
    assert final.output_text == TEXT


def test_raw_response(client):
    raw = client.responses.with_raw_response.create(model="mock", input="hello")
    assert raw.headers["x-request-id"] and raw.headers["x-sluice-attempts"] == "1"
    assert raw.parse().output_text == TEXT
