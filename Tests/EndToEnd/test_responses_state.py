"""What is kept of a response: reading, listing, continuing and deleting it, at any upstream, for its owner alone."""

import openai
import pytest
from openai.types.responses import Response

from support.polling import wait_until
from support.published_schema import check, check_response
from support.raw_http import bearer, exchange, get, post
from support.two_apis import (
    ALICE, BOB, BOTH, GET_WEATHER, NATIVE, RESPONSES, TRANSLATED, Names, configuration, stream, with_keys)

CONFIG = with_keys


@pytest.fixture
def client(gateway):
    with openai.OpenAI(base_url=gateway.url + "/v1", api_key=ALICE, max_retries=0, timeout=20) as sdk:
        yield sdk


@pytest.fixture
async def async_client(gateway):
    async with openai.AsyncOpenAI(base_url=gateway.url + "/v1", api_key=ALICE, max_retries=0, timeout=20) as sdk:
        yield sdk


def read(gateway, response_id, key=ALICE):
    return get(gateway.port, f"{RESPONSES}/{response_id}", bearer(key))


def said(response):
    """The whole conversation, as the upstream saw it."""
    return response.output_text.split(" | ")


# Reading

@BOTH
@pytest.mark.parametrize("question", ["hello", "think", "refuse", "long", "weather please"])
def test_what_was_answered_can_be_read(gateway, model, question):
    body = {"model": model, "input": question, "tools": [GET_WEATHER], "metadata": {"a": "b"}}
    blocking = post(gateway.port, RESPONSES, body, bearer(ALICE)).json()
    _, streamed = stream(gateway.port, body, bearer(ALICE))
    for answer in (blocking, streamed):
        kept = read(gateway, answer["id"])
        assert kept.status == 200, kept
        assert kept.json() == answer
        check_response(kept.json())
        Response.model_validate(kept.json())


@BOTH
async def test_the_sdk_reads_and_deletes(client, async_client, model):
    first = client.responses.create(model=model, input="hello")
    second = await async_client.responses.create(model=model, input="hello")
    assert client.responses.retrieve(first.id).to_dict() == first.to_dict()
    assert (await async_client.responses.retrieve(second.id, include=["message.output_text.logprobs"])).id == second.id
    client.responses.delete(first.id)
    await async_client.responses.delete(second.id)
    for gone in (first.id, second.id):
        with pytest.raises(openai.NotFoundError):
            client.responses.retrieve(gone)
        with pytest.raises(openai.NotFoundError):
            client.responses.input_items.list(gone)
        with pytest.raises(openai.NotFoundError):
            client.responses.delete(gone)
        with pytest.raises(openai.APIStatusError) as refused:
            client.responses.create(model=model, input="go on", previous_response_id=gone)
        assert refused.value.code == "previous_response_not_found"


def test_deleting_says_so(gateway):
    answer = post(gateway.port, RESPONSES, {"model": TRANSLATED, "input": "hello"}, bearer(ALICE)).json()
    deleted = exchange(gateway.port, "DELETE", f"{RESPONSES}/{answer['id']}", bearer(ALICE))
    assert deleted.status == 200
    assert deleted.json() == {"id": answer["id"], "object": "response", "deleted": True}


def test_a_deleted_turn_is_not_missed_by_those_behind_it(client):
    first = client.responses.create(model=TRANSLATED, input="one")
    second = client.responses.create(model=TRANSLATED, input="two", previous_response_id=first.id)
    client.responses.delete(first.id)
    third = client.responses.create(model=TRANSLATED, input="recall", previous_response_id=second.id)
    assert said(third)[-3:] == ["user: two", "assistant: You said: two", "user: recall"]


