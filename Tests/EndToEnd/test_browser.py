"""Browsers: CORS for configured origins, none for others, and no way in through DNS rebinding."""

import pytest

from support.raw_http import RawClient, chat_body, exchange, get, post

CHAT = "/v1/chat/completions"
GOOD, BAD = "https://app.example", "https://evil.example"
CONFIG = {"cors": {"origins": [GOOD, "http://localhost:3000"], "max_age": "5m"},
          "listen": {"host": "127.0.0.1", "port": 0, "allowed_hosts": ["sluice.internal"]}}


def preflight(origin, method="POST", headers="authorization, content-type, x-stainless-lang", **extra):
    return {"Origin": origin, "Access-Control-Request-Method": method, "Access-Control-Request-Headers": headers,
            **extra}


def listed(value):
    return {item.strip().lower() for item in value.split(",")}


@pytest.mark.parametrize("origin", [GOOD, "http://localhost:3000"])
@pytest.mark.parametrize("target", [CHAT, "/v1/models", "/v1/requests/x/stop", "/v1/some/new/thing"])
def test_a_preflight_of_a_configured_origin(gateway, recorder, origin, target):
    before = len(recorder.all())
    answer = exchange(gateway.port, "OPTIONS", target, preflight(origin))
    assert answer.status in (200, 204), answer
    assert answer.headers["access-control-allow-origin"] == origin
    assert "POST" in answer.headers["access-control-allow-methods"]
    assert {"authorization", "content-type", "x-stainless-lang"} <= listed(
        answer.headers["access-control-allow-headers"])
    assert answer.headers["access-control-max-age"] == "300"
    assert "origin" in listed(answer.headers["vary"])
    assert answer.body == b""
    assert len(recorder.all()) == before


def test_a_preflight_about_the_private_network(gateway):
    headers = preflight(GOOD, **{"Access-Control-Request-Private-Network": "true"})
    answer = exchange(gateway.port, "OPTIONS", CHAT, headers)
    assert answer.headers["access-control-allow-private-network"] == "true"


def test_a_preflight_of_another_origin_allows_nothing(gateway):
    answer = exchange(gateway.port, "OPTIONS", CHAT, preflight(BAD))
    assert "access-control-allow-origin" not in answer.headers


@pytest.mark.parametrize("stream", [True, False])
def test_answers_to_a_configured_origin_can_be_read(gateway, stream):
    answer = post(gateway.port, CHAT, chat_body("mock", stream), {"Origin": GOOD})
    assert answer.status == 200
    assert answer.headers["access-control-allow-origin"] == GOOD
    assert "x-request-id" in listed(answer.headers["access-control-expose-headers"])
    assert "origin" in listed(answer.headers["vary"])


def test_errors_can_be_read_too(gateway):
    answer = post(gateway.port, CHAT, {"messages": []}, {"Origin": GOOD})
    assert answer.status == 400
    assert answer.headers["access-control-allow-origin"] == GOOD


@pytest.mark.parametrize("origin", [BAD, "null", "https://app.example.evil.example", "https://app.example:444",
                                    "http://app.example"])
def test_requests_of_other_origins_are_refused(gateway, recorder, run, origin):
    answer = post(gateway.port, CHAT, chat_body(f"mock,run={run}"), {"Origin": origin})
    assert answer.status == 403
    assert answer.error()["code"] == "origin_not_allowed"
    assert "access-control-allow-origin" not in answer.headers
    assert recorder.requests(run) == []


def test_without_an_origin_there_are_no_cors_headers(gateway):
    answer = post(gateway.port, CHAT, chat_body("mock"))
    assert not [name for name in answer.headers if name.startswith("access-control-")]


def test_by_default_no_origin_is_allowed(start_gateway):
    gateway = start_gateway()
    assert post(gateway.port, CHAT, chat_body("mock"), {"Origin": GOOD}).status == 403
    answer = exchange(gateway.port, "OPTIONS", CHAT, preflight(GOOD))
    assert "access-control-allow-origin" not in answer.headers


def test_every_origin_when_configured(start_gateway):
    gateway = start_gateway({"cors": {"origins": ["*"]}})
    answer = post(gateway.port, CHAT, chat_body("mock"), {"Origin": BAD})
    assert answer.status == 200
    assert answer.headers["access-control-allow-origin"] in ("*", BAD)


# DNS rebinding

@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.1:{port}", "localhost", "localhost:{port}", "LOCALHOST",
                                  "[::1]:{port}", "127.9.9.9", "sluice.internal", "sluice.internal:80",
                                  "Sluice.Internal"])
def test_loopback_and_configured_hosts_are_served(gateway, host):
    assert get(gateway.port, "/v1/models", {"Host": host.format(port=gateway.port)}).status == 200


@pytest.mark.parametrize("host", ["evil.example", "evil.example:8080", "localhost.evil.example", "192.168.0.7",
                                  "127.0.0.1.nip.io", "0.0.0.0", "notlocalhost"])
@pytest.mark.parametrize("target", ["/v1/models", "/v1/requests", "/metrics"])
def test_other_hosts_are_refused(gateway, host, target):
    answer = get(gateway.port, target, {"Host": host})
    assert answer.status == 403
    assert answer.error()["code"] == "host_not_allowed"


def test_an_absolute_target_counts_instead_of_the_header(gateway):
    answer = exchange(gateway.port, "GET", "http://evil.example/v1/models", {"Host": "localhost"})
    assert answer.status == 403


def test_http_1_0_without_a_host(gateway):
    with RawClient(gateway.port) as client:
        client.request("GET", "/v1/models", version="HTTP/1.0", host=False)
        assert client.read_response().status in (200, 403)
