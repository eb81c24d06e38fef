"""What the upstream gets as credentials, and what becomes of its refusals."""

import pytest

from support.raw_http import chat_body, post

CHAT = "/v1/chat/completions"


def upstream(mock, **options):
    return {"upstreams": [{"name": "mock", "base_url": mock.url + "/v1", **options}]}


def test_an_upstream_key_replaces_the_clients(gateway, recorder, run):
    post(gateway.port, CHAT, chat_body(f"mock,run={run}"), {"Authorization": "Bearer sk-of-the-client"})
    assert recorder.requests(run)[0].headers["authorization"] == "Bearer sk-upstream-secret-0123456789"


def test_passthrough_hands_on_the_clients_own(start_gateway, mock, recorder, run):
    gateway = start_gateway({**upstream(mock)})
    post(gateway.port, CHAT, chat_body(f"mock,run={run}"), {"Authorization": "Bearer sk-of-the-client"})
    assert recorder.requests(run)[0].headers["authorization"] == "Bearer sk-of-the-client"


def test_with_client_keys_nothing_is_handed_on(start_gateway, mock, recorder, run):
    gateway = start_gateway({**upstream(mock), "keys": [{"name": "alice", "key": "sk-alice-0123456789"}]})
    answer = post(gateway.port, CHAT, chat_body(f"mock,run={run}"), {"Authorization": "Bearer sk-alice-0123456789"})
    assert answer.status == 200
    assert "authorization" not in recorder.requests(run)[0].headers


def test_auth_none_sends_nothing(start_gateway, mock, recorder, run):
    gateway = start_gateway(upstream(mock, auth="none"))
    post(gateway.port, CHAT, chat_body(f"mock,run={run}"), {"Authorization": "Bearer sk-of-the-client"})
    assert "authorization" not in recorder.requests(run)[0].headers


def test_configured_headers_are_added_and_replace_the_clients(start_gateway, mock, recorder, run):
    gateway = start_gateway(upstream(mock, key="k", headers={"X-Team": "blue", "OpenAI-Beta": "mine=v1"}))
    post(gateway.port, CHAT, chat_body(f"mock,run={run}"), {"OpenAI-Beta": "client=v1"})
    received = recorder.requests(run)[0]
    assert received.headers["x-team"] == "blue"
    assert [value for name, value in received.record["headers"] if name.lower() == "openai-beta"] == ["mine=v1"]


@pytest.mark.parametrize("status", [401, 403])
@pytest.mark.parametrize("stream", [True, False])
def test_a_refused_gateway_key_is_a_502(gateway, recorder, run, status, stream):
    answer = post(gateway.port, CHAT, chat_body(f"mock,status={status},run={run}", stream))
    assert answer.status == 502
    assert answer.error()["code"] == "upstream_auth_failed"
    assert answer.headers["x-should-retry"] == "false"
    assert "sk-upstream" not in answer.body.decode()
    assert len(recorder.requests(run)) == 1


@pytest.mark.parametrize("status", [401, 403])
def test_under_passthrough_the_refusal_is_the_clients(start_gateway, mock, recorder, run, status):
    gateway = start_gateway(upstream(mock))
    answer = post(gateway.port, CHAT, chat_body(f"mock,status={status},error-code=theirs,run={run}"),
                  {"Authorization": "Bearer sk-of-the-client"})
    assert answer.status == status
    assert answer.error()["code"] == "theirs"
    assert len(recorder.requests(run)) == 1


def test_request_headers_that_must_not_travel(gateway, recorder, run):
    headers = {
        "Cookie": "a=b", "Proxy-Authorization": "Basic x", "TE": "trailers", "Keep-Alive": "timeout=5",
        "Connection": "keep-alive, X-Private", "X-Private": "1", "Accept-Encoding": "gzip, br",
        "OpenAI-Beta": "assistants=v2", "traceparent": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        "X-Custom": "kept", "User-Agent": "tester/1.0",
    }
    post(gateway.port, CHAT, chat_body(f"mock,run={run}", True), headers)
    received = recorder.requests(run)[0].headers
    for name in ("cookie", "proxy-authorization", "te", "keep-alive", "x-private", "expect"):
        assert name not in received, name
    assert received.get("accept-encoding", "identity") == "identity"
    assert received["openai-beta"] == "assistants=v2"
    assert received["x-custom"] == "kept"
    assert received["traceparent"].split("-")[1] == "0af7651916cd43dd8448eb211c80319c"
    assert received["host"].startswith("127.0.0.1:")


def test_response_headers_that_pass_and_that_do_not(gateway, run):
    for stream in (True, False):
        answer = post(gateway.port, CHAT, chat_body(f"mock,run={run}", stream), {"X-Request-Id": run})
        assert answer.headers["x-ratelimit-remaining-requests"] == "999"
        assert answer.headers["openai-version"] == "2020-10-01"
        assert answer.headers["x-request-id"] == run
        assert "set-cookie" not in answer.headers and "alt-svc" not in answer.headers
        assert len([name for name, _ in answer.header_list if name.lower() == "x-request-id"]) == 1
