"""Conversations: made, used by responses at any upstream, listed, changed and deleted."""

import openai
import pytest

from support.live_stream import Live
from support.published_schema import check
from support.raw_http import bearer, exchange, get, post
from support.two_apis import ALICE, BOB, BOTH, GET_WEATHER, NATIVE, RESPONSES, TRANSLATED, stream, with_keys

CONVERSATIONS = "/v1/conversations"
CONFIG = with_keys


@pytest.fixture
def client(gateway):
    with openai.OpenAI(base_url=gateway.url + "/v1", api_key=ALICE, max_retries=0, timeout=20) as sdk:
        yield sdk


def message(text):
    return {"type": "message", "role": "user", "content": text}


def test_made_read_changed_deleted(client, gateway):
    made = client.conversations.create(metadata={"a": "b"})
    assert made.id.startswith("conv_") and made.object == "conversation" and made.metadata == {"a": "b"}
    kept = get(gateway.port, f"{CONVERSATIONS}/{made.id}", bearer(ALICE)).json()
    check("ConversationResource", kept)
    assert kept == made.to_dict()
    assert client.conversations.retrieve(made.id).metadata == {"a": "b"}
    assert client.conversations.update(made.id, metadata={"c": "d"}).metadata == {"c": "d"}
    assert client.conversations.retrieve(made.id).metadata == {"c": "d"}
    deleted = client.conversations.delete(made.id)
    check("DeletedConversationResource", deleted.to_dict())
    assert (deleted.id, deleted.deleted) == (made.id, True)
    with pytest.raises(openai.NotFoundError):
        client.conversations.retrieve(made.id)


@BOTH
@pytest.mark.parametrize("streamed", [False, True])
def test_two_turns(client, gateway, model, streamed):
    conversation = client.conversations.create(items=[message("begin")])

    def turn(**members):
        body = {"model": model, "conversation": conversation.id, **members}
        if streamed:
            return stream(gateway.port, body, bearer(ALICE))[1]
        answer = post(gateway.port, RESPONSES, body, bearer(ALICE))
        assert answer.status == 200, answer
        return answer.json()

    first = turn(input="weather", tools=[GET_WEATHER])
    # A native answer is relayed as it is; its upstream knows nothing of the gateway's conversations.
    assert first.get("conversation", {"id": conversation.id}) == {"id": conversation.id}
    assert model == NATIVE or "conversation" in first
    turn(input=[{"type": "function_call_output", "call_id": item["call_id"], "output": "sun"}
                for item in first["output"]])
    third = turn(input="recall", conversation={"id": conversation.id})
    assert third["output"][0]["content"][0]["text"].split(" | ") == [
        "user: begin", "user: weather", 'call: get_weather {"city":"City 0"}', 'call: get_weather {"city":"City 1"}',
        "result: call_mock0 = sun", "result: call_mock1 = sun",
        "assistant: The tools say: call_mock0 = sun; call_mock1 = sun", "user: recall"]
    listed = get(gateway.port, f"{CONVERSATIONS}/{conversation.id}/items?order=asc", bearer(ALICE)).json()
    check("ConversationItemList", listed)
    assert [item["type"] for item in listed["data"]] == [
        "message", "message", "function_call", "function_call", "function_call_output", "function_call_output",
        "message", "message", "message"]
    assert len({item["id"] for item in listed["data"]}) == 9


def test_the_upstream_may_change(client):
    conversation = client.conversations.create()
    for model, word in ((NATIVE, "one"), (TRANSLATED, "two"), (NATIVE, "three")):
        client.responses.create(model=model, input=word, conversation=conversation.id)
    said = client.responses.create(model=TRANSLATED, input="recall", conversation=conversation.id).output_text
    assert said.split(" | ")[::2] == ["user: one", "user: two", "user: three", "user: recall"]


def test_items(client):
    conversation = client.conversations.create(items=[message("one")])
    added = client.conversations.items.create(conversation.id, items=[message("two"), message("three")])
    assert [item.content[0].text for item in added.data] == ["two", "three"]
    items = client.conversations.items.list
    assert [item.content[0].text for item in items(conversation.id)] == ["three", "two", "one"]
    page = items(conversation.id, limit=2, order="asc")
    assert [item.content[0].text for item in page.data] == ["one", "two"] and page.has_more
    assert [item.content[0].text for item in items(conversation.id, order="asc", after=page.last_id)] == ["three"]
    second = added.data[0].id
    assert client.conversations.items.retrieve(second, conversation_id=conversation.id).content[0].text == "two"
    client.conversations.items.delete(second, conversation_id=conversation.id)
    assert [item.content[0].text for item in items(conversation.id, order="asc")] == ["one", "three"]
    with pytest.raises(openai.NotFoundError):
        client.conversations.items.retrieve(second, conversation_id=conversation.id)


