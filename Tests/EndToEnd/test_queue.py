"""Limits on how many requests run at once, and the line of those who wait."""

import json
import signal

import pytest

from conftest import base_config, merged

from support.metrics import metrics
from support.polling import wait_until
from support.raw_http import RawClient, chat_body, get, post
from support.requests_api import begin, listed, stop, wait_until_listed
from support.routes import asked, upstreams

CHAT = "/v1/chat/completions"
PLACES = ["gateway", "upstream", "model"]


def limited(mock_url, place, **limit):
    """A configuration with a limit in this place."""
    config = {"upstreams": upstreams(mock_url, "one", "two"), "models": [{"name": "*", "upstream": "one"}]}
    {"gateway": config, "upstream": config["upstreams"][0], "model": config["models"][0]}[place]["concurrency"] = limit
    return config


def hold(gateway, recorder, run, count=1, request_id=None):
    """Begins streams that run until they are closed, and waits until the mock has them."""
    clients = []
    for _ in range(count):
        before = len(recorder.requests(run))
        clients.append(begin(gateway, CHAT, chat_body(f"mock,events=100000,pace=5ms,run={run}", True), request_id))
        recorder.wait_for(run, before + 1)
    return clients


def queued(gateway):
    return sorted(key for key, request in listed(gateway).items() if request["status"] == "queued")


def wait_in_line(gateway, name, body=None):
    """Begins a request that has to wait, and returns once it does."""
    client = begin(gateway, CHAT, body or chat_body(f"mock,run={name}"), name)
    wait_until(lambda: name in queued(gateway), what=f"{name} waits")
    return client


@pytest.mark.parametrize("place", PLACES)
def test_no_more_than_the_limit_run_at_once(start_gateway, mock, recorder, run, place):
    gateway = start_gateway(limited(mock.url, place, max=2))
    first, second = hold(gateway, recorder, run, 2)
    third = wait_in_line(gateway, run + "-third")
    assert len(recorder.requests(run)) == 2 and recorder.requests(run + "-third") == []
    first.close()
    answer = third.read_response()
    assert answer.status == 200
    second.close()


@pytest.mark.parametrize("place", PLACES)
def test_first_come_first_served(start_gateway, mock, recorder, run, place):
    gateway = start_gateway(limited(mock.url, place, max=1))
    (running,) = hold(gateway, recorder, run)
    waiting = [wait_in_line(gateway, f"{run}-{number}") for number in range(5)]
    running.close()
    assert [client.read_response().status for client in waiting] == [200] * 5
    began = [recorder.requests(f"{run}-{number}")[0].began_ns for number in range(5)]
    assert began == sorted(began)


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("stream", [True, False])
def test_a_full_line_is_a_429(start_gateway, mock, recorder, run, place, stream):
    gateway = start_gateway(limited(mock.url, place, max=1, queue=1))
    (running,) = hold(gateway, recorder, run)
    waiting = wait_in_line(gateway, run + "-waits")
    answer = post(gateway.port, CHAT, chat_body(f"mock,run={run}-full", stream))
    assert answer.status == 429
    assert answer.error()["code"] == "queue_full"
    assert int(answer.headers["retry-after"]) >= 1
    assert recorder.requests(run + "-full") == []
    running.close()
    assert waiting.read_response().status == 200


def test_without_a_line_nobody_waits(start_gateway, mock, recorder, run):
    gateway = start_gateway(limited(mock.url, "gateway", max=1, queue=0))
    (running,) = hold(gateway, recorder, run)
    assert post(gateway.port, CHAT, chat_body("mock")).error()["code"] == "queue_full"
    running.close()
    wait_until(lambda: post(gateway.port, CHAT, chat_body("mock")).status == 200, what="a free place")


@pytest.mark.parametrize("place", PLACES)
def test_who_has_waited_long_enough_gets_a_429(start_gateway, mock, recorder, run, place):
    gateway = start_gateway(limited(mock.url, place, max=1, wait="200ms"))
    (running,) = hold(gateway, recorder, run)
    answer = post(gateway.port, CHAT, chat_body(f"mock,run={run}-late"), {"X-Request-Id": run + "-late"})
    assert answer.status == 429
    assert answer.error()["code"] == "queue_timeout"
    assert "retry-after" in answer.headers
    assert recorder.requests(run + "-late") == []
    assert 200 <= gateway.log_line_of(run + "-late")["duration_ms"] < 1200
    running.close()


