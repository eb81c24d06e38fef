"""Client keys: who gets in, and that owners do not see each other."""

import hashlib

import openai
import pytest

from support import sse
from support.raw_http import bearer, chat_body, get, post
from support.requests_api import begin, listed, stop, wait_until_listed

ALICE, BOB, ROOT = "sk-alice-0123456789", "sk-bob-0123456789", "sk-root-0123456789"
CONFIG = {"keys": [
    {"name": "alice", "key": ALICE},
    {"name": "bob", "sha256": hashlib.sha256(BOB.encode()).hexdigest()},
    {"name": "root", "key": ROOT, "admin": True},
]}
CHAT = "/v1/chat/completions"


@pytest.mark.parametrize("headers", [
    {}, {"Authorization": "Bearer wrong"}, {"Authorization": f"Basic {ALICE}"}, {"Authorization": ALICE[:-1]},
    {"Authorization": "Bearer"}, {"x-api-key": "wrong"}, {"Authorization": f"Bearer {ALICE} "+ "x"},
])
@pytest.mark.parametrize("target", ["/v1/models", "/v1/requests", "/v1/files"])
def test_without_a_right_key_nothing_is_served(gateway, headers, target):
    answer = get(gateway.port, target, headers)
    assert answer.status == 401
    assert answer.error()["code"] == "invalid_api_key"
    assert answer.headers["www-authenticate"].startswith("Bearer")
    assert ALICE not in answer.body.decode()


def test_a_refused_request_never_reaches_the_upstream(gateway, recorder, run):
    assert post(gateway.port, CHAT, chat_body(f"mock,run={run}"), bearer("wrong")).status == 401
    assert recorder.requests(run) == []


@pytest.mark.parametrize("headers", [bearer(ALICE), bearer(BOB), {"x-api-key": ALICE}, {"authorization":
                                                                                       f"bearer {ALICE}"}])
def test_a_right_key_gets_in(gateway, headers):
    assert post(gateway.port, CHAT, chat_body("mock"), headers).status == 200


def test_the_sdk_raises_authentication_error(gateway):
    with openai.OpenAI(base_url=gateway.url + "/v1", api_key="sk-wrong", max_retries=0) as sdk:
        with pytest.raises(openai.AuthenticationError) as caught:
            sdk.models.list()
    assert caught.value.code == "invalid_api_key"


@pytest.mark.parametrize("target", ["/healthz", "/readyz"])
def test_health_needs_no_key(gateway, target):
    assert get(gateway.port, target).status == 200


def test_the_client_key_never_travels_on(gateway, recorder, run):
    headers = {**bearer(ALICE), "x-api-key": ALICE, "OpenAI-Organization": "org-client"}
    assert post(gateway.port, CHAT, chat_body(f"mock,run={run}"), headers).status == 200
    received = recorder.requests(run)[0]
    assert received.headers["authorization"] == "Bearer sk-upstream-secret-0123456789"
    assert ALICE not in str(received.record)
    assert "x-api-key" not in received.headers


def test_owners_neither_see_nor_stop_each_others_requests(gateway, recorder, run):
    body = chat_body(f"mock,events=100000,pace=5ms,run={run}", True)
    with begin(gateway, CHAT, body, run, bearer(ALICE)) as client:
        client.take_until(b"w0 ")
        wait_until_listed(gateway, run, bearer(ALICE))
        assert run not in listed(gateway, bearer(BOB))
        for method in ("POST", "DELETE"):
            refused = stop(gateway, run, method, bearer(BOB))
            assert refused.status == 404 and refused.error()["code"] == "request_not_found"
        assert get(gateway.port, f"/v1/requests/{run}", bearer(BOB)).status == 404
        assert get(gateway.port, f"/v1/requests/{run}", bearer(ALICE)).status == 200
        assert stop(gateway, run, "POST", bearer(ALICE)).json()["status"] == "stopped"
    assert recorder.wait_for_end(run, "peer_left")


def test_after_its_end_too(gateway, run):
    assert post(gateway.port, CHAT, chat_body("mock"), {**bearer(ALICE), "X-Request-Id": run}).status == 200
    assert stop(gateway, run, "POST", bearer(BOB)).status == 404
    assert stop(gateway, run, "POST", bearer(ALICE)).json()["status"] == "already_finished"


def test_chunk_ids_are_closed_to_others_too(gateway, run):
    body = chat_body(f"mock,events=100000,pace=5ms,run={run}", True)
    with begin(gateway, CHAT, body, run, bearer(ALICE)) as client:
        head = client.read_head()
        chunk_id = sse.chunks(next(client.body_pieces(head)))[0]["id"]
        assert stop(gateway, chunk_id, "POST", bearer(BOB)).status == 404
        assert stop(gateway, chunk_id, "POST", bearer(ALICE)).json()["status"] == "stopped"


def test_an_admin_sees_and_stops_everything(gateway, recorder, run):
    body = chat_body(f"mock,events=100000,pace=5ms,run={run}", True)
    with begin(gateway, CHAT, body, run, bearer(ALICE)) as client:
        client.take_until(b"w0 ")
        wait_until_listed(gateway, run, bearer(ROOT))
        assert stop(gateway, run, "POST", bearer(ROOT)).json()["status"] == "stopped"
    assert recorder.wait_for_end(run, "peer_left")


def test_the_log_names_the_owner_and_never_the_key(gateway, run):
    post(gateway.port, CHAT, chat_body("mock"), {**bearer(BOB), "X-Request-Id": run})
    assert "bob" in gateway.log_line_of(run).values()
    assert BOB not in gateway.log() and ALICE not in gateway.log() and ROOT not in gateway.log()


def test_two_owners_may_use_the_same_request_id(gateway, recorder, run):
    body = chat_body(f"mock,events=100000,pace=5ms,run={run}", True)
    with (begin(gateway, CHAT, body, run, bearer(ALICE)) as first,
          begin(gateway, CHAT, body, run, bearer(BOB)) as second):
        first.take_until(b"w0 ")
        second.take_until(b"w0 ")
        assert stop(gateway, run, "POST", bearer(BOB)).json()["status"] == "stopped"
        assert second.take_until(b"[DONE]")
        wait_until_listed(gateway, run, bearer(ALICE))
        assert stop(gateway, run, "POST", bearer(ALICE)).json()["status"] == "stopped"