@BOTH
@pytest.mark.parametrize("streamed", [False, True])
def test_without_store_nothing_is_kept(gateway, client, model, streamed):
    body = {"model": model, "input": "hello", "store": False}
    if streamed:
        _, answer = stream(gateway.port, body, bearer(ALICE))
    else:
        answer = post(gateway.port, RESPONSES, body, bearer(ALICE)).json()
    assert answer["store"] is False and answer["status"] == "completed"
    assert read(gateway, answer["id"]).status == 404
    assert exchange(gateway.port, "DELETE", f"{RESPONSES}/{answer['id']}", bearer(ALICE)).status == 404
    assert get(gateway.port, f"{RESPONSES}/{answer['id']}/input_items", bearer(ALICE)).status == 404
    with pytest.raises(openai.APIStatusError) as refused:
        client.responses.create(model=model, input="go on", previous_response_id=answer["id"])
    assert refused.value.status_code in (400, 404)
    assert refused.value.code == "previous_response_not_found"


@pytest.mark.parametrize("method, tail", [("GET", ""), ("DELETE", ""), ("POST", "/cancel"), ("GET", "/input_items")])
def test_an_unknown_response_is_404(gateway, method, tail):
    answer = exchange(gateway.port, method, f"{RESPONSES}/resp_nativenobody{tail}", bearer(ALICE),
                      b"" if method == "POST" else None)
    assert answer.status == 404
    assert answer.error()["type"] == "invalid_request_error"


# Going on

@BOTH
@pytest.mark.parametrize("streamed", [False, True])
def test_an_unknown_turn_cannot_be_continued(gateway, model, streamed):
    body = {"model": model, "input": "go on", "previous_response_id": "resp_nativenobody", "stream": streamed}
    answer = post(gateway.port, RESPONSES, body, bearer(ALICE))
    assert answer.status in (400, 404)
    error = answer.error()
    assert (error["code"], error["param"]) == ("previous_response_not_found", "previous_response_id")


@pytest.mark.parametrize("streamed", [False, True])
@pytest.mark.parametrize("first, second, third", [
    (NATIVE, TRANSLATED, NATIVE), (TRANSLATED, NATIVE, TRANSLATED), (TRANSLATED, TRANSLATED, NATIVE),
    (NATIVE, NATIVE, TRANSLATED)])
def test_a_conversation_goes_on_at_another_upstream(gateway, client, first, second, third, streamed):
    def turn(model, previous=None, **members):
        body = {"model": model, "previous_response_id": previous, "tools": [GET_WEATHER], **members}
        if not streamed:
            return client.responses.create(**{name: value for name, value in body.items() if value is not None})
        _, answer = stream(gateway.port, body, bearer(ALICE))
        return Response.model_validate(answer)

    one = turn(first, input="weather please", instructions="Be brief")
    calls = [item for item in one.output if item.type == "function_call"]
    two = turn(second, one.id, input=[
        {"type": "function_call_output", "call_id": call.call_id, "output": "sun"} for call in calls])
    assert two.output_text == "The tools say: call_mock0 = sun; call_mock1 = sun"
    three = turn(third, two.id, input="recall")
    assert said(three) == [
        "user: weather please", "assistant: Let me look.", 'call: get_weather {"city":"City 0"}',
        'call: get_weather {"city":"City 1"}', "result: call_mock0 = sun", "result: call_mock1 = sun",
        "assistant: The tools say: call_mock0 = sun; call_mock1 = sun", "user: recall"]
    assert three.previous_response_id == two.id
    for model in (first, second, third):
        assert client.responses.retrieve(one.id).id == one.id, model
    assert client.responses.retrieve(three.id).output_text == three.output_text
    assert client.responses.create(model=first, input="recall", previous_response_id=three.id).output_text.startswith(
        "user: weather please | ")


def test_one_turn_can_be_continued_twice(client):
    root = client.responses.create(model=TRANSLATED, input="root")
    left, right = (client.responses.create(model=TRANSLATED, input=word, previous_response_id=root.id)
                   for word in ("left", "right"))
    for branch, word in ((left, "left"), (right, "right")):
        recalled = client.responses.create(model=TRANSLATED, input="recall", previous_response_id=branch.id)
        assert said(recalled) == ["user: root", "assistant: You said: root", f"user: {word}",
                                  f"assistant: You said: {word}", "user: recall"]


