"""A target that keeps failing is left alone, probed now and then, and taken back when it answers."""

import signal
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from support.keyed_upstream import KeyedUpstream
from support.metrics import metrics
from support.polling import wait_until
from support.raw_http import chat_body, post
from support.routes import asked, upstreams

CHAT = "/v1/chat/completions"
FOREVER = {"consecutive_failures": 3, "open_for": "1m", "open_max": "1m"}
SHORTLY = {"consecutive_failures": 3, "open_for": "300ms", "open_max": "300ms"}


def two_targets(mock_url, breaker, **changes):
    """One target that fails as the test says, and one behind it that does not."""
    return {
        "upstreams": upstreams(mock_url, "one", "two"), "breaker": breaker,
        "models": [
            {"name": "both/*", "targets": [{"upstream": "one", "model": "mock-a,*"},
                                           {"upstream": "two", "model": "mock-b"}]},
            {"name": "alone/*", "upstream": "one", "model": "mock-c,*", "retry": {"attempts": 1}},
        ],
        **changes}


def answers_to(gateway, model, count, stream=False):
    return [post(gateway.port, CHAT, chat_body(model, stream)) for _ in range(count)]


def ask(gateway, model, count, stream=False):
    """The upstreams that answered so many requests; the code of the error for one that got none."""
    answers = answers_to(gateway, model, count, stream)
    return [answer.headers["x-sluice-upstream"] if answer.status == 200 else answer.error()["code"]
            for answer in answers]


@pytest.mark.parametrize("failure", ["fail=503", "fail=500", "fail=reset", "fail=close", "fail=first-event-error"])
def test_failures_in_a_row_open_it(start_gateway, mock, recorder, run, failure):
    gateway = start_gateway(two_targets(mock.url, FOREVER))
    answers = answers_to(gateway, f"both/{failure},times=99,run={run}", 8, stream=True)
    assert [answer.headers["x-sluice-upstream"] for answer in answers] == ["two"] * 8
    assert [answer.headers["x-sluice-attempts"] for answer in answers] == ["2"] * 3 + ["1"] * 5
    # A kept connection that dies unused is replaced once, beyond our count.
    lost = failure in ("fail=reset", "fail=close")
    assert 3 <= len(recorder.requests(run)) <= (6 if lost else 3)


@pytest.mark.parametrize("failure", ["status=400", "status=404", "status=422", "status=429"])
def test_what_is_not_the_targets_fault_does_not(start_gateway, mock, recorder, run, failure):
    gateway = start_gateway(two_targets(mock.url, FOREVER))
    ask(gateway, f"both/{failure},run={run}", 8)
    assert asked(recorder.requests(run)) == ["one"] * 8


def test_a_success_in_between_starts_the_row_anew(start_gateway, mock, recorder, run):
    gateway = start_gateway(two_targets(mock.url, {**FOREVER, "error_ratio": 1}))
    for _ in range(4):
        ask(gateway, f"both/fail=503,times=99,run={run}", 2)
        assert ask(gateway, f"both/run={run}", 1) == ["one"]


def test_a_share_of_failures_opens_it_too(start_gateway, mock, run):
    breaker = {**FOREVER, "consecutive_failures": 100, "error_ratio": 0.5, "minimum_requests": 8}
    gateway = start_gateway(two_targets(mock.url, breaker))
    answered = []
    for _ in range(6):
        answered += ask(gateway, f"both/fail=503,times=99,run={run}", 1) + ask(gateway, f"both/run={run}", 1)
    # Four of eight have failed by then.
    assert answered == ["two", "one"] * 3 + ["two", "one"] + ["two", "two"] * 2


def test_while_it_is_broken_only_probes_go_there(start_gateway, mock, recorder, run):
    gateway = start_gateway(two_targets(mock.url, SHORTLY))
    began = time.monotonic()
    while time.monotonic() < began + 1.5:
        assert ask(gateway, f"both/fail=503,times=999,run={run}", 1) == ["two"]
    lasted = time.monotonic() - began
    records = recorder.requests(run)
    assert 4 <= len(records) <= 3 + lasted / 0.3
    gaps = [(later.began_ns - earlier.began_ns) / 1e6 for earlier, later in zip(records[2:], records[3:])]
    assert min(gaps) >= 295


def test_the_wait_for_a_probe_doubles_up_to_its_limit(start_gateway, mock, recorder, run):
    breaker = {"consecutive_failures": 1, "open_for": "100ms", "open_max": "400ms"}
    gateway = start_gateway(two_targets(mock.url, breaker))
    wait_until(lambda: ask(gateway, f"both/fail=503,times=999,run={run}", 1) and len(recorder.requests(run)) >= 6,
               timeout=10, what="five probes")
    records = recorder.requests(run)
    gaps = [(later.began_ns - earlier.ended_ns) / 1e6 for earlier, later in zip(records, records[1:])]
    assert all(gap >= expected - 5 for gap, expected in zip(gaps, [100, 200, 400, 400, 400])), gaps
    # Without the limit these would be 800 and 1600.
    assert min(gaps[3:5]) < 800, gaps


def test_traffic_returns_when_it_has_recovered(start_gateway, mock, run):
    gateway = start_gateway(two_targets(mock.url, SHORTLY))
    model = f"both/fail=503,times=4,run={run}"
    assert ask(gateway, model, 4) == ["two"] * 4
    wait_until(lambda: ask(gateway, model, 1) == ["one"], what="an answer of the first target")
    # Not everybody is sent back at once, but soon.
    wait_until(lambda: ask(gateway, model, 10) == ["one"] * 10, what="all answers of the first target")


