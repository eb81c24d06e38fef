"""Health, metrics, the log line, and the memory of what happened."""

import re

from support.metrics import metrics, total
from support.polling import wait_until
from support.raw_http import RawClient, chat_body, get, post

CHAT = "/v1/chat/completions"


def test_health_and_readiness(gateway):
    for target in ("/healthz", "/readyz"):
        answer = get(gateway.port, target)
        assert answer.status == 200, target
        assert answer.body


def test_metrics_are_prometheus_text_and_count(gateway):
    before = metrics(gateway)
    for _ in range(3):
        post(gateway.port, CHAT, chat_body("mock"))
    post(gateway.port, CHAT, chat_body("mock,status=400"))

    def counted():
        after = metrics(gateway)
        return total(after, "requests_total") - total(before, "requests_total") >= 4
    wait_until(counted, what="requests_total grew by four")
    text = get(gateway.port, "/metrics").body.decode()
    families = set(re.findall(r"# TYPE (\S+)", text))
    assert all(name.startswith(("sluice_", "process_")) for name in families), families
    assert set(re.findall(r"# HELP (\S+)", text)) >= families


def test_metrics_carry_nothing_of_clients_making(gateway, run):
    post(gateway.port, CHAT, chat_body(f"mock,run={run}"), {"X-Request-Id": run})
    get(gateway.port, f"/v1/{run}")
    assert run not in get(gateway.port, "/metrics").body.decode()


def test_a_running_stream_shows_as_in_flight(gateway, run):
    def in_flight():
        samples = metrics(gateway)
        return sum(value for name, value in samples.items() if re.search("in_flight|active|running", name))
    with RawClient(gateway.port) as client:
        client.post_json(CHAT, chat_body("mock,events=100000,pace=5ms", True))
        client.take_until(b"w0 ")
        wait_until(lambda: in_flight() >= 1, what="in-flight gauge")
    wait_until(lambda: in_flight() == 0, what="in-flight gauge back at zero")


def test_every_request_leaves_one_json_line(gateway, run):
    post(gateway.port, CHAT, chat_body(f"mock,fail=503,run={run}", True), {"X-Request-Id": run})
    line = gateway.log_line_of(run)
    text = str(line)
    assert 200 in line.values()
    assert 2 in line.values()  # attempts
    assert "mock" in line.values()  # the upstream
    assert CHAT in text and "completed" in text
    assert "hello" not in text  # never a prompt


def test_log_lines_survive_hostile_input(gateway, run):
    with RawClient(gateway.port) as client:
        client.request("GET", f'/v1/x"\\{{{run}', {"X-Request-Id": run, "User-Agent": 'a"b\\c'})
        client.read_response()
    assert gateway.log_line_of(run)


def test_a_client_that_leaves_is_in_the_log(gateway, run):
    with RawClient(gateway.port) as client:
        client.post_json(CHAT, chat_body("mock,events=100000,pace=5ms", True), {"X-Request-Id": run})
        client.take_until(b"w0 ")
    line = gateway.log_line_of(run)
    assert "client_left" in str(line)