def test_a_long_chain(client):
    answer = client.responses.create(model=TRANSLATED, input="turn 0")
    for number in range(1, 40):
        answer = client.responses.create(model=TRANSLATED, input=f"turn {number}", previous_response_id=answer.id)
    recalled = client.responses.create(model=TRANSLATED, input="recall", previous_response_id=answer.id)
    assert said(recalled)[::2] == [f"user: turn {number}" for number in range(40)] + ["user: recall"]


def test_a_stored_item_is_referred_to(client):
    first = client.responses.create(model=TRANSLATED, input="hello")
    reference = {"type": "item_reference", "id": first.output[0].id}
    second = client.responses.create(model=TRANSLATED, input=[reference, {"role": "user", "content": "recall"}])
    assert said(second) == ["assistant: You said: hello", "user: recall"]
    with pytest.raises(openai.APIStatusError) as refused:
        client.responses.create(model=TRANSLATED, input=[{"type": "item_reference", "id": "msg_nobody"},
                                                         {"role": "user", "content": "x"}])
    assert refused.value.status_code in (400, 404)


# Input items

MESSAGES = [{"role": "user", "content": f"message {number}"} for number in range(5)]


def texts(items):
    return [item.content[0].text for item in items]


@BOTH
def test_input_items_come_in_pages(client, model):
    answer = client.responses.create(model=model, input=MESSAGES)
    newest_first = [f"message {number}" for number in reversed(range(5))]
    items = client.responses.input_items.list
    assert texts(items(answer.id).data) == newest_first
    assert texts(items(answer.id, order="asc").data) == newest_first[::-1]
    page = items(answer.id, limit=2)
    assert texts(page.data) == newest_first[:2] and page.has_more
    assert (page.first_id, page.last_id) == (page.data[0].id, page.data[-1].id)
    page = items(answer.id, limit=2, after=page.last_id)
    assert texts(page.data) == newest_first[2:4] and page.has_more
    page = items(answer.id, limit=2, after=page.last_id)
    assert texts(page.data) == newest_first[4:] and not page.has_more
    assert texts(items(answer.id, limit=1, order="asc")) == newest_first[::-1]
    assert len({item.id for item in items(answer.id)}) == 5


async def test_input_items_of_every_kind(gateway, async_client):
    sent = [*MESSAGES[:1],
            {"type": "function_call", "call_id": "call_a", "name": "get_weather", "arguments": "{}"},
            {"type": "function_call_output", "call_id": "call_a", "output": "sun"},
            {"role": "user", "content": [{"type": "input_text", "text": "thanks"}]}]
    answer = await async_client.responses.create(model=TRANSLATED, input=sent)
    listed = get(gateway.port, f"{RESPONSES}/{answer.id}/input_items?order=asc", bearer(ALICE)).json()
    check("ResponseItemList", listed)
    for item in listed["data"]:
        check("ItemResource", item)
    assert [item["type"] for item in listed["data"]] == ["message", "function_call", "function_call_output", "message"]
    assert listed["object"] == "list" and listed["has_more"] is False
    assert [item.type async for item in async_client.responses.input_items.list(answer.id, order="asc")] == [
        item["type"] for item in listed["data"]]


def test_input_items_of_a_later_turn_have_its_input(client):
    first = client.responses.create(model=TRANSLATED, input="hello")
    second = client.responses.create(model=TRANSLATED, input="again", previous_response_id=first.id)
    assert texts(client.responses.input_items.list(second.id).data[:1]) == ["again"]


@pytest.mark.parametrize("query", ["limit=0", "limit=101", "limit=x", "order=sideways"])
def test_a_page_that_cannot_be(gateway, client, query):
    answer = client.responses.create(model=TRANSLATED, input="hello")
    refused = get(gateway.port, f"{RESPONSES}/{answer.id}/input_items?{query}", bearer(ALICE))
    assert refused.status == 400
    assert refused.error()["param"] == query.split("=")[0]


