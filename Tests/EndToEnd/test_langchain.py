"""LangChain's OpenAI client."""

import pytest
from langchain_openai import ChatOpenAI, OpenAIEmbeddings
from pydantic import BaseModel

TEXT = "".join(f"w{index} xxxxxxxx " for index in range(5))


class Person(BaseModel):
    """Somebody."""
    name: str
    age: int


@pytest.fixture
def chat(gateway):
    def make(model="mock", **options):
        return ChatOpenAI(model=model, base_url=gateway.url + "/v1", api_key="sk-client", max_retries=0, **options)
    return make


def test_invoke(chat):
    message = chat().invoke("hello")
    assert message.content == TEXT
    assert message.usage_metadata["output_tokens"] == 5
    assert message.response_metadata["finish_reason"] == "stop"


def test_stream(chat):
    chunks = list(chat(stream_usage=True).stream("hello"))
    assert "".join(chunk.content for chunk in chunks) == TEXT
    assert sum(chunk.usage_metadata["output_tokens"] for chunk in chunks if chunk.usage_metadata) == 5


async def test_async_stream(chat):
    chunks = [chunk async for chunk in chat().astream("hello")]
    assert "".join(chunk.content for chunk in chunks) == TEXT


def test_tool_calls(chat):
    message = chat("mock,tools=2").bind_tools([Person]).invoke("hello")
    assert [call["args"] for call in message.tool_calls] == [{"city": "City 0"}, {"city": "City 1"}]


def test_structured_output(chat):
    structured = chat("mock,json").with_structured_output(Person, method="json_schema")
    assert structured.invoke("who?") == Person(name="Ada", age=36)


def test_responses_api(chat):
    message = chat(use_responses_api=True).invoke("hello")
    assert message.text == TEXT if isinstance(message.text, str) else message.text() == TEXT
    streamed = "".join(str(chunk.text) for chunk in chat(use_responses_api=True).stream("hello"))
    assert streamed == TEXT


def test_embeddings(gateway):
    embeddings = OpenAIEmbeddings(model="mock", base_url=gateway.url + "/v1", api_key="k", max_retries=0,
                                  check_embedding_ctx_length=False)
    vectors = embeddings.embed_documents(["a", "b"])
    assert vectors[0] == [index / 8 for index in range(8)]
    assert vectors[1][0] == 1.0
