"""Other models in the place of one that cannot answer: configured ones, and those that a request names itself."""

import json

import openai
import pytest

from support.multipart import encode
from support.raw_http import chat_body, post, responses_body
from support.routes import asked, upstreams

CHAT, RESPONSES = "/v1/chat/completions", "/v1/responses"
ENDPOINTS = [(CHAT, chat_body), (RESPONSES, responses_body)]


def CONFIG(mock_url):
    """`*` is what a test writes behind the slash: first of all a failure, which `first` plays and `text=` hides."""
    return {
        "upstreams": upstreams(mock_url, "one", "two", "three"),
        "retry": {"initial": "20ms", "max": "100ms", "attempts": 2},
        "models": [
            {"name": "first/*", "upstream": "one", "model": "mock-first,*", "fallbacks": ["second/*", "third/*"],
             "context_fallbacks": ["large/*"]},
            {"name": "second/*", "upstream": "two", "model": "mock-second,*"},
            {"name": "third/*", "upstream": "three", "model": "mock-third,text=*"},
            {"name": "large/*", "upstream": "three", "model": "mock-large,text=*"},
            {"name": "filtered/*", "upstream": "one", "model": "mock-first,*", "fallbacks": ["third/*"],
             "content_filter_fallbacks": ["second/run=*", "third/*"]},
            {"name": "alone/*", "upstream": "one", "model": "mock-alone,*"},
            {"name": "good", "upstream": "two", "model": "mock-good"},
            {"name": "better", "upstream": "three", "model": "mock-better"},
        ],
    }


@pytest.mark.parametrize("stream", [True, False])
@pytest.mark.parametrize("target, make_body", ENDPOINTS)
def test_fallbacks_are_asked_in_order(gateway, recorder, run, target, make_body, stream):
    model = f"first/fail=503,times=99,run={run}"
    answer = post(gateway.port, target, make_body(model, stream), {"X-Request-Id": run})
    assert answer.status == 200 and answer.complete
    assert answer.headers["x-sluice-upstream"] == "three"
    assert asked(recorder.requests(run)) == ["one", "two", "three"]
    assert b'"mock-third,text=' in answer.body
    line = gateway.log_line_of(run)
    assert line["model"] == model and line["upstream"] == "three"
    assert line["upstream_model"].startswith("mock-third,")
    assert line["fallback"].startswith("third/")
    assert line["attempts"] == 3
    assert line["failed_attempts"].count("one: ") == 1 and line["failed_attempts"].count("two: ") == 1


def test_each_body_names_the_model_of_its_upstream(gateway, recorder, run):
    post(gateway.port, CHAT, chat_body(f"first/fail=503,times=99,run={run}", temperature=0.25))
    bodies = [json.loads(record.body) for record in recorder.requests(run)]
    assert [body.pop("model").split(",")[0] for body in bodies] == ["mock-first", "mock-second", "mock-third"]
    # But for the name they are the same.
    assert bodies[0] == bodies[1] == bodies[2]
    assert bodies[0]["temperature"] == 0.25


def test_without_a_failure_no_fallback_is_asked(gateway, recorder, run):
    answer = post(gateway.port, CHAT, chat_body(f"first/run={run}"))
    assert answer.status == 200 and answer.headers["x-sluice-upstream"] == "one"
    assert asked(recorder.requests(run)) == ["one"]
    line = gateway.log_line_of(answer.headers["x-request-id"])
    assert "fallback" not in line and "failed_attempts" not in line


@pytest.mark.parametrize("status", [400, 404, 422])
def test_a_mistake_of_the_clients_is_not_passed_around(gateway, recorder, run, status):
    answer = post(gateway.port, CHAT, chat_body(f"first/status={status},run={run}"))
    assert answer.status == status
    assert asked(recorder.requests(run)) == ["one"]


# Fallbacks that the request names


