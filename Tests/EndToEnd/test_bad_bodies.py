"""Bodies that the gateway cannot route: a clear error, never a crash, and the upstream is not bothered."""

import pytest

from support.raw_http import RawClient, exchange

CHAT = "/v1/chat/completions"
JSON = {"Content-Type": "application/json"}

BAD = [
    (b"", "invalid_json", None),
    (b"not json", "invalid_json", None),
    (b"[]", "invalid_json", None),
    (b'"text"', "invalid_json", None),
    (b'{"model":"mock",}', "invalid_json", None),
    (b'{"model":"mock"} x', "invalid_json", None),
    (b'{"model":"mock"', "invalid_json", None),
    (b'{"model":"mo\nck"}', "invalid_json", None),
    (b'{"model":"\xff"}', "invalid_json", None),
    (b'{"a":' + b"[" * 200 + b"]" * 200 + b',"model":"mock"}', "invalid_json", None),
    (b'{"messages":[]}', "missing_required_parameter", "model"),
    (b'{"model":null}', None, "model"),
    (b'{"model":7}', "invalid_type", "model"),
    (b'{"model":""}', None, "model"),
    (b'{"model":"mock","stream":"yes"}', "invalid_type", "stream"),
    (b'{"model":"mock","stream":1}', "invalid_type", "stream"),
]


# A response may do without a model of its own: a stored prompt may bring one.
CASES = [(target, *case) for target in (CHAT, "/v1/responses", "/v1/embeddings") for case in BAD
         if (target, case[1]) != ("/v1/responses", "missing_required_parameter")]


@pytest.mark.parametrize("target, body, code, param", CASES, ids=[str(index) for index in range(len(CASES))])
def test_a_bad_body_is_a_400_with_its_code(gateway, recorder, target, body, code, param):
    before = len(recorder.all())
    with RawClient(gateway.port) as client:
        client.request("POST", target, JSON, body)
        answer = client.read_response("POST")
        assert answer.status == 400, answer
        error = answer.error()
        assert error["type"] == "invalid_request_error"
        assert code is None or error["code"] == code
        assert error["param"] == param
        assert answer.headers["x-request-id"]
        # The connection is still good: the body was read to its end.
        client.request("GET", "/healthz")
        assert client.read_response().status == 200
    assert len(recorder.all()) == before


def test_the_message_names_the_offset(gateway):
    answer = exchange(gateway.port, "POST", CHAT, JSON, b'{"model": nope}')
    assert "10" in answer.error()["message"]


def test_unknown_fields_and_other_content_types_are_no_mistake(gateway, recorder, run):
    body = b'{"model":"mock,run=' + run.encode() + b'","x_unknown":{"deep":[1,2,{}]}}'
    for content_type in ("application/json; charset=utf-8", "text/plain", "application/x-www-form-urlencoded"):
        assert exchange(gateway.port, "POST", CHAT, {"Content-Type": content_type}, body).status == 200
    assert exchange(gateway.port, "POST", CHAT, {}, body).status == 200
    assert len(recorder.requests(run)) == 4


@pytest.mark.parametrize("request_id, kept", [
    ("my-id_1.2:3", True), ("a" * 128, True), ("a" * 129, False), ("with space", False), ("<script>", False),
    ("", False), ("\u00e9", False)])
def test_request_ids_of_clients(gateway, request_id, kept):
    answer = exchange(gateway.port, "GET", "/v1/models", {"X-Request-Id": request_id})
    assert (answer.headers["x-request-id"] == request_id) is kept
    if not kept:
        assert answer.headers["x-request-id"].startswith("req_")


def test_generated_ids_are_unique_and_sortable(gateway):
    ids = [exchange(gateway.port, "GET", "/healthz").headers.get("x-request-id") for _ in range(20)]
    if ids[0] is not None:
        assert len(set(ids)) == 20
    ids = [exchange(gateway.port, "GET", "/v1/requests").headers["x-request-id"] for _ in range(20)]
    assert len(set(ids)) == 20
    assert [value[:14] for value in ids] == sorted(value[:14] for value in ids)
    assert all(len(value) == 30 for value in ids)
