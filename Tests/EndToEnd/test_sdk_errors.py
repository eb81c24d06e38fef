"""Errors as the OpenAI SDK raises them."""

import openai
import pytest

MESSAGES = [{"role": "user", "content": "hello"}]

STATUSES = [
    (400, openai.BadRequestError), (404, openai.NotFoundError), (409, openai.ConflictError),
    (422, openai.UnprocessableEntityError), (429, openai.RateLimitError), (500, openai.InternalServerError),
    (503, openai.InternalServerError), (402, openai.APIStatusError), (413, openai.APIStatusError),
]


@pytest.mark.parametrize("status, exception", STATUSES)
@pytest.mark.parametrize("stream", [False, True])
def test_an_upstream_error_raises_its_class(client, status, exception, stream):
    with pytest.raises(exception) as caught:
        client.chat.completions.create(model=f"mock,status={status},error-code=the_code", messages=MESSAGES,
                                       stream=stream)
    assert caught.value.status_code == status
    assert caught.value.code == "the_code"
    assert caught.value.message.endswith(f"the mock answers with {status}'}}}}") or "mock answers" in str(caught.value)
    assert caught.value.request_id
    assert caught.value.response.headers["content-type"].startswith("application/json")


@pytest.mark.parametrize("status, exception", STATUSES)
def test_responses_raise_the_same_classes(client, status, exception):
    with pytest.raises(exception):
        client.responses.create(model=f"mock,status={status}", input="hello")


async def test_async_raises_too(async_client):
    with pytest.raises(openai.NotFoundError):
        await async_client.chat.completions.create(model="mock,status=404", messages=MESSAGES, stream=True)


def test_an_html_error_becomes_an_openai_error_with_its_status(client):
    with pytest.raises(openai.InternalServerError) as caught:
        client.chat.completions.create(model="mock,status=502,html-error", messages=MESSAGES)
    assert caught.value.status_code == 502
    assert caught.value.code == "upstream_error"
    assert "Bad day at the mock" in caught.value.message


def test_html_with_status_200_is_an_invalid_response(client):
    with pytest.raises(openai.InternalServerError) as caught:
        client.chat.completions.create(model="mock,status=200,html-error", messages=MESSAGES, stream=True)
    assert caught.value.status_code == 502
    assert caught.value.code == "upstream_invalid_response"


def test_an_unreachable_upstream_is_a_502(start_gateway):
    # Port 9 (discard) has no listener on a test machine.
    gateway = start_gateway({"upstreams": [{"name": "nobody", "base_url": "http://127.0.0.1:9/v1", "key": "k"}],
                             "models": [{"name": "*", "upstream": "nobody"}]})
    with openai.OpenAI(base_url=gateway.url + "/v1", api_key="k", max_retries=0) as sdk:
        with pytest.raises(openai.InternalServerError) as caught:
            sdk.chat.completions.create(model="mock", messages=MESSAGES)
    assert caught.value.code == "upstream_unreachable"
    assert caught.value.status_code == 502
    assert caught.value.response.headers["x-should-retry"] == "false"
    assert caught.value.response.headers["x-sluice-attempts"] == "3"


def test_a_mid_stream_error_raises_api_error_after_the_text(client):
    stream = client.chat.completions.create(model="mock,error-in-band-at=3", messages=MESSAGES, stream=True)
    texts = []
    with pytest.raises(openai.APIError) as caught:
        for chunk in stream:
            texts.append(chunk.choices[0].delta.content)
    assert texts == ["", "w0 xxxxxxxx ", "w1 xxxxxxxx "]
    assert caught.value.code == "mock_in_band"


@pytest.mark.parametrize("kind", ["reset", "close"])
def test_a_broken_chat_stream_raises_api_error(client, kind):
    stream = client.chat.completions.create(model=f"mock,{kind}-after=3", messages=MESSAGES, stream=True)
    texts = []
    with pytest.raises(openai.APIError) as caught:
        for chunk in stream:
            texts.append(chunk.choices[0].delta.content)
    assert texts == ["", "w0 xxxxxxxx ", "w1 xxxxxxxx "]
    assert not isinstance(caught.value, openai.APIConnectionError)
    assert caught.value.code in ("upstream_disconnected", "upstream_truncated")


@pytest.mark.parametrize("kind", ["reset", "close"])
def test_a_broken_responses_stream_raises_api_error(client, kind):
    with pytest.raises(openai.APIError) as caught:
        with client.responses.stream(model=f"mock,{kind}-after=6", input="hello") as stream:
            stream.get_final_response()
    assert caught.value.code in ("upstream_disconnected", "upstream_truncated")


def test_an_unknown_model_is_not_found(start_gateway):
    gateway = start_gateway({"models": [{"name": "known", "upstream": "mock"}]})
    with openai.OpenAI(base_url=gateway.url + "/v1", api_key="k", max_retries=0) as sdk:
        with pytest.raises(openai.NotFoundError) as caught:
            sdk.chat.completions.create(model="unknown", messages=MESSAGES)
    assert caught.value.code == "model_not_found"
    assert caught.value.param == "model"
    assert "unknown" in caught.value.message