def test_waiting_counts_against_the_deadline(start_gateway, mock, recorder, run):
    gateway = start_gateway({**limited(mock.url, "gateway", max=1), "timeouts": {"total": "300ms"}})
    (running,) = hold(gateway, recorder, run)
    answer = post(gateway.port, CHAT, chat_body(f"mock,run={run}-late"))
    assert answer.status == 504
    assert answer.error()["code"] == "deadline_exceeded"
    running.close()


@pytest.mark.parametrize("place", PLACES)
def test_a_caller_who_leaves_frees_its_place_in_the_line(start_gateway, mock, recorder, run, place):
    gateway = start_gateway(limited(mock.url, place, max=1, queue=1))
    (running,) = hold(gateway, recorder, run)
    leaving = wait_in_line(gateway, run + "-leaves")
    leaving.close()
    wait_until(lambda: queued(gateway) == [], what="nobody waits")
    staying = wait_in_line(gateway, run + "-stays")
    running.close()
    assert staying.read_response().status == 200
    assert recorder.requests(run + "-leaves") == []


@pytest.mark.parametrize("place", PLACES)
def test_who_waits_can_be_stopped(start_gateway, mock, recorder, run, place):
    gateway = start_gateway(limited(mock.url, place, max=1))
    (running,) = hold(gateway, recorder, run)
    waiting = wait_in_line(gateway, run + "-stopped")
    assert stop(gateway, run + "-stopped").json()["status"] == "stopped"
    answer = waiting.read_response()
    assert answer.status == 499 and answer.error()["code"] == "request_stopped"
    assert recorder.requests(run + "-stopped") == []
    running.close()


def test_every_way_to_end_gives_the_place_back(start_gateway, mock, recorder, run):
    config = limited(mock.url, "upstream", max=1, queue=0)
    config["concurrency"] = {"max": 1, "queue": 0}
    config["models"][0]["concurrency"] = {"max": 1, "queue": 0}
    gateway = start_gateway(config)

    def ask(model, stream=False):
        def admitted():
            answer = post(gateway.port, CHAT, chat_body(model, stream))
            return answer if answer.status != 429 else None
        return wait_until(admitted, what=f"a place for {model}")
    for model in ("mock", "mock,status=400", "mock,fail=reset,times=9", "mock,quota-not", "mock,reset-after=2"):
        for stream in (True, False):
            ask(model, stream)
    client = begin(gateway, CHAT, chat_body(f"mock,silent,run={run}"))
    recorder.wait_for(run)
    client.close()
    assert ask("mock").status == 200
    # The client has its answer a moment before the place is free.
    wait_until(lambda: listed(gateway) == {}, what="nothing runs")
    client = begin(gateway, CHAT, chat_body("mock,silent"), run + "-stopped")
    wait_until_listed(gateway, run + "-stopped")
    stop(gateway, run + "-stopped")
    assert client.read_response().status == 499
    assert ask("mock").status == 200


def test_a_busy_target_is_passed_over_for_a_free_one(start_gateway, mock, recorder, run):
    config = limited(mock.url, "upstream", max=1)
    config["models"] = [{"name": "*", "targets": [{"upstream": "one"}, {"upstream": "two"}]}]
    gateway = start_gateway(config)
    (running,) = hold(gateway, recorder, run)
    answer = post(gateway.port, CHAT, chat_body(f"mock,run={run}"))
    assert answer.status == 200
    assert asked(recorder.requests(run)) == ["one", "two"]
    running.close()


def test_one_busy_model_does_not_hold_up_another(start_gateway, mock, recorder, run):
    config = limited(mock.url, "model", max=1)
    config["models"].append({"name": "mock-free", "upstream": "two"})
    gateway = start_gateway(config)
    (running,) = hold(gateway, recorder, run)
    waiting = wait_in_line(gateway, run + "-waits")
    assert post(gateway.port, CHAT, chat_body("mock-free")).status == 200
    running.close()
    assert waiting.read_response().status == 200


def test_a_stream_is_told_its_position(start_gateway, mock, recorder, run):
    gateway = start_gateway({**limited(mock.url, "gateway", max=1), "queue_comments": True, "keep_alive": "1s"})
    (running,) = hold(gateway, recorder, run)
    first = begin(gateway, CHAT, chat_body(f"mock,run={run}-1", True), run + "-1")
    wait_until_listed(gateway, run + "-1")
    second = begin(gateway, CHAT, chat_body(f"mock,run={run}-2", True), run + "-2")
    assert b": queued, position 1\n\n" in read_until(first, b"position 1")
    assert b": queued, position 2\n\n" in read_until(second, b"position 2")
    running.close()
    for client in (first, second):
        assert b"[DONE]" in read_until(client, b"[DONE]")