def test_a_failed_turn_leaves_nothing_behind(client):
    conversation = client.conversations.create(items=[message("one")])
    with pytest.raises(openai.APIStatusError):
        client.responses.create(model=f"{TRANSLATED},status=400", input="two", conversation=conversation.id)
    assert [item.content[0].text for item in client.conversations.items.list(conversation.id)] == ["one"]


def test_one_turn_at_a_time(client, gateway, recorder, run):
    conversation = client.conversations.create()
    body = {"model": f"{TRANSLATED},gate,run={run}", "input": "one", "conversation": conversation.id, "stream": True}
    with Live(gateway, body, bearer(ALICE)) as live:
        live.next("response.created")
        with pytest.raises(openai.ConflictError) as refused:
            client.responses.create(model=TRANSLATED, input="two", conversation=conversation.id)
        assert refused.value.code == "conversation_locked"
        recorder.let_through(run, 100)
        live.rest()
    client.responses.create(model=TRANSLATED, input="two", conversation=conversation.id)
    said = client.responses.create(model=TRANSLATED, input="recall", conversation=conversation.id).output_text
    assert said.split(" | ")[::2] == ["user: one", "user: two", "user: recall"]


@BOTH
def test_an_unknown_one(gateway, model):
    body = {"model": model, "input": "hello", "conversation": "conv_nobody_knows"}
    answer = post(gateway.port, RESPONSES, body, bearer(ALICE))
    assert answer.status == 404
    assert answer.error()["code"] and get(gateway.port, f"{CONVERSATIONS}/conv_nobody", bearer(ALICE)).status == 404


def test_not_with_a_previous_response(client):
    conversation = client.conversations.create()
    first = client.responses.create(model=TRANSLATED, input="hello")
    with pytest.raises(openai.BadRequestError) as refused:
        client.responses.create(model=TRANSLATED, input="x", previous_response_id=first.id,
                                conversation=conversation.id)
    assert refused.value.param in ("conversation", "previous_response_id")


@BOTH
def test_nobody_else_gets_at_it(client, gateway, model):
    conversation = client.conversations.create(items=[message("secret")])
    place = f"{CONVERSATIONS}/{conversation.id}"
    item = client.conversations.items.list(conversation.id).data[0].id
    for method, target in (("GET", place), ("GET", f"{place}/items"), ("GET", f"{place}/items/{item}"),
                           ("DELETE", f"{place}/items/{item}"), ("DELETE", place)):
        assert exchange(gateway.port, method, target, bearer(BOB)).status == 404, (method, target)
    assert post(gateway.port, f"{place}/items", {"items": [message("mine")]}, bearer(BOB)).status == 404
    assert post(gateway.port, place, {"metadata": {}}, bearer(BOB)).status == 404
    body = {"model": model, "input": "recall", "conversation": conversation.id}
    refused = post(gateway.port, RESPONSES, body, bearer(BOB))
    assert refused.status == 404 and b"secret" not in refused.body
    assert len(client.conversations.items.list(conversation.id).data) == 1


@pytest.mark.parametrize("metadata, code", [
    ({str(number): "x" for number in range(17)}, "invalid_value"), ({"x" * 65: "x"}, "invalid_value"),
    ({"x": "x" * 513}, "invalid_value"), ({"x": 1}, "invalid_type"), ("x", "invalid_type")])
def test_metadata_has_limits(gateway, metadata, code):
    most = {"x" * 64: "é" * 512, **{str(number): "" for number in range(15)}}
    made = post(gateway.port, CONVERSATIONS, {"metadata": most}, bearer(ALICE))
    assert made.json()["metadata"] == most
    for place in (CONVERSATIONS, f"{CONVERSATIONS}/{made.json()['id']}"):
        refused = post(gateway.port, place, {"metadata": metadata}, bearer(ALICE))
        assert (refused.status, refused.error()["code"], refused.error()["param"]) == (400, code, "metadata")
