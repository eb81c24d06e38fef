"""Structured output: the SDK's `.parse` and the helpers with a schema."""

import openai
import pytest
from pydantic import BaseModel

MESSAGES = [{"role": "user", "content": "who?"}]


class Person(BaseModel):
    name: str
    age: int


ADA = Person(name="Ada", age=36)


def test_chat_parse(client):
    answer = client.chat.completions.parse(model="mock,json", messages=MESSAGES, response_format=Person)
    assert answer.choices[0].message.parsed == ADA


def test_chat_stream_helper_with_a_schema(client):
    with client.chat.completions.stream(model="mock,json,size=3", messages=MESSAGES, response_format=Person) as stream:
        final = stream.get_final_completion()
    assert final.choices[0].message.parsed == ADA


def test_responses_parse(client):
    assert client.responses.parse(model="mock,json", input="who?", text_format=Person).output_parsed == ADA


def test_responses_stream_helper_with_a_schema(client):
    with client.responses.stream(model="mock,json,size=3", input="who?", text_format=Person) as stream:
        final = stream.get_final_response()
    assert final.output_parsed == ADA


async def test_async_parse(async_client):
    answer = await async_client.chat.completions.parse(model="mock,json", messages=MESSAGES, response_format=Person)
    assert answer.choices[0].message.parsed == ADA


@pytest.mark.parametrize("finish, exception", [
    ("length", openai.LengthFinishReasonError), ("content_filter", openai.ContentFilterFinishReasonError)])
def test_a_cut_off_answer_raises_what_the_sdk_says(client, finish, exception):
    with pytest.raises(exception):
        client.chat.completions.parse(model=f"mock,json,finish={finish}", messages=MESSAGES, response_format=Person)


def test_the_schema_reaches_the_upstream(client, recorder, run):
    client.chat.completions.parse(model=f"mock,json,run={run}", messages=MESSAGES, response_format=Person)
    assert '"json_schema"' in recorder.requests(run)[0].body
