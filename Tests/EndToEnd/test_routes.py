"""Which of a model's targets is asked, in which order, and what the caller is told about it."""

import collections
import json

import pytest

from support.multipart import encode
from support.polling import wait_until
from support.raw_http import RawClient, chat_body, get, post, responses_body
from support.requests_api import begin
from support.routes import asked, gap_ms, upstreams

CHAT, RESPONSES = "/v1/chat/completions", "/v1/responses"
ENDPOINTS = [(CHAT, chat_body), (RESPONSES, responses_body)]


def CONFIG(mock_url):
    """`*` is what a test writes behind the slash: the scenario of the first target, and the run of all."""
    def targets(*pairs, **options):
        return {"targets": [{"upstream": name, "model": model} for name, model in pairs], **options}
    return {
        "upstreams": upstreams(mock_url, "one", "two", "three"),
        "models": [
            {"name": "plain/*", **targets(("one", "mock-a,*"), ("two", "mock-b,*"))},
            {"name": "fail/*", **targets(("one", "mock-a,fail=*"), ("two", "mock-b,text=*"), ("three", "mock-c,*"))},
            {"name": "both/*", **targets(("one", "mock-a,fail=*"), ("two", "mock-b,fail=*"))},
            {"name": "weighted/*", "strategy": "weighted", "targets": [
                {"upstream": "one", "model": "mock-a,*", "weight": 3}, {"upstream": "two", "model": "mock-b,*"},
                {"upstream": "three", "model": "mock-c,*", "weight": 1000, "priority": 1}]},
            {"name": "busy/*", "strategy": "least_in_flight",
             **targets(("one", "mock-a,*"), ("two", "mock-b,*"), ("three", "mock-c,*"))},
            {"name": "fastest/*", "strategy": "fastest",
             **targets(("one", "mock-a,slow-first=150ms,*"), ("two", "mock-b,*"))},
            {"name": "silent/*", "timeouts": {"first_event": "200ms"},
             **targets(("one", "mock-a,*"), ("two", "mock-b,text=*"))},
            {"name": "exact", **targets(("three", "mock-c"))},
            {"name": "exact*", **targets(("two", "mock-b"))},
            {"name": "*", "upstream": "one"},
        ],
    }


def counts(records):
    return collections.Counter(asked(records))


@pytest.mark.parametrize("stream", [True, False])
@pytest.mark.parametrize("target, make_body", ENDPOINTS)
def test_the_first_target_answers_and_is_named(gateway, recorder, run, target, make_body, stream):
    answer = post(gateway.port, target, make_body(f"plain/run={run}", stream))
    assert answer.status == 200 and answer.complete
    assert answer.headers["x-sluice-upstream"] == "one"
    assert answer.headers["x-sluice-attempts"] == "1"
    assert f'"model":"mock-a,run={run}"'.encode() in answer.body.replace(b'": "', b'":"')
    (record,) = recorder.requests(run)
    assert json.loads(record.body)["model"] == f"mock-a,run={run}"


@pytest.mark.parametrize("stream", [True, False])
@pytest.mark.parametrize("target, make_body", ENDPOINTS)
@pytest.mark.parametrize("kind", ["503", "429", "500"])
def test_the_next_target_is_asked_at_once(gateway, recorder, run, kind, target, make_body, stream):
    answer = post(gateway.port, target, make_body(f"fail/{kind},times=99,run={run}", stream))
    assert answer.status == 200 and answer.complete
    assert answer.headers["x-sluice-upstream"] == "two"
    assert answer.headers["x-sluice-attempts"] == "2"
    records = recorder.requests(run)
    assert asked(records) == ["one", "two"]
    # A retry of the same target would wait for 15 ms at least.
    assert gap_ms(*records) < 15
    assert b'"mock-b,text=' in answer.body


@pytest.mark.parametrize("stream", [True, False])
@pytest.mark.parametrize("kind", ["reset", "close"])
def test_a_lost_connection_leads_to_the_next_target_too(start_gateway, mock, recorder, run, kind, stream):
    # A new gateway has no kept connections: one that dies before the first byte of an answer is replaced once by the
    # client itself, beyond our count.
    gateway = start_gateway(CONFIG(mock.url))
    answer = post(gateway.port, CHAT, chat_body(f"fail/{kind},times=99,run={run}", stream))
    assert answer.status == 200 and answer.headers["x-sluice-upstream"] == "two"
    assert asked(recorder.requests(run)) == ["one", "two"]


