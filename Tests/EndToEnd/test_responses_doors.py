"""What is stored belongs to a key, however the path is spelled that leads to it."""

import pytest

from support.raw_http import bearer, exchange, get, post
from support.two_apis import ALICE, BOB, KEYS, NATIVE, RESPONSES, TRANSLATED, configuration

ADMIN = "sk-admin-0123456789"


def CONFIG(mock_url):
    return configuration(mock_url, keys=[*KEYS, {"name": "root", "key": ADMIN, "admin": True}])


@pytest.fixture
def secret(gateway):
    """A native response of Alice's, which its upstream would give to whoever asks with the gateway's key."""
    return post(gateway.port, RESPONSES, {"model": NATIVE, "input": "secret"}, bearer(ALICE)).json()["id"]


@pytest.mark.parametrize("path", [
    "/v1/responses/{id}/", "/v1/%72esponses/{id}", "/v1/response%73/{id}/", "/v1/Responses/{id}",
    "/v1/RESPONSES/{id}", "/v1/responses;a=b/{id}", "/v1/responses/{id};a=b", "/v1/responses/{id}/input_items/",
    "/v1/responses/{id}/%69nput_items", "/v1/responses/{id}/anything/else"])
def test_no_spelling_of_a_path_reads_it(gateway, secret, path):
    answer = get(gateway.port, path.format(id=secret), bearer(BOB))
    assert answer.status == 404 and b"secret" not in answer.body, answer


@pytest.mark.parametrize("method, path", [
    ("DELETE", "/v1/responses/{id}/"), ("DELETE", "/v1/%72esponses/{id}"), ("POST", "/v1/responses/{id}/cancel/"),
    ("POST", "/v1/responses/{id}/%63ancel")])
def test_no_spelling_of_a_path_changes_it(gateway, secret, method, path):
    body = b"" if method == "POST" else None
    assert exchange(gateway.port, method, path.format(id=secret), bearer(BOB), body).status == 404
    assert get(gateway.port, f"{RESPONSES}/{secret}", bearer(ALICE)).status == 200


@pytest.mark.parametrize("path", [
    "/v1/responses", "/v1/responses/", "/v1/%72esponses", "/v1/responses/input_tokens", "/v1/responses/compact",
    "/v1/responses/%63ompact/"])
@pytest.mark.parametrize("model", [NATIVE, TRANSLATED])
@pytest.mark.parametrize("past", ["previous_response_id", "conversation", "reference"])
def test_nobody_goes_on_from_it(gateway, secret, path, model, past):
    body = {"model": model, "input": "recall"}
    if past == "reference":
        body["input"] = [{"type": "item_reference", "id": "msg_of_alice"}, {"role": "user", "content": "recall"}]
    else:
        body[past] = secret
    refused = post(gateway.port, path, body, bearer(BOB))
    assert refused.status in (400, 404) and b"secret" not in refused.body, refused
    assert refused.error()["code"] in ("previous_response_not_found", "conversation_not_found", "item_not_found")


def test_a_body_that_cannot_be_read_goes_nowhere(gateway, secret):
    """A server that does not mind the content type would find the id in it."""
    body = b'{"model": "mock", "previous_response_id": "%s"}' % secret.encode()
    answer = exchange(gateway.port, "POST", "/v1/responses/compact", {**bearer(BOB), "Content-Type": "text/plain"}, body)
    assert answer.status == 400, answer


@pytest.mark.parametrize("method, path", [
    ("GET", "/v1/responses"), ("HEAD", "/v1/responses"), ("GET", "/v1/responses/?limit=100"),
    ("GET", "/v1/%72esponses"), ("DELETE", "/v1/responses")])
def test_nobody_asks_about_everybodys(gateway, method, path):
    answer = exchange(gateway.port, method, path, bearer(BOB))
    assert (answer.status, answer.headers["allow"]) == (405, "POST"), answer
    # Who may know of all asks the upstream, whatever it makes of that.
    assert exchange(gateway.port, method, path, bearer(ADMIN)).status == 200
