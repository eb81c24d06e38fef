"""Who gets in, what gets out: keys stay inside, requests go nowhere but to the configured upstreams, and nobody writes
header fields of his own into an answer."""

import re
import subprocess

import pytest

from support.processes import SLUICE, run_sluice
from support.raw_http import RawClient, chat_body, exchange, get, post
from support.raw_upstream import RawUpstream
from support.requests_api import stop
from support.telltale_upstream import TelltaleUpstream

CHAT = "/v1/chat/completions"
UPSTREAM_KEY = "sk-canary-upstream-4f1c09d2b7"
HEADER_SECRET = "canary-header-88aa77bb"
CLIENT_KEY = "sk-canary-client-91ab33cd55"
OTHER_KEY = "sk-canary-other-000011112222"
CANARIES = (UPSTREAM_KEY, HEADER_SECRET, CLIENT_KEY, OTHER_KEY)
AUTHORIZED = {"Authorization": f"Bearer {CLIENT_KEY}"}


@pytest.fixture
def elsewhere():
    upstream = TelltaleUpstream()
    yield upstream
    upstream.stop()


@pytest.fixture
def telltale(elsewhere):
    upstream = TelltaleUpstream(elsewhere.url)
    yield upstream
    upstream.stop()


def config(url, **upstream):
    return {"upstreams": [{"name": "telltale", "base_url": url + "/v1", "key": UPSTREAM_KEY,
                           "headers": {"X-Token": HEADER_SECRET}, **upstream}],
            "models": [{"name": "*", "upstream": "telltale"}], "retry": {"attempts": 1},
            "keys": [{"name": "alice", "key": CLIENT_KEY}, {"name": "bob", "key": OTHER_KEY}]}


def raw_answer(port, model, stream=False):
    """Everything that comes back, byte for byte."""
    with RawClient(port) as client:
        client.post_json(CHAT, chat_body(model, stream), {**AUTHORIZED, "Connection": "close"})
        while client.fill():
            pass
        return client.buffer


# Secrets

@pytest.mark.parametrize("stream", [True, False])
@pytest.mark.parametrize("model", ["status-400", "status-401", "status-403", "status-429", "status-500", "status-302",
                                   "page-400", "page-502", "field", "stream-error", "first-error", "moved"])
def test_an_upstream_that_tells_its_key_is_not_passed_on(start_gateway, telltale, model, stream):
    gateway = start_gateway(config(telltale.url))
    answer = raw_answer(gateway.port, model, stream)
    assert answer.startswith(b"HTTP/1.1 "), answer
    told = answer + gateway.log().encode() + get(gateway.port, "/metrics", AUTHORIZED).body
    for canary in CANARIES:
        assert canary.encode() not in told, (canary, told)
    # The upstream did get what it is to have.
    fields = dict(telltale.seen[0][2])
    assert fields["Authorization"] == f"Bearer {UPSTREAM_KEY}" and fields["X-Token"] == HEADER_SECRET


@pytest.mark.parametrize("path, model, apis", [
    ("/v1/responses", "response-error", ["responses"]), ("/v1/responses", "stream-error", ["chat"]),
    (CHAT, "response-error", ["responses"])])
@pytest.mark.parametrize("members", [{"stream": True}, {"stream": True, "background": True}, {}])
@pytest.mark.parametrize("options", [{}, {"recovery": "resume"}, {"stream_upstream": True}])
def test_nor_is_one_that_tells_it_in_a_stream_that_is_not_just_passed_on(
        start_gateway, telltale, path, model, apis, members, options):
    gateway = start_gateway(config(telltale.url, apis=apis) | {
        "models": [{"name": "*", "upstream": "telltale", **options}]})
    body = {"model": model, "input": "x", "messages": [{"role": "user", "content": "x"}], **members}
    body.pop("messages" if path == "/v1/responses" else "input")
    if path == CHAT:
        body.pop("background", None)
    answer = post(gateway.port, path, body, AUTHORIZED)
    told = answer.body + str(answer.headers).encode() + gateway.log().encode()
    for response_id in set(re.findall(rb'"id":"(resp_[^"]+)"', answer.body)):
        told += get(gateway.port, f"/v1/responses/{response_id.decode()}", AUTHORIZED).body
    for canary in CANARIES:
        assert canary.encode() not in told, (canary, told)


