"""The bytes of a relayed stream are the upstream's, however the upstream cuts them into writes."""

import pytest

from support.raw_http import RawClient, chat_body, responses_body

CHAT, RESPONSES = "/v1/chat/completions", "/v1/responses"

# Small scripts, since each is fetched twice for every place where it can be cut.
SCRIPTS = [
    (CHAT, chat_body, "events=1,size=4"),
    (CHAT, chat_body, "events=1,size=4,comments,crlf"),
    (CHAT, chat_body, "events=1,size=4,unicode,no-space,cr"),
]

# Larger or odder ones, fetched whole and with a few sizes of writes.
WHOLE = [
    (CHAT, chat_body, "events=20,usage,comments"),
    (CHAT, chat_body, "tools=3,reasoning"),
    (CHAT, chat_body, "events=4,no-finish"),
    (CHAT, chat_body, "events=4,bom"),
    (CHAT, chat_body, "events=3,malformed-at=2"),
    (CHAT, chat_body, "events=2,big-event=300000"),
    (CHAT, chat_body, "events=3,error-in-band-at=2"),
    (CHAT, chat_body, "unicode,choices=3,crlf"),
    (RESPONSES, responses_body, "events=4,reasoning"),
    (RESPONSES, responses_body, "tools=2,crlf"),
    (RESPONSES, responses_body, "finish=length,comments"),
    (RESPONSES, responses_body, "failed,no-space"),
    ("/v1/completions", lambda model, stream: {"model": model, "prompt": "p", "stream": stream}, "events=4"),
]


def body_of(client, target, make_body, model):
    client.post_json(target, make_body(model, True))
    response = client.read_response("POST")
    assert response.status == 200, response
    assert response.headers["content-type"].startswith("text/event-stream"), response
    assert response.complete
    return response.body


def assert_equal_for(gateway, mock, target, make_body, models):
    with RawClient(mock.port) as direct, RawClient(gateway.port) as relayed:
        for model in models:
            expected = body_of(direct, target, make_body, model)
            assert body_of(relayed, target, make_body, model) == expected, model


@pytest.mark.parametrize("target, make_body, script", SCRIPTS)
@pytest.mark.parametrize("way", ["split", "split-at"])
def test_small_scripts_are_equal_at_every_split(gateway, mock, target, make_body, script, way):
    model = f"mock,{script},{way}=1000"
    with RawClient(mock.port) as direct:
        length = len(body_of(direct, target, make_body, model))
    assert length < 2000
    models = [f"mock,{script},{way}={place}" for place in range(1, length + 10)]
    assert_equal_for(gateway, mock, target, make_body, models)


@pytest.mark.parametrize("target, make_body, script", WHOLE)
def test_larger_scripts_are_equal(gateway, mock, target, make_body, script):
    sizes = [0, 1, 2, 3, 7, 64, 1000, 4096, 65536] if "big-event" not in script else [0, 997, 65536]
    models = [f"mock,{script},split={size}" for size in sizes]
    assert_equal_for(gateway, mock, target, make_body, models)


@pytest.mark.parametrize("target, make_body", [(CHAT, chat_body), (RESPONSES, responses_body)])
def test_events_are_not_held_back(gateway, recorder, run, target, make_body):
    """An event is at the client before the upstream writes the next one."""
    with RawClient(gateway.port) as client:
        client.post_json(target, make_body(f"mock,events=1,silent-after=1,run={run}", True))
        head = client.read_head()
        pieces = client.body_pieces(head)
        assert next(pieces).endswith(b"\n\n")
        assert recorder.requests(run)[0].writes == 1


def test_a_stream_without_a_last_blank_line_gets_one(gateway, mock):
    """Readers pass over an event without it; and the end is not an error after `[DONE]`."""
    model = "mock,events=1,no-blank"
    with RawClient(mock.port) as direct, RawClient(gateway.port) as relayed:
        expected = body_of(direct, CHAT, chat_body, model) + b"\n"
        assert body_of(relayed, CHAT, chat_body, model) == expected


def test_done_and_the_end_of_the_body_arrive_together(gateway):
    """Otherwise a client that stops reading at `[DONE]` leaves its connection in the middle of a body."""
    with RawClient(gateway.port) as client:
        client.post_json(CHAT, chat_body("mock,events=3,pace=20ms", True))
        while b"[DONE]" not in client.buffer:
            assert client.fill()
        assert client.buffer.endswith(b"data: [DONE]\n\n\r\n0\r\n\r\n")


def test_the_body_ends_with_done_although_the_upstream_lingers(gateway, recorder, run):
    with RawClient(gateway.port) as client:
        client.post_json(CHAT, chat_body(f"mock,linger,run={run}", True))
        response = client.read_response("POST")
        assert response.complete
        assert response.body.endswith(b"data: [DONE]\n\n")
    # The upstream that would not end is closed instead of waited for.
    assert recorder.wait_for_end(run, "peer_left")


def test_a_blocking_body_is_relayed_untouched(gateway, mock):
    for target, make_body in [(CHAT, chat_body), (RESPONSES, responses_body)]:
        answers = []
        for process in (mock, gateway):
            with RawClient(process.port) as client:
                client.post_json(target, make_body("mock,events=3"))
                answers.append(client.read_response("POST"))
        assert answers[0].body == answers[1].body
        assert answers[1].headers["content-type"] == "application/json"


def test_a_compressed_upstream_stream_arrives_as_text(gateway, mock):
    with RawClient(gateway.port) as client:
        body = body_of(client, CHAT, chat_body, "mock,gzip,events=2")
    assert b"w1 " in body and body.endswith(b"data: [DONE]\n\n")