@pytest.mark.parametrize("stream", [True, False])
@pytest.mark.parametrize("how", ["header", "body"])
def test_a_request_may_name_its_own(gateway, recorder, run, how, stream):
    model, names = f"first/fail=503,times=99,run={run}", ["good", "better"]
    if how == "header":
        answer = post(gateway.port, CHAT, chat_body(model, stream), {"x-sluice-fallbacks": " , ".join(names)})
    else:
        answer = post(gateway.port, CHAT, chat_body(model, stream, fallbacks=names))
    assert answer.status == 200 and answer.complete
    assert answer.headers["x-sluice-upstream"] == "two"
    assert answer.headers["x-sluice-attempts"] == "2"
    assert b'"mock-good"' in answer.body
    (record,) = recorder.requests(run)
    # Neither travels on.
    assert "fallbacks" not in json.loads(record.body)
    assert "x-sluice-fallbacks" not in record.headers


def test_they_help_a_model_without_any(gateway, recorder, run):
    answer = post(gateway.port, CHAT, chat_body(f"alone/fail=reset,times=99,run={run}", fallbacks=["better"]))
    assert answer.status == 200 and answer.json()["model"] == "mock-better"


def test_an_empty_list_means_none(gateway, recorder, run):
    answer = post(gateway.port, CHAT, chat_body(f"first/fail=503,times=99,run={run}", fallbacks=[]))
    assert answer.status == 503
    assert asked(recorder.requests(run)) == ["one", "one"]


def test_the_header_wins_over_the_body(gateway, run):
    body = chat_body(f"first/fail=503,times=99,run={run}", fallbacks=["good"])
    answer = post(gateway.port, CHAT, body, {"X-Sluice-Fallbacks": "better"})
    assert answer.json()["model"] == "mock-better"


def test_an_upload_can_name_them_in_the_header(gateway, recorder, run):
    body, content_type = encode([("model", None, f"first/fail=503,times=99,run={run}".encode()),
                                 ("file", "a.wav", b"RIFF" * 100)])
    answer = post(gateway.port, "/v1/audio/transcriptions", body,
                  {"Content-Type": content_type, "x-sluice-fallbacks": "good"})
    assert answer.status == 200 and answer.headers["x-sluice-upstream"] == "two"


def test_the_sdk_can_send_them(gateway, run):
    with openai.OpenAI(base_url=gateway.url + "/v1", api_key="sk-client", max_retries=0) as sdk:
        answer = sdk.chat.completions.create(
            model=f"first/fail=503,times=99,run={run}", messages=[{"role": "user", "content": "hi"}],
            extra_body={"fallbacks": ["good"]})
        assert answer.model == "mock-good"


@pytest.mark.parametrize("fallbacks", ["good", 5, [5], [None], {"a": "b"}])
def test_a_list_of_another_shape_is_a_400(gateway, recorder, run, fallbacks):
    answer = post(gateway.port, CHAT, chat_body(f"first/run={run}", fallbacks=fallbacks))
    assert answer.status == 400
    assert answer.error()["param"] == "fallbacks"
    assert recorder.requests(run) == []


@pytest.mark.parametrize("how, param", [("header", "x-sluice-fallbacks"), ("body", "fallbacks")])
def test_a_name_that_does_not_exist_is_a_400(gateway, recorder, run, how, param):
    headers = {"x-sluice-fallbacks": "good,nowhere"} if how == "header" else {}
    members = {} if how == "header" else {"fallbacks": ["good", "nowhere"]}
    answer = post(gateway.port, CHAT, chat_body(f"first/run={run}", **members), headers)
    assert answer.status == 400
    assert answer.error()["param"] == param
    assert "nowhere" in answer.error()["message"]
    assert recorder.requests(run) == []


def test_too_many_names_are_a_400(gateway, recorder, run):
    answer = post(gateway.port, CHAT, chat_body(f"first/run={run}", fallbacks=["good"] * 1000))
    assert answer.status == 400
    assert recorder.requests(run) == []


# Refusals that only some models share