def test_one_probe_at_a_time(start_gateway, mock, recorder, run):
    breaker = {**SHORTLY, "open_max": "1m"}
    gateway = start_gateway({**two_targets(mock.url, breaker), "listen": {"loops": 2}})
    assert ask(gateway, f"both/fail=503,times=3,run={run}-breaks", 3) == ["two"] * 3
    time.sleep(0.35)
    # The probe takes its time; until it is answered the others go elsewhere.
    model = f"both/slow-first=2s,run={run}"
    with ThreadPoolExecutor(8) as pool:
        answered = sorted(answers[0] for answers in pool.map(lambda _: ask(gateway, model, 1, stream=True), range(8)))
    assert answered == ["one"] + ["two"] * 7
    assert len(recorder.requests(run)) == 1


def test_the_only_target_is_tried_in_any_case(start_gateway, mock, recorder, run):
    gateway = start_gateway(two_targets(mock.url, FOREVER))
    model = f"alone/fail=503,times=6,run={run}"
    assert ask(gateway, model, 8) == ["mock_server_error"] * 6 + ["one"] * 2
    assert len(recorder.requests(run)) == 8


def test_when_all_are_broken_all_are_tried(start_gateway, mock, recorder, run):
    config = two_targets(mock.url, FOREVER)
    config["models"][0]["targets"][1]["model"] = "mock-b,*"
    gateway = start_gateway({**config, "retry": {"attempts": 1}})
    ask(gateway, f"both/fail=503,times=99,run={run}", 5)
    assert ask(gateway, f"both/fail=503,times=0,run={run}", 1) == ["one"]


def test_it_can_be_switched_off_for_one_upstream(start_gateway, mock, recorder, run):
    config = two_targets(mock.url, FOREVER)
    config["upstreams"][0]["breaker"] = "off"
    gateway = start_gateway(config)
    assert ask(gateway, f"both/fail=503,times=99,run={run}", 8) == ["two"] * 8
    assert asked(recorder.requests(run)) == ["one"] * 8


def test_targets_break_one_by_one(start_gateway, mock, recorder, run):
    gateway = start_gateway(two_targets(mock.url, FOREVER))
    ask(gateway, f"both/fail=503,times=99,run={run}", 4)
    # Another model of the same upstream is another target.
    assert ask(gateway, f"alone/run={run}", 1) == ["one"]


def test_a_reload_forgets_nothing(start_gateway, mock, recorder, run):
    gateway = start_gateway(two_targets(mock.url, FOREVER))
    ask(gateway, f"both/fail=503,times=99,run={run}", 4)
    gateway.signal(signal.SIGHUP)
    wait_until(lambda: "reload" in gateway.log(), what="the reload in the log")
    ask(gateway, f"both/fail=503,times=99,run={run}", 4)
    assert asked(recorder.requests(run)) == ["one"] * 3


def test_metrics_show_the_state_of_each_target(start_gateway, mock, run):
    gateway = start_gateway(two_targets(mock.url, FOREVER))
    ask(gateway, f"both/fail=503,times=99,run={run}", 5)
    samples = metrics(gateway)
    broken, well = '{upstream="one",model="mock-a,*"}', '{upstream="two",model="mock-b"}'
    assert samples["sluice_target_breaker_state" + broken] == 1
    assert samples["sluice_target_breaker_openings_total" + broken] == 1
    assert samples["sluice_target_breaker_state" + well] == 0
    assert samples["sluice_target_attempts_running" + well] == 0


# Health checks


@pytest.fixture
def checked():
    upstream = KeyedUpstream()
    yield upstream
    upstream.stop()


@pytest.fixture
def checking(start_gateway, mock, checked):
    """A gateway that checks its first upstream ten times a second."""
    config = two_targets(mock.url, FOREVER)
    config["upstreams"][0] = {"name": "one", "base_url": checked.url + "/v1", "key": "k",
                              "health_check": {"path": "/health", "interval": "100ms", "timeout": "100ms"}}
    return lambda: start_gateway(config)


def test_a_check_finds_an_upstream_broken_before_a_request_does(checking, checked):
    checked.health = 503
    gateway = checking()
    wait_until(lambda: checked.checks >= 3, what="three checks")
    assert ask(gateway, "both/x=1", 5) == ["two"] * 5
    assert checked.asked == []


def test_a_check_finds_it_well_again(checking, checked):
    checked.health = 503
    gateway = checking()
    wait_until(lambda: checked.checks >= 3, what="three checks")
    assert ask(gateway, "both/x=1", 1) == ["two"]
    checked.health = 200
    # Without a check it would be left alone for a minute.
    wait_until(lambda: ask(gateway, "both/x=1", 10) == ["one"] * 10, what="all answers of the first target")


def test_checks_come_once_per_interval_whatever_the_number_of_loops(checking, checked):
    checking()
    wait_until(lambda: checked.checks >= 2, what="the first checks")
    before = checked.checks
    time.sleep(1)
    assert 6 <= checked.checks - before <= 11


def test_a_check_presents_the_key_below_the_base_url(checking, checked):
    checking()
    wait_until(lambda: checked.checks >= 1, what="a check")
    assert checked.check_keys == {"k"}
    assert checked.check_paths == {"/v1/health"}
