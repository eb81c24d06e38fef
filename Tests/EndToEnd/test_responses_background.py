"""Responses in the background: polled, streamed later, cancelled; the client may leave, the work goes on."""

import openai
import pytest

from support.live_stream import Live
from support.polling import wait_until
from support.published_schema import check_response
from support.raw_http import exchange, get, post
from support.two_apis import (
    BOTH, GET_WEATHER, RESPONSES, TRANSLATED, Names, cancel, configuration, event_kinds, read_events, stream)

CONFIG = configuration
FINAL = ("completed", "incomplete", "failed", "cancelled")


def begun(model, question="count", **members):
    return {"model": model, "input": question, "background": True, **members}


def read(gateway, response_id):
    answer = get(gateway.port, f"{RESPONSES}/{response_id}")
    assert answer.status == 200, answer
    check_response(answer.json())
    return answer.json()


def poll(gateway, response_id):
    """The object once it has come to its end."""
    def ended():
        answer = read(gateway, response_id)
        assert answer["status"] in FINAL + ("queued", "in_progress")
        return answer if answer["status"] in FINAL else None
    return wait_until(ended, what=f"the end of {response_id}")


def later(gateway, response_id, after=None):
    """A stream of events from the store, live from there on."""
    query = "stream=true" + (f"&starting_after={after}" if after is not None else "")
    return Live(gateway, None, target=f"{RESPONSES}/{response_id}?{query}", method="GET")


@BOTH
@pytest.mark.parametrize("question", ["hello", "think", "refuse", "long", "weather please"])
def test_polling_ends_with_what_a_blocking_call_gives(gateway, model, question):
    body = {"input": question, "tools": [GET_WEATHER], "metadata": {"a": "b"}}
    started = post(gateway.port, RESPONSES, begun(f"{model},pace=5ms", **body))
    assert started.status == 200
    first = started.json()
    check_response(first)
    assert first["status"] in ("queued", "in_progress") and first["background"] is True and first["output"] == []
    ended = poll(gateway, first["id"])
    blocking = post(gateway.port, RESPONSES, {"model": f"{model},pace=5ms", **body}).json()
    assert Names()({**ended, "background": False}) == Names()(blocking)


async def test_the_sdk_polls(async_client, recorder, run):
    started = await async_client.responses.create(model=f"{TRANSLATED},gate,run={run}", input="hello", background=True)
    assert started.status in ("queued", "in_progress")
    assert (await async_client.responses.retrieve(started.id)).status in ("queued", "in_progress")
    recorder.let_through(run, 100)
    while (answer := await async_client.responses.retrieve(started.id)).status not in FINAL:
        pass
    assert (answer.status, answer.output_text) == ("completed", "You said: hello")
    assert (await async_client.responses.cancel(started.id)).status == "completed"


def test_while_it_runs_it_is_told_as_it_stands(gateway, recorder, run):
    first = post(gateway.port, RESPONSES, begun(f"{TRANSLATED},gate,run={run}")).json()
    recorder.let_through(run, 2)
    wait_until(lambda: recorder.requests(run) and recorder.requests(run)[0].writes >= 3)
    assert read(gateway, first["id"])["status"] in ("queued", "in_progress")
    recorder.let_through(run, 100)
    assert poll(gateway, first["id"])["status"] == "completed"


@BOTH
def test_a_stream_can_be_taken_up_again(gateway, model):
    events, final = stream(gateway.port, begun(model))
    assert final["background"] is True
    assert "response.queued" in event_kinds(events) or events[0]["response"]["status"] in ("queued", "in_progress")
    with later(gateway, final["id"]) as again:
        again.next()
        replayed, _ = read_events(again.rest())
    assert replayed == events
    for after in (0, 4, len(events) - 2):
        with later(gateway, final["id"], after) as again:
            assert again.next() == events[after + 1]
            rest = again.rest()
        assert rest.count(b"event: ") == len(events) - after - 1