# Owners

@BOTH
def test_nobody_else_gets_at_it(gateway, client, model):
    answer = client.responses.create(model=model, input="secret")
    for method, tail in (("GET", ""), ("GET", "/input_items"), ("POST", "/cancel"), ("DELETE", "")):
        refused = exchange(gateway.port, method, f"{RESPONSES}/{answer.id}{tail}", bearer(BOB),
                           b"" if method == "POST" else None)
        assert refused.status == 404, (method, tail, refused)
        unknown = exchange(gateway.port, method, f"{RESPONSES}/resp_nativenobody{tail}", bearer(BOB),
                           b"" if method == "POST" else None)
        # Not even that there is such a response can be told.
        assert refused.error()["code"] == unknown.error()["code"]
    for chained in (NATIVE, TRANSLATED):
        body = {"model": chained, "input": "recall", "previous_response_id": answer.id}
        refused = post(gateway.port, RESPONSES, body, bearer(BOB))
        assert refused.status in (400, 404)
        assert refused.error()["code"] == "previous_response_not_found"
        assert b"secret" not in refused.body
    referred = post(gateway.port, RESPONSES, {"model": TRANSLATED, "input": [
        {"type": "item_reference", "id": answer.output[0].id}, {"role": "user", "content": "recall"}]}, bearer(BOB))
    assert referred.status in (400, 404) and b"secret" not in referred.body
    assert client.responses.retrieve(answer.id).output_text == "You said: secret"


# Limits

@pytest.mark.parametrize("streamed", [False, True])
def test_what_is_too_large_is_given_and_not_kept(start_gateway, mock, streamed):
    gateway = start_gateway({**with_keys(mock.url), "state": {"path": ":memory:", "max_size": "1MiB"}})
    made = post(gateway.port, "/v1/conversations", {}, bearer(ALICE)).json()
    body = {"model": TRANSLATED, "input": "x" * 300_000, "conversation": made["id"]}
    if streamed:
        _, answer = stream(gateway.port, body, bearer(ALICE))
    else:
        answer = post(gateway.port, RESPONSES, body, bearer(ALICE)).json()
    assert answer["status"] == "completed" and answer["store"] is False
    assert read(gateway, answer["id"]).status == 404
    wait_until(lambda: "store: the response is too large" in gateway.log())
    # Its turn is over.
    assert post(gateway.port, RESPONSES, {**body, "input": "hello"}, bearer(ALICE)).json()["store"] is True


# Restarts

@BOTH
def test_a_restart_forgets_nothing(start_gateway, mock, tmp_path, model):
    config = configuration(mock.url, tmp_path / "state.db")
    before = start_gateway(config)
    answer = post(before.port, RESPONSES, {"model": model, "input": "hello"}).json()
    items = get(before.port, f"{RESPONSES}/{answer['id']}/input_items").json()
    before.signal(15)
    assert before.wait() == 0
    after = start_gateway(config)
    assert get(after.port, f"{RESPONSES}/{answer['id']}").json() == answer
    assert get(after.port, f"{RESPONSES}/{answer['id']}/input_items").json() == items
    recalled = post(after.port, RESPONSES, {"model": TRANSLATED, "input": "recall",
                                            "previous_response_id": answer["id"]}).json()
    assert recalled["output"][0]["content"][0]["text"] == "user: hello | assistant: You said: hello | user: recall"
    assert Names()(recalled)["previous_response_id"]


def test_in_memory_a_restart_forgets(start_gateway, mock):
    answer = post(start_gateway(configuration(mock.url)).port, RESPONSES, {"model": TRANSLATED, "input": "hello"})
    after = start_gateway(configuration(mock.url))
    assert get(after.port, f"{RESPONSES}/{answer.json()['id']}").status == 404