@pytest.mark.parametrize("stream", [True, False])
@pytest.mark.parametrize("target, make_body", ENDPOINTS)
def test_too_long_a_request_goes_to_the_larger_context(gateway, recorder, run, target, make_body, stream):
    model = f"first/status=400,error-code=context_length_exceeded,run={run}"
    answer = post(gateway.port, target, make_body(model, stream))
    assert answer.status == 200 and answer.complete
    assert asked(recorder.requests(run)) == ["one", "three"]
    assert b'"mock-large,text=' in answer.body


def test_without_a_larger_context_the_error_is_the_answer(gateway, recorder, run):
    answer = post(gateway.port, CHAT, chat_body(f"filtered/status=400,error-code=context_length_exceeded,run={run}"))
    assert answer.status == 400
    assert answer.error()["code"] == "context_length_exceeded"
    assert asked(recorder.requests(run)) == ["one"]


@pytest.mark.parametrize("code", ["content_filter", "content_policy_violation"])
def test_a_content_filter_is_final_unless_configured(gateway, recorder, run, code):
    answer = post(gateway.port, CHAT, chat_body(f"first/status=400,error-code={code},run={run}"))
    assert answer.status == 400
    assert answer.error()["code"] == code
    assert asked(recorder.requests(run)) == ["one"]


def test_a_list_of_the_requests_own_does_not_help_against_the_filter(gateway, recorder, run):
    body = chat_body(f"alone/status=400,error-code=content_filter,run={run}", fallbacks=["good"])
    assert post(gateway.port, CHAT, body).status == 400
    assert asked(recorder.requests(run)) == ["one"]


def test_a_content_filter_goes_where_it_is_configured_to_go(gateway, recorder, run):
    answer = post(gateway.port, CHAT, chat_body(f"filtered/status=400,error-code=content_filter,run={run}"))
    assert answer.status == 200
    assert asked(recorder.requests(run)) == ["one", "two"]
    assert answer.headers["x-sluice-upstream"] == "two"


# Shapes of a plan


def test_a_target_is_asked_once_however_often_it_is_named(start_gateway, mock, recorder, run):
    gateway = start_gateway({
        "upstreams": upstreams(mock.url, "one", "two"), "retry": {"attempts": 1},
        "models": [
            {"name": "a/*", "upstream": "one", "model": "mock,fail=503,times=99,run=*", "fallbacks": ["b/*", "c/*"]},
            {"name": "b/*", "targets": [{"upstream": "one", "model": "mock,fail=503,times=99,run=*"},
                                        {"upstream": "two", "model": "mock,fail=503,times=99,run=*"}],
             "fallbacks": ["a/*"]},
            {"name": "c/*", "upstream": "two", "model": "mock,fail=503,times=99,run=*"},
        ]})
    answer = post(gateway.port, CHAT, chat_body(f"a/{run}"))
    assert answer.status == 503
    assert asked(recorder.requests(run)) == ["one", "two"]


def test_the_total_deadline_covers_every_fallback(start_gateway, mock, recorder, run):
    gateway = start_gateway({
        "upstreams": upstreams(mock.url, "one", "two"),
        "models": [
            {"name": "a/*", "upstream": "one", "model": "mock,silent,run=*", "fallbacks": ["b/*"],
             "timeouts": {"first_event": "200ms", "total": "500ms"}},
            {"name": "b/*", "upstream": "two", "model": "mock,silent,run=*", "timeouts": {"total": "60s"}},
        ]})
    answer = post(gateway.port, CHAT, chat_body(f"a/{run}", True))
    assert answer.status == 504
    assert answer.error()["code"] in ("deadline_exceeded", "upstream_timeout")
    assert asked(recorder.requests(run)) == ["one", "two"]


def test_the_last_error_is_the_answer(gateway, recorder, run):
    body = chat_body(f"alone/fail=503,times=99,run={run}", fallbacks=[f"second/fail=500,times=99,run={run}"])
    answer = post(gateway.port, CHAT, body)
    assert answer.status == 500
    assert answer.headers["x-sluice-upstream"] == "two"
    assert answer.headers["x-should-retry"] == "false"