def test_an_upload_goes_to_the_next_target_under_its_name_there(gateway, recorder, run):
    model = f"fail/503,times=99,run={run}"
    body, content_type = encode([("model", None, model.encode()), ("file", "a.wav", b"RIFF" * 1000)])
    answer = post(gateway.port, "/v1/audio/transcriptions", body, {"Content-Type": content_type})
    assert answer.status == 200 and answer.headers["x-sluice-upstream"] == "two"
    first, second = recorder.requests(run)
    assert [record.record["model"] for record in (first, second)] == [
        f"mock-a,fail=503,times=99,run={run}", f"mock-b,text=503,times=99,run={run}"]
    files = [part for record in (first, second) for part in record.parts if part["filename"]]
    assert len({part["crc32"] for part in files}) == 1 and len(files) == 2


@pytest.mark.parametrize("target, members", [
    ("/v1/embeddings", {"input": "x"}), ("/v1/completions", {"prompt": "x"}), ("/v1/moderations", {"input": "x"})])
def test_other_routes_have_targets_too(gateway, recorder, run, target, members):
    answer = post(gateway.port, target, {"model": f"fail/503,times=99,run={run}", **members})
    assert answer.status == 200 and answer.headers["x-sluice-upstream"] == "two"
    assert asked(recorder.requests(run)) == ["one", "two"]


def test_a_request_without_a_model_goes_to_one_upstream_alone(gateway):
    answer = get(gateway.port, "/v1/files/file-mock,status=404")
    assert answer.status == 404 and answer.headers["x-sluice-upstream"] == "one"
    answer = get(gateway.port, "/v1/files/file-mock,status=503")
    assert answer.status == 503 and answer.headers["x-sluice-upstream"] == "one"
    assert answer.headers["x-sluice-attempts"] == "3"


def test_a_first_event_that_is_an_error_goes_to_the_next_target_too(gateway, recorder, run):
    answer = post(gateway.port, CHAT, chat_body(f"fail/first-event-error,times=99,run={run}", True))
    assert answer.status == 200 and b'"error":{' not in answer.body
    assert asked(recorder.requests(run)) == ["one", "two"]


def test_a_target_that_is_not_there_is_passed_over(start_gateway, recorder, mock, run):
    gone = {"name": "gone", "base_url": "http://127.0.0.1:1/v1", "auth": "none"}
    gateway = start_gateway({
        "upstreams": [gone, *upstreams(mock.url, "two")],
        "models": [{"name": "m/*", "targets": [{"upstream": "gone"}, {"upstream": "two", "model": "mock,*"}]}]})
    answer = post(gateway.port, CHAT, chat_body(f"m/run={run}"))
    assert answer.status == 200 and answer.headers["x-sluice-upstream"] == "two"
    assert answer.headers["x-sluice-attempts"] == "2"


@pytest.mark.parametrize("target, make_body, stream", [(CHAT, chat_body, True), (RESPONSES, responses_body, False)])
def test_the_demo_can_stand_in(start_gateway, mock, run, target, make_body, stream):
    gateway = start_gateway({
        "upstreams": [*upstreams(mock.url, "one"), {"name": "demo", "kind": "demo"}],
        "models": [{"name": "m/*", "targets": [{"upstream": "one", "model": "mock,*"}, {"upstream": "demo"}]}]})
    answer = post(gateway.port, target, make_body(f"m/fail=503,times=99,run={run}", stream))
    assert answer.status == 200 and answer.complete
    assert answer.headers["x-sluice-upstream"] == "demo"
    assert b"hello" in answer.body  # what it was asked


def test_a_silent_target_is_passed_over_and_not_asked_again(gateway, recorder, run):
    answer = post(gateway.port, CHAT, chat_body(f"silent/silent,run={run}", True))
    assert answer.status == 200 and answer.headers["x-sluice-upstream"] == "two"
    assert asked(recorder.requests(run)) == ["one", "two"]


@pytest.mark.parametrize("status", [400, 404, 413, 422])
def test_what_is_wrong_with_the_request_is_told_at_once(gateway, recorder, run, status):
    answer = post(gateway.port, CHAT, chat_body(f"fail/{status},times=99,run={run}"))
    assert answer.status == status
    assert asked(recorder.requests(run)) == ["one"]


def test_after_the_first_event_no_other_target_is_asked(gateway, recorder, run):
    answer = post(gateway.port, CHAT, chat_body(f"plain/reset-after=3,run={run}", True))
    assert answer.status == 200
    assert b"upstream_disconnected" in answer.body
    assert asked(recorder.requests(run)) == ["one"]


