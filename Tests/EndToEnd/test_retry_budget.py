"""Retries of all requests together are bounded, so that they never make an outage worse."""

from support.raw_http import chat_body, post
from support.routes import asked, upstreams

CHAT = "/v1/chat/completions"


def test_beyond_the_floor_nothing_is_tried_again(start_gateway, recorder, run):
    gateway = start_gateway({"retry_budget": {"ratio": 0, "floor": 3, "window": "1m"}})
    for number in range(4):
        answer = post(gateway.port, CHAT, chat_body(f"mock,fail=503,times=99,run={run}-{number}"))
        assert answer.status == 503 and answer.headers["x-should-retry"] == "false"
    assert [len(recorder.requests(f"{run}-{number}")) for number in range(4)] == [3, 2, 1, 1]


def test_a_share_of_the_requests_may_be_tried_again(start_gateway, recorder, run):
    gateway = start_gateway({"retry_budget": {"ratio": 0.2, "floor": 0, "window": "1m"}})
    for _ in range(20):
        assert post(gateway.port, CHAT, chat_body(f"mock,run={run}")).status == 200
    for number in range(5):
        post(gateway.port, CHAT, chat_body(f"mock,fail=503,times=99,run={run}-{number}"))
    retries = sum(len(recorder.requests(f"{run}-{number}")) - 1 for number in range(5))
    # A fifth of twenty, and of those that failed.
    assert 4 <= retries <= 5


def test_without_a_budget_every_request_is_tried_again(start_gateway, recorder, run):
    gateway = start_gateway({"retry_budget": "off"})
    for number in range(10):
        post(gateway.port, CHAT, chat_body(f"mock,fail=503,times=99,run={run}-{number}"))
        assert len(recorder.requests(f"{run}-{number}")) == 3


def test_going_on_to_another_target_needs_no_budget(start_gateway, mock, recorder, run):
    gateway = start_gateway({
        "retry_budget": {"ratio": 0, "floor": 0, "window": "1m"}, "upstreams": upstreams(mock.url, "one", "two"),
        "models": [{"name": "m/*", "targets": [{"upstream": "one", "model": "mock-a,*"},
                                               {"upstream": "two", "model": "mock-b,text=*"}]}]})
    for _ in range(3):
        assert post(gateway.port, CHAT, chat_body(f"m/fail=503,times=99,run={run}")).status == 200
    assert asked(recorder.requests(run)) == ["one", "two"] * 3