def test_what_is_no_secret_of_the_gateway_is_left_alone(start_gateway, telltale):
    gateway = start_gateway({**config(telltale.url, auth="passthrough"), "keys": []} | {
        "upstreams": [{"name": "telltale", "base_url": telltale.url + "/v1"}]})
    assert CLIENT_KEY.encode() in raw_answer(gateway.port, "status-400")


def test_no_command_and_no_page_shows_a_secret(start_gateway, telltale):
    gateway = start_gateway(config(telltale.url))
    post(gateway.port, CHAT, chat_body("mock"), AUTHORIZED)
    post(gateway.port, CHAT, chat_body("mock"), {"Authorization": "Bearer " + OTHER_KEY[:-1]})
    stop(gateway, "nobody", headers=AUTHORIZED)
    pages = [get(gateway.port, path, AUTHORIZED).body.decode()
             for path in ("/metrics", "/v1/requests", "/v1/models", "/healthz")]
    check = run_sluice("check", "--config", gateway.config_path)
    assert check.returncode == 0
    environment = run_sluice("check", environment={"SLUICE_KEYS": f"me:{CLIENT_KEY}", "OPENAI_API_KEY": UPSTREAM_KEY})
    told = "".join([*pages, check.stdout, check.stderr, environment.stdout, environment.stderr, gateway.log()])
    for canary in CANARIES:
        assert canary not in told, canary


def test_mistakes_in_the_configuration_show_no_secret(tmp_path):
    path = tmp_path / "bad.json5"
    path.write_text(f"""{{
      keys: [{{ name: "a", key: "{CLIENT_KEY} " }}, {{ name: "b", sha256: "{OTHER_KEY}" }}],
      upstreams: [
        {{ name: "u", base_url: "http://x/v1", key: "{UPSTREAM_KEY}\\n" }},
        {{ name: "v", base_url: "http://x/v1", keys: ["{HEADER_SECRET}", "{HEADER_SECRET}"] }},
      ],
    }}""")
    done = run_sluice("check", "--config", path)
    assert done.returncode == 2
    for canary in CANARIES:
        assert canary not in done.stdout + done.stderr, done.stderr


def test_keys_are_not_in_the_process_list(start_gateway, telltale):
    gateway = start_gateway(config(telltale.url))
    listing = subprocess.run(["ps", "-o", "args=", "-p", str(gateway.pid)], capture_output=True, text=True).stdout
    assert SLUICE in listing
    for canary in CANARIES:
        assert canary not in listing


@pytest.mark.parametrize("name", ["Authorization", "authorization", "X-Api-Key", "api-key", "x-goog-api-key", "Cookie",
                                  "Proxy-Authorization"])
def test_the_clients_credentials_stay_here(start_gateway, telltale, name):
    gateway = start_gateway(config(telltale.url))
    value = f"Bearer {CLIENT_KEY}" if name.lower().endswith("authorization") else CLIENT_KEY
    headers = {**AUTHORIZED, name: value} if name.lower() != "authorization" else {name: value}
    assert post(gateway.port, CHAT, chat_body("x"), headers).status == 200
    assert CLIENT_KEY not in str(telltale.seen)


# Where requests go