@pytest.mark.parametrize("status", [429, 503])
def test_a_target_that_asks_for_time_is_waited_for_only_when_it_is_the_last(
        start_gateway, mock, recorder, run, status):
    gateway = start_gateway(CONFIG(mock.url))
    # Both play the same scenario.
    answer = post(gateway.port, CHAT, chat_body(f"plain/fail={status},times=1,retry-after-ms=400,run={run}"))
    assert answer.status == 200
    first, second, third = recorder.requests(run)
    assert asked([first, second, third]) == ["one", "two", "two"]
    assert gap_ms(first, second) < 100
    assert 395 <= gap_ms(second, third) < 1400


@pytest.mark.parametrize("status", [429, 503])
def test_a_target_is_left_alone_for_as_long_as_it_asks(start_gateway, mock, recorder, run, status):
    gateway = start_gateway(CONFIG(mock.url))
    model = f"fail/{status},times=1,retry-after-ms=700,run={run}"

    def ask():
        return post(gateway.port, CHAT, chat_body(model)).headers["x-sluice-upstream"]
    assert [ask(), ask(), ask()] == ["two"] * 3
    assert asked(recorder.requests(run)) == ["one", "two", "two", "two"]
    wait_until(lambda: ask() == "one", what="an answer of the first target")
    failed, *_, answered = [record for record in recorder.requests(run) if asked([record]) == ["one"]]
    assert gap_ms(failed, answered) >= 695


def test_when_all_have_failed_the_last_one_is_asked_again(gateway, recorder, run):
    answer = post(gateway.port, CHAT, chat_body(f"both/503,times=99,run={run}"))
    assert answer.status == 503
    assert answer.headers["x-should-retry"] == "false"
    assert asked(recorder.requests(run)) == ["one", "two", "two", "two"]
    assert answer.headers["x-sluice-attempts"] == "4"


def test_weights_are_shares_within_the_first_priority(gateway, recorder, run):
    for _ in range(120):
        assert post(gateway.port, CHAT, chat_body(f"weighted/run={run}")).status == 200
    found = counts(recorder.requests(run))
    print(found)
    assert found["three"] == 0
    # 90 of 120 are expected; nine in a million runs lie outside.
    assert 69 <= found["one"] <= 111


def test_the_least_busy_target_is_asked(gateway, recorder, run):
    body = chat_body(f"busy/events=100000,pace=5ms,run={run}", True)
    clients = []
    for number in range(6):
        clients.append(begin(gateway, CHAT, body))
        recorder.wait_for(run, number + 1)
    assert counts(recorder.requests(run)) == {"one": 2, "two": 2, "three": 2}
    for client in clients:
        client.close()
    wait_until(lambda: all(record.end for record in recorder.requests(run)), what="all streams have ended")


def test_the_fastest_target_is_asked(gateway, recorder, run):
    for _ in range(12):
        assert post(gateway.port, CHAT, chat_body(f"fastest/run={run}", True)).status == 200
    found = counts(recorder.requests(run))
    # Each has to be tried once to be known.
    assert found["one"] <= 2 and found["two"] >= 10


def test_exact_names_win_over_wildcards(gateway):
    answers = {name: post(gateway.port, CHAT, chat_body(name)) for name in ("exact", "exactly", "other")}
    assert [answer.headers["x-sluice-upstream"] for answer in answers.values()] == ["three", "two", "one"]
    assert [answer.json()["model"] for answer in answers.values()] == ["mock-c", "mock-b", "other"]


def test_the_log_line_names_what_really_answered(gateway, run):
    post(gateway.port, CHAT, chat_body(f"fail/503,times=99,run={run}"), {"X-Request-Id": run})
    line = gateway.log_line_of(run)
    assert line["model"] == f"fail/503,times=99,run={run}"
    assert line["upstream"] == "two"
    assert line["upstream_model"] == f"mock-b,text=503,times=99,run={run}"
    assert line["attempts"] == 2 and line["status"] == 200 and line["end"] == "completed"


def test_the_listing_names_the_target_that_is_asked_now(gateway, recorder, run):
    client = begin(gateway, CHAT, chat_body(f"fail/503,times=99,pace=1s,events=99,run={run}", True), run)
    client.take_until(b"data: ")
    answer = get(gateway.port, f"/v1/requests/{run}").json()
    assert answer["upstream"] == "two" and answer["attempts"] == 2
    client.close()


def test_a_client_that_leaves_ends_the_plan(gateway, recorder, run):
    client = RawClient(gateway.port)
    client.post_json(CHAT, chat_body(f"plain/silent,run={run}"))
    recorder.wait_for(run)
    client.close()
    assert recorder.wait_for_end(run, "peer_left")
    assert asked(recorder.requests(run)) == ["one"]