def test_the_client_may_leave(gateway, recorder, run):
    """Seen from the first connection up to the second delta, from a second one live, and as a whole from a third."""
    model = f"{TRANSLATED},events=6,gate,run={run}"
    with Live(gateway, begun(model, stream=True)) as first:
        created = first.next("response.created")
        recorder.let_through(run, 2)
        first.next("response.output_text.delta")
        last = first.next("response.output_text.delta")["sequence_number"]
    with later(gateway, created["response"]["id"], last) as second:
        for number in range(2, 6):
            recorder.let_through(run)
            event = second.next()
            assert (event["type"], event["delta"]) == ("response.output_text.delta", f"w{number} xxxxxxxx ")
            assert event["sequence_number"] == last + number - 1
        recorder.let_through(run, 3)
        second.rest()
    assert recorder.wait_for_end(run).end == "finished"
    assert poll(gateway, created["response"]["id"])["status"] == "completed"
    with later(gateway, created["response"]["id"]) as third:
        third.next()
        _, final = read_events(third.rest())
    assert final == read(gateway, created["response"]["id"])


def test_the_sdk_takes_it_up_again(client, recorder, run):
    model = f"{TRANSLATED},events=4,gate,run={run}"
    response_id = last = None
    with client.responses.create(model=model, input="count", background=True, stream=True) as events:
        for event in events:
            response_id = response_id or event.response.id
            last = event.sequence_number
            if event.type == "response.in_progress":
                break
    recorder.let_through(run, 100)
    rest = list(client.responses.retrieve(response_id, stream=True, starting_after=last))
    assert [event.sequence_number for event in rest] == list(range(last + 1, last + 1 + len(rest)))
    assert rest[-1].type == "response.completed"
    with client.responses.stream(response_id=response_id, starting_after=last) as helped:
        assert helped.get_final_response().output_text == rest[-1].response.output_text


@pytest.mark.parametrize("way", ["cancel", "stop"])
def test_cancelled_it_stays_so(gateway, recorder, run, way):
    body = begun(f"{TRANSLATED},events=50,gate,run={run}", stream=True)
    with Live(gateway, body) as first:
        response_id = first.next("response.created")["response"]["id"]
        with later(gateway, response_id) as tail:
            recorder.let_through(run, 3)
            tail.next("response.output_text.delta")
            if way == "cancel":
                answer = cancel(gateway, response_id)
                assert answer.status == 200, answer
                check_response(answer.json())
                assert answer.json()["status"] == "cancelled" and answer.json()["id"] == response_id
            else:
                assert exchange(gateway.port, "POST", f"/v1/requests/{response_id}/stop", body=b"").status == 200
            # The streams of a cancelled response just end.
            for stopped in (first, tail):
                rest = stopped.rest()
                assert b"response.completed" not in rest and b"response.failed" not in rest
    assert recorder.wait_for_end(run, "peer_left")
    recorder.let_through(run, 100)
    ended = poll(gateway, response_id)
    assert ended["status"] == "cancelled" and ended["background"] is True
    assert cancel(gateway, response_id).json() == ended
    assert read(gateway, response_id) == ended


@pytest.mark.parametrize("way", ["cancel", "stop"])
def test_so_does_one_that_nobody_listens_to(gateway, recorder, run, way):
    first = post(gateway.port, RESPONSES, begun(f"{TRANSLATED},events=50,gate,run={run}")).json()
    recorder.wait_for_first_write(run)
    target = f"{RESPONSES}/{first['id']}/cancel" if way == "cancel" else f"/v1/requests/{first['id']}/stop"
    assert exchange(gateway.port, "POST", target, body=b"").status == 200
    assert recorder.wait_for_end(run, "peer_left")
    assert poll(gateway, first["id"])["status"] == "cancelled"


def test_a_response_of_the_foreground_is_not_streamed_again(gateway):
    _, first = stream(gateway.port, {"model": TRANSLATED, "input": "hello"})
    refused = get(gateway.port, f"{RESPONSES}/{first['id']}?stream=true")
    assert refused.status == 400 and refused.error()["param"] == "stream"


@BOTH
def test_the_sdk_cancels(client, model):
    started = client.responses.create(model=f"{model},events=100,pace=100ms", input="count", background=True)
    assert client.responses.cancel(started.id).status == "cancelled"
    assert client.responses.retrieve(started.id).status == "cancelled"
    assert client.responses.cancel(started.id).status == "cancelled"


def test_what_is_over_cannot_be_cancelled_any_more(gateway):
    first = post(gateway.port, RESPONSES, begun(TRANSLATED)).json()
    ended = poll(gateway, first["id"])
    assert ended["status"] == "completed"
    assert cancel(gateway, first["id"]).json() == ended