@pytest.mark.parametrize("target", [
    "http://{elsewhere}/v1/models", "http://{elsewhere}/v1/files", "https://{elsewhere}/v1/files",
    "http://user:pw@{elsewhere}/v1/files", "http://localhost@{elsewhere}/v1/files", "//{elsewhere}/v1/files",
    "/v1/../../{elsewhere}/v1/files", "/v1/%2e%2e/%2e%2e/files", "/v1/..%2f..%2ffiles", "/v1/files/..;/x",
    "/v1//{elsewhere}/files", "/v1/http://{elsewhere}/files", "/v1/@{elsewhere}/files", "/v1@{elsewhere}/files",
    "/v1:80@{elsewhere}/files", "/v1/\\\\{elsewhere}\\files", "/v1/files?url=http://{elsewhere}/",
    "/v1/files#@{elsewhere}/", "/v1/%00/files", "/v1/%0d%0aHost:%20{elsewhere}/files", "{elsewhere}", "*",
    "/v1/models/%2e%2e%2f%2e%2e%2ffiles", "/v1/models/http:%2f%2f{elsewhere}",
])
@pytest.mark.parametrize("method", ["GET", "POST", "CONNECT"])
def test_no_target_reaches_a_host_that_is_not_configured(start_gateway, telltale, elsewhere, target, method):
    gateway = start_gateway(config(telltale.url))
    target = target.format(elsewhere=elsewhere.url.removeprefix("http://"))
    body = b"{}" if method == "POST" else None
    headers = {**AUTHORIZED, "Content-Type": "application/json"}
    answer = exchange(gateway.port, method, target, headers, body)
    assert elsewhere.seen == []
    # Whatever did arrive stayed below the base path, and at the host that is meant.
    for _, path, fields in telltale.seen:
        assert path.startswith("/v1/") and "/../" not in path and not path.startswith("/v1//"), path
        assert dict(fields)["Host"] == telltale.url.removeprefix("http://")
        assert [name for name, _ in fields].count("Host") == 1
    assert telltale.seen or answer.status >= 400


@pytest.mark.parametrize("name, value", [("Host", "{elsewhere}"), ("X-Forwarded-Host", "{elsewhere}"),
                                         ("X-Original-URL", "http://{elsewhere}/"), ("X-Rewrite-URL", "/admin"),
                                         ("Forwarded", "host={elsewhere}"), ("Via", "1.1 {elsewhere}")])
def test_no_header_field_reaches_a_host_that_is_not_configured(start_gateway, telltale, elsewhere, name, value):
    gateway = start_gateway(config(telltale.url))
    value = value.format(elsewhere=elsewhere.url.removeprefix("http://"))
    post(gateway.port, CHAT, chat_body("x"), {**AUTHORIZED, name: value})
    assert elsewhere.seen == []
    assert all(dict(fields)["Host"] == telltale.url.removeprefix("http://") for _, _, fields in telltale.seen)


@pytest.mark.parametrize("method, status", [("TRACE", 405), ("TRACK", 501), ("DEBUG", 501), ("get", 501)])
@pytest.mark.parametrize("path", ["/v1/files", "/v1/responses/resp_1/x", CHAT])
def test_a_method_whose_answer_may_show_the_key_is_not_relayed(start_gateway, telltale, path, method, status):
    """An upstream that answers TRACE sends back what it was sent, its key included."""
    gateway = start_gateway(config(telltale.url))
    answer = exchange(gateway.port, method, path, AUTHORIZED)
    assert answer.status == status
    assert (status == 405) == ("GET" in answer.headers.get("allow", ""))
    assert telltale.seen == []


@pytest.mark.parametrize("http", ["1.1", "auto"])
def test_a_redirect_is_not_followed(start_gateway, telltale, elsewhere, http):
    gateway = start_gateway(config(telltale.url, http=http))
    post(gateway.port, CHAT, chat_body("moved"), AUTHORIZED)
    assert len(telltale.seen) == 1
    assert elsewhere.seen == []


def test_a_model_name_chooses_no_host(start_gateway, telltale, elsewhere):
    gateway = start_gateway(config(telltale.url))
    for name in (elsewhere.url, f"{elsewhere.url}/v1/x", "../../x", "telltale@" + elsewhere.url, "a\r\nHost: b"):
        assert post(gateway.port, CHAT, chat_body(name), AUTHORIZED).status == 200
        exchange(gateway.port, "GET", "/v1/models/" + name.replace("\r\n", "%0d%0a").replace(" ", "%20"), AUTHORIZED)
    assert elsewhere.seen == []
    assert all(path.startswith("/v1/") for _, path, _ in telltale.seen)


# Header fields