def test_without_the_option_no_comment_is_sent(start_gateway, mock, recorder, run):
    gateway = start_gateway({**limited(mock.url, "gateway", max=1, wait="300ms"), "keep_alive": "off"})
    (running,) = hold(gateway, recorder, run)
    answer = post(gateway.port, CHAT, chat_body("mock", True))
    # Nothing was sent meanwhile, so the status can still say it.
    assert answer.status == 429 and b"queued" not in answer.body
    running.close()


def read_until(client, mark):
    """Everything that has come until the mark has, the mark and a little more included."""
    while mark not in client.buffer:
        assert client.fill(), client.buffer
    client.socket.settimeout(0.2)
    try:
        client.fill()
    except TimeoutError:
        pass
    client.socket.settimeout(10)
    return client.buffer


def test_metrics_and_the_log_line_tell_of_the_wait(start_gateway, mock, recorder, run):
    gateway = start_gateway(limited(mock.url, "upstream", max=1, queue=1))
    (running,) = hold(gateway, recorder, run)
    waiting = wait_in_line(gateway, run + "-waits")
    post(gateway.port, CHAT, chat_body("mock"), {"X-Request-Id": run + "-full"})
    place = '{place="upstream:one"}'
    samples = metrics(gateway)
    assert samples["sluice_queue_running" + place] == 1 and samples["sluice_queue_waiting" + place] == 1
    assert samples["sluice_queue_refused_total" + place] == 1
    running.close()
    assert waiting.read_response().status == 200
    line = gateway.log_line_of(run + "-waits")
    assert 0 < line["queued_ms"] <= line["duration_ms"]
    refused = gateway.log_line_of(run + "-full")
    assert refused["status"] == 429 and refused["error"] == "queue_full" and refused["end"] == "rejected"
    wait_until(lambda: metrics(gateway)["sluice_queue_running" + place] == 0, what="the place is free")


def reload(gateway, mock, config):
    gateway.config_path.write_text(json.dumps(merged(base_config(mock.url), config)))
    gateway.signal(signal.SIGHUP)


@pytest.mark.parametrize("place", PLACES)
def test_a_raised_limit_lets_those_go_who_wait(start_gateway, mock, recorder, run, place):
    gateway = start_gateway(limited(mock.url, place, max=1))
    (running,) = hold(gateway, recorder, run)
    waiting = wait_in_line(gateway, run + "-waits")
    reload(gateway, mock, limited(mock.url, place, max=2))
    assert waiting.read_response().status == 200
    running.close()


@pytest.mark.parametrize("place", PLACES)
def test_a_limit_that_is_removed_holds_nobody(start_gateway, mock, recorder, run, place):
    gateway = start_gateway(limited(mock.url, place, max=1, queue=1))
    (running,) = hold(gateway, recorder, run)
    waiting = wait_in_line(gateway, run + "-waits")
    config = limited(mock.url, place, max=1)
    for section in (config, *config["upstreams"], *config["models"]):
        section.pop("concurrency", None)
    reload(gateway, mock, config)
    wait_until(lambda: post(gateway.port, CHAT, chat_body("mock")).status == 200, what="the new configuration")
    # Who came under the old limit keeps to it, or goes at once; it is not forgotten.
    running.close()
    assert waiting.read_response().status == 200


def test_local_routes_never_wait(start_gateway, mock, recorder, run):
    gateway = start_gateway(limited(mock.url, "gateway", max=1, queue=0))
    (running,) = hold(gateway, recorder, run)
    for target in ("/healthz", "/metrics", "/v1/requests"):
        assert get(gateway.port, target).status == 200
    running.close()


def test_many_callers_all_get_their_turn(start_gateway, mock, recorder, run):
    """More callers than places and loops: none is forgotten, and never do too many run."""
    gateway = start_gateway({**limited(mock.url, "gateway", max=3), "listen": {"loops": 2}})
    clients = []
    for number in range(30):
        client = RawClient(gateway.port)
        client.post_json(CHAT, chat_body(f"mock,slow-head=20ms,run={run}"))
        clients.append(client)
    assert [client.read_response().status for client in clients] == [200] * 30
    records = recorder.requests(run)
    edges = sorted([(record.began_ns, 1) for record in records] + [(record.ended_ns, -1) for record in records])
    running, most = 0, 0
    for _, step in edges:
        running += step
        most = max(most, running)
    assert most <= 3, most