@BOTH
def test_a_finished_foreground_response_cannot_be_cancelled(client, model):
    answer = client.responses.create(model=model, input="hello")
    with pytest.raises(openai.BadRequestError):
        client.responses.cancel(answer.id)
    assert client.responses.retrieve(answer.id).status == "completed"


@pytest.mark.parametrize("fault", ["reset-after=3", "status=400", "cut-after=3", "fail=503,times=99"])
def test_a_failure_is_told_when_asked(gateway, fault):
    first = post(gateway.port, RESPONSES, begun(f"{TRANSLATED},{fault}"))
    assert first.status == 200, first
    ended = poll(gateway, first.json()["id"])
    assert ended["status"] == "failed"
    assert ended["error"]["code"] and ended["error"]["message"]


def test_a_running_response_cannot_be_continued_a_finished_one_can(gateway, client, recorder, run):
    first = post(gateway.port, RESPONSES, begun(f"{TRANSLATED},gate,run={run}", "hello")).json()
    with pytest.raises(openai.BadRequestError):
        client.responses.create(model=TRANSLATED, input="recall", previous_response_id=first["id"])
    recorder.let_through(run, 100)
    poll(gateway, first["id"])
    answer = client.responses.create(model=TRANSLATED, input="recall", previous_response_id=first["id"])
    assert answer.output_text == "user: hello | assistant: You said: hello | user: recall"


def test_background_needs_store(gateway):
    answer = post(gateway.port, RESPONSES, begun(TRANSLATED, "hello", store=False))
    assert answer.status == 400
    assert answer.error()["param"] in ("background", "store")


@pytest.mark.parametrize("query", ["stream=true&starting_after=-2", "stream=true&starting_after=x"])
def test_a_place_that_cannot_be(gateway, query):
    _, first = stream(gateway.port, begun(TRANSLATED))
    answer = get(gateway.port, f"{RESPONSES}/{first['id']}?{query}")
    assert answer.status == 400
    assert answer.error()["param"] == "starting_after"


# Failover

def mixed(mock_url, second):
    """A model whose first target always fails; the one behind it has both APIs, or responses alone."""
    config = configuration(mock_url)
    config["models"].append({"name": "mixed", "retry": {"attempts": 1}, "targets": [
        {"upstream": "chat", "model": "mock,status=500"}, {"upstream": second, "model": "mock,converse"}]})
    return config


@pytest.mark.parametrize("streamed", [False, True])
def test_another_target_goes_on_with_it(start_gateway, mock, streamed):
    gateway = start_gateway(mixed(mock.url, "native"))
    if streamed:
        _, ended = stream(gateway.port, begun("mixed", "hello"))
    else:
        first = post(gateway.port, RESPONSES, begun("mixed", "hello")).json()
        ended = poll(gateway, first["id"])
        assert ended["id"] == first["id"]
    assert ended["status"] == "completed" and ended["background"] is True
    assert read(gateway, ended["id"]) == ended


def test_nobody_is_left_to_go_on_with_it(start_gateway, mock):
    """An upstream without chat completions would begin a response of its own, under another id."""
    gateway = start_gateway(mixed(mock.url, "responses"))
    first = post(gateway.port, RESPONSES, begun("mixed", "hello")).json()
    ended = poll(gateway, first["id"])
    assert ended["status"] == "failed" and ended["error"]["message"]


# Limits

def test_without_room_to_wait_it_is_refused_at_once(start_gateway, mock, recorder, run):
    config = configuration(mock.url)
    config["models"] = [{**model, "concurrency": {"max": 1, "queue": 1}} for model in config["models"]]
    gateway = start_gateway(config)
    running = post(gateway.port, RESPONSES, begun(f"{TRANSLATED},gate,run={run}")).json()
    recorder.wait_for(run)
    waiting = post(gateway.port, RESPONSES, begun(TRANSLATED)).json()
    for streamed in (False, True):
        refused = post(gateway.port, RESPONSES, begun(TRANSLATED, stream=streamed))
        assert (refused.status, refused.error()["code"]) == (429, "queue_full"), refused
        assert refused.headers["retry-after"]
    recorder.let_through(run, 100)
    for response in (running, waiting):
        assert poll(gateway, response["id"])["status"] == "completed"
    events, final = stream(gateway.port, begun(TRANSLATED))
    assert final["status"] == "completed" and event_kinds(events)[:3] == [
        "response.created", "response.queued", "response.in_progress"]