SPLITS = ["\r\nX-Injected: 1", "\nX-Injected: 1", "\rX-Injected: 1", "%0d%0aX-Injected:%201", "\r\n\r\nHTTP/1.1 200 OK",
          "\u010d\u010aX-Injected: 1"]


@pytest.mark.parametrize("split", SPLITS)
def test_no_header_field_of_a_client_comes_back_as_another(start_gateway, telltale, split):
    gateway = start_gateway({**config(telltale.url), "cors": {"origins": ["*"]}})
    for name, value in [("X-Request-Id", "abc" + split), ("Origin", "https://a.example" + split),
                        ("Access-Control-Request-Headers", "x" + split)]:
        for method in ("GET", "OPTIONS"):
            with RawClient(gateway.port) as client:
                client.send(f"{method} /v1/requests HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
                            f"Authorization: Bearer {CLIENT_KEY}\r\n{name}: {value}\r\n\r\n".encode())
                while client.fill():
                    pass
            head, _, rest = client.buffer.partition(b"\r\n\r\n")
            names = [line.split(b":")[0].lower() for line in head.replace(b"\n", b"\r").split(b"\r")]
            assert b"x-injected" not in names, client.buffer
            assert b"HTTP/1.1 200 OK" not in rest


@pytest.mark.parametrize("split", SPLITS)
def test_no_name_in_a_body_becomes_a_header_field(start_gateway, telltale, split):
    gateway = start_gateway(config(telltale.url))
    answer = post(gateway.port, CHAT, chat_body("m" + split), {**AUTHORIZED, "X-Sluice-Fallbacks": "a" + split[-5:]})
    assert "x-injected" not in answer.headers
    for _, _, fields in telltale.seen:
        assert "x-injected" not in [name.lower() for name, _ in fields]


@pytest.mark.parametrize("value", [b"a\rX-Injected: 1", b"a\nX-Injected: 1", b"a\x00b", b"a\r\n X-Injected: 1"])
def test_no_header_value_of_an_upstream_becomes_another_field(start_gateway, value):
    upstream = RawUpstream(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nX-Request-Id: " + value + b"\r\nX-V: "
                           + value + b"\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}")
    try:
        gateway = start_gateway(config(f"http://127.0.0.1:{upstream.port}"))
        with RawClient(gateway.port) as client:
            client.request("GET", "/v1/files/x", {**AUTHORIZED, "Connection": "close"})
            while client.fill():
                pass
        head = client.buffer.partition(b"\r\n\r\n")[0]
        # A bare line feed is a line end to some; then it is a field of the upstream's own, and written as such.
        if b"\n" not in value.replace(b"\r\n", b""):
            assert all(not line.lower().startswith(b"x-injected") for line in head.split(b"\r\n"))
        assert b"\x00" not in head and b"\n" not in head.replace(b"\r\n", b"") and b"\r" not in head.replace(b"\r\n", b"")
    finally:
        upstream.stop()


@pytest.mark.parametrize("answer, field, told", [
    (b"405 No\r\nAllow: GET", "allow", ["GET"]), (b"200 OK\r\nContent-Type: text/html", "content-type", ["text/plain"]),
    (b"200 OK\r\nConnection: X-Hop\r\nConnection: keep-alive\r\nX-Hop: 1", "x-hop", [])])
def test_what_an_upstream_says_of_its_answer_is_told_once_or_not_at_all(start_gateway, answer, field, told):
    upstream = RawUpstream(b"HTTP/1.1 " + answer + b"\r\nContent-Type: text/plain\r\nContent-Length: 0\r\n\r\n")
    try:
        gateway = start_gateway(config(f"http://127.0.0.1:{upstream.port}"))
        with RawClient(gateway.port) as client:
            client.request("GET", "/v1/files/x", {**AUTHORIZED, "Connection": "close"})
            while client.fill():
                pass
        lines = client.buffer.partition(b"\r\n\r\n")[0].decode().split("\r\n")
        assert [line.partition(": ")[2] for line in lines if line.lower().startswith(field + ":")] == told
    finally:
        upstream.stop()
