"""Shorter names of the chat route, mounted prefixes, and model aliases."""

import gzip
import json

import pytest

from support import sse
from support.multipart import encode
from support.raw_http import chat_body, exchange, get, post

PREFIX = "/some/prefix/llm"
CONFIG = {
    "base_paths": [PREFIX, "/other"],
    "models": [
        {"name": "fast", "upstream": "mock", "model": "mock,events=2"},
        {"name": "team/*", "upstream": "mock", "model": "mock-*"},
        {"name": "wei\u00df", "upstream": "mock", "model": "mock"},
        {"name": "*", "upstream": "mock"},
    ],
}
CHAT_PATHS = ["/v1/chat/completions", "/v1/chat", f"{PREFIX}/chat/completions", f"{PREFIX}/chat", "/other/chat"]


@pytest.mark.parametrize("path", CHAT_PATHS)
def test_chat_under_each_of_its_names(gateway, recorder, run, path):
    answer = post(gateway.port, path, chat_body(f"mock,run={run}"))
    assert answer.status == 200, answer
    assert answer.json()["object"] == "chat.completion"
    streamed = post(gateway.port, path, chat_body(f"mock,run={run}", True))
    assert sse.payloads(streamed.body)[-1] == "[DONE]"
    assert {record.target for record in recorder.requests(run)} == {"/v1/chat/completions"}


@pytest.mark.parametrize("path", ["/v1/chat/stream", f"{PREFIX}/chat/stream", "/other/chat/stream"])
@pytest.mark.parametrize("members", [{}, {"stream": False}, {"stream": True}, {"stream": None}])
def test_chat_stream_streams_whatever_the_body_says(gateway, recorder, run, path, members):
    body = {"model": f"mock,run={run}", "messages": [{"role": "user", "content": "x"}], **members}
    answer = post(gateway.port, path, body)
    assert answer.status == 200, answer
    assert answer.headers["content-type"].startswith("text/event-stream")
    assert sse.chunks(answer.body)[0]["choices"][0]["delta"]["role"] == "assistant"
    assert sse.finish_reasons(answer.body) == ["stop"]
    assert sse.payloads(answer.body)[-1] == "[DONE]"
    received = json.loads(recorder.requests(run)[0].body)
    assert received["stream"] is True
    assert {**received, "stream": None} == {**body, "stream": None}


def test_a_query_string_of_an_alias_is_kept(gateway, recorder, run):
    post(gateway.port, "/v1/chat?api-version=2", chat_body(f"mock,run={run}"))
    assert recorder.requests(run)[0].target == "/v1/chat/completions?api-version=2"


def test_an_alias_is_replaced_and_every_other_byte_kept(gateway, recorder):
    # Odd spelling on purpose: all of it must arrive as it is.
    template = b'{ "a":1.50e+01,\t"messages" : [{"role":"user","content":"\\u00e9 \xc3\xa9 \\"model\\":\\"fast\\""}]' \
               b',\n "model" :  "%s" , "big":12345678901234567890, "z":{"model":"fast"},"a":2 }\n'
    marker = {"X-Mark": "alias-bytes", "Content-Type": "application/json"}
    answer = exchange(gateway.port, "POST", "/v1/chat/completions", marker, template % b"fast")
    assert answer.status == 200, answer
    received = [record for record in recorder.all() if record.headers.get("x-mark") == "alias-bytes"][-1]
    assert received.body.encode() == template % b"mock,events=2"
    assert received.headers["content-length"] == str(received.body_size)


@pytest.mark.parametrize("spelling", [b'"fast"', b'"\\u0066ast"', b'"fas\\u0074"'])
def test_escapes_in_the_model_name_are_understood(gateway, spelling):
    body = b'{"model":' + spelling + b',"messages":[]}'
    answer = exchange(gateway.port, "POST", "/v1/chat/completions", {"Content-Type": "application/json"}, body)
    assert answer.json()["choices"][0]["message"]["content"] == "w0 xxxxxxxx w1 xxxxxxxx "


@pytest.mark.parametrize("path, members", [
    ("/v1/responses", {"input": "x"}), ("/v1/embeddings", {"input": "x"}), ("/v1/completions", {"prompt": "x"})])
def test_aliases_work_on_every_json_route(gateway, recorder, path, members):
    answer = post(gateway.port, path, {"model": "team/" + path[4:], **members})
    assert answer.status == 200
    assert json.loads(recorder.all()[-1].body)["model"].startswith("mock-")


def test_an_alias_in_a_compressed_body(gateway, recorder, run):
    body = b'{"messages":[],"model":"team/z,run=' + run.encode() + b'"}'
    headers = {"Content-Type": "application/json", "Content-Encoding": "gzip"}
    assert exchange(gateway.port, "POST", "/v1/chat", headers, gzip.compress(body)).status == 200
    assert recorder.requests(run)[0].body.encode() == body.replace(b"team/", b"mock-")


def test_an_alias_in_a_multipart_body(gateway, recorder, run):
    parts = [("language", None, b"en"), ("model", None, f"team/x,run={run}".encode()),
             ("file", "a.wav", b"\r\n--x" * 99)]
    body, content_type = encode(parts)
    answer = exchange(gateway.port, "POST", "/v1/audio/transcriptions", {"Content-Type": content_type}, body)
    assert answer.status == 200, answer
    received = recorder.requests(run)[0]
    expected, _ = encode([parts[0], ("model", None, f"mock-x,run={run}".encode()), parts[2]])
    assert [part["text"] for part in received.parts] == ["en", f"mock-x,run={run}", None]
    assert received.body_size == len(expected)


def test_the_longest_wildcard_wins_and_is_filled_in(gateway, recorder, run):
    post(gateway.port, "/v1/chat", chat_body(f"team/blue,run={run}"))
    assert json.loads(recorder.requests(run)[0].body)["model"] == f"mock-blue,run={run}"


def test_names_beyond_ascii(gateway):
    assert post(gateway.port, "/v1/chat", chat_body("wei\u00df")).status == 200


def test_model_lists(gateway):
    answer = get(gateway.port, "/v1/models")
    assert answer.status == 200 and answer.json()["object"] == "list"
    names = [model["id"] for model in answer.json()["data"]]
    assert {"fast", "wei\u00df"} <= set(names)
    assert "team/*" not in names and "*" not in names
    # There is a wildcard route, so what its upstream reports is listed too.
    assert {"mock", "mock-second"} <= set(names)
    assert len(names) == len(set(names))
    assert all(model["object"] == "model" and {"created", "owned_by"} <= set(model) for model in answer.json()["data"])


@pytest.mark.parametrize("name, status", [("fast", 200), ("team/blue", 200), ("team%2Fblue", 200), ("wei%C3%9F", 200)])
def test_one_model(gateway, name, status):
    answer = get(gateway.port, f"/v1/models/{name}")
    assert answer.status == status, answer
    assert answer.json()["object"] == "model"


def test_an_unknown_model_is_404(start_gateway):
    gateway = start_gateway({"models": [{"name": "known", "upstream": "mock"}]})
    assert get(gateway.port, "/v1/models/known").json()["id"] == "known"
    for answer in (get(gateway.port, "/v1/models/unknown"), post(gateway.port, "/v1/chat", chat_body("unknown"))):
        assert answer.status == 404 and answer.error()["code"] == "model_not_found"
    assert [model["id"] for model in get(gateway.port, "/v1/models").json()["data"]] == ["known"]
