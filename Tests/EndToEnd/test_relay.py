"""Every other route: any method, any body, the query string untouched."""

import zlib

import openai
import pytest

from support.multipart import encode
from support.raw_http import RawClient, chunked, exchange, get, post

PATTERN = bytes(index * 7 & 255 for index in range(1_000_000))


def test_embeddings_as_the_sdk_asks_for_them(client, recorder, run):
    answer = client.embeddings.create(model=f"mock,run={run}", input=["a", "b"])
    assert answer.data[1].embedding == [index / 8 + 1 for index in range(8)]
    assert '"encoding_format":"base64"' in recorder.requests(run)[0].body


def test_embeddings_as_floats(client):
    answer = client.embeddings.create(model="mock", input="a", encoding_format="float", dimensions=3)
    assert answer.data[0].embedding == [0, 0.125, 0.25]


def test_completions(client):
    assert client.completions.create(model="mock", prompt="p").choices[0].text.startswith("w0 ")
    chunks = list(client.completions.create(model="mock", prompt="p", stream=True))
    assert "".join(chunk.choices[0].text for chunk in chunks).startswith("w0 xxxxxxxx w1 ")
    assert chunks[-1].choices[0].finish_reason == "stop"


def test_moderations_keep_their_odd_keys(client):
    answer = client.moderations.create(model="mock", input="x")
    assert answer.results[0].categories.self_harm_intent is False


def test_images(client):
    assert client.images.generate(model="mock", prompt="p").data[0].b64_json == "bW9jaw=="


def test_speech_is_relayed_as_bytes(client):
    answer = client.audio.speech.create(model="mock,bytes=300000", input="x", voice="alloy")
    assert answer.content == PATTERN[:300000]
    assert answer.response.headers["content-type"] == "audio/mpeg"


def test_a_transcription_upload_arrives_unchanged(client, recorder, run):
    content = bytes(range(256)) * 4000
    answer = client.audio.transcriptions.create(model=f"mock,run={run}", file=("a.wav", content, "audio/wav"),
                                                language="en", timestamp_granularities=["word", "segment"])
    assert answer.text == f"received {len(content)} bytes crc32 {zlib.crc32(content):08x}"
    names = [part["name"] for part in recorder.requests(run)[0].parts]
    assert names.count("timestamp_granularities[]") == 2
    file = next(part for part in recorder.requests(run)[0].parts if part["name"] == "file")
    assert (file["filename"], file["content_type"]) == ("a.wav", "audio/wav")


@pytest.mark.parametrize("order", ["model first", "model last", "no model"])
@pytest.mark.parametrize("framing", ["length", "chunked"])
def test_multipart_bytes_are_untouched(gateway, recorder, order, framing, run):
    model = ("model", None, f"mock,run={run}".encode())
    file = ("file", "r\u00e9sum\u00e9.bin".encode().decode("latin-1"), PATTERN[:200_000])
    parts = {"model first": [model, file], "model last": [file, model], "no model": [file]}[order]
    body, content_type = encode(parts)
    headers = {"Content-Type": content_type, "X-Mark": run}
    if framing == "chunked":
        headers["Transfer-Encoding"] = "chunked"
        answer = exchange(gateway.port, "POST", "/v1/files", headers, chunked(body, 5000))
    else:
        answer = exchange(gateway.port, "POST", "/v1/files", headers, body)
    assert answer.status == 200, answer
    received = [record for record in recorder.all() if record.headers.get("x-mark") == run][0]
    assert received.body_crc32 == f"{zlib.crc32(body):08x}"
    assert received.headers["content-type"] == content_type


def test_files_by_the_sdk(client):
    content = PATTERN[:50_000]
    uploaded = client.files.create(file=("data.jsonl", content), purpose="batch")
    assert (uploaded.bytes, uploaded.filename, uploaded.purpose) == (len(content), "data.jsonl", "batch")
    assert client.files.list().data[0].id == "file-mock"
    assert client.files.retrieve("file-abc").id == "file-abc"
    assert client.files.delete("file-abc").deleted


def test_file_content_of_a_megabyte(client):
    answer = client.files.content("file-mock,bytes=1000000")
    assert answer.content == PATTERN
    assert answer.response.headers["content-disposition"] == 'attachment; filename="mock.bin"'
    assert answer.response.headers["content-length"] == "1000000"


def test_batches_by_the_sdk(client):
    batch = client.batches.create(input_file_id="file-1", endpoint="/v1/chat/completions", completion_window="24h")
    assert batch.model_extra["target"] == "/v1/batches" if batch.model_extra else True


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "PATCH", "DELETE"])
@pytest.mark.parametrize("target", ["/v1/batches/b1/cancel", "/v1/vector_stores?limit=2", "/v1/some/new/thing"])
def test_any_method_on_any_other_path(gateway, method, target):
    body = b"{}" if method in ("POST", "PUT", "PATCH") else None
    answer = exchange(gateway.port, method, target, {"Content-Type": "application/json"}, body)
    assert answer.status == 200, answer
    echo = answer.json()
    assert (echo["method"], echo["target"]) == (method, target)
    assert echo["bytes"] == len(body or b"")


@pytest.mark.parametrize("query", [
    "include%5B%5D=a&include%5B%5D=b", "include[]=a", "a=1&a=2&&b", "x=%2F%2f%20+", "q=%C3%A9", "?", "x=a?b=c",
])
def test_query_strings_are_untouched(gateway, query):
    target = "/v1/vector_stores?" + query
    answer = get(gateway.port, target)
    assert answer.status == 200, answer
    assert answer.json()["target"] == target


@pytest.mark.parametrize("path", ["/v1/x/%E2%82%AC", "/v1/x/", "/v1/x/a:b,c;d", "/v1/x/%20%7E~"])
def test_odd_paths_are_untouched(gateway, path, recorder, run):
    get(gateway.port, path, {"X-Mark": run})
    received = [record for record in recorder.all() if record.headers.get("x-mark") == run]
    assert [record.target for record in received] == [path]


@pytest.mark.parametrize("path", ["/v1/../admin", "/v1/x/../../y", "/v1/%2e%2e/admin", "/v1/./x", "/v1/x//y",
                                  "/v1/files/a%2Fb", "/v1/files/a%5Cb", "/v1/x%00"])
def test_paths_that_servers_read_differently_are_refused(gateway, path, recorder, run):
    answer = get(gateway.port, path, {"X-Mark": run})
    assert answer.status in (400, 404)
    assert answer.error()["type"] == "invalid_request_error"
    assert not [record for record in recorder.all() if record.headers.get("x-mark") == run]


def test_head_of_a_relayed_route_has_no_body(gateway):
    with RawClient(gateway.port) as client:
        client.request("HEAD", "/v1/files/file-mock,bytes=5000/content")
        answer = client.read_response("HEAD")
        assert answer.status == 200
        client.request("GET", "/healthz")
        assert client.read_response().status == 200


def test_an_upload_larger_than_every_buffer(gateway, recorder, run):
    body, content_type = encode([("purpose", None, b"batch"), ("file", "big.bin", PATTERN * 12)])
    answer = exchange(gateway.port, "POST", "/v1/files", {"Content-Type": content_type, "X-Mark": run}, body,
                      timeout=30)
    assert answer.status == 200
    received = [record for record in recorder.all() if record.headers.get("x-mark") == run][0]
    assert (received.body_size, received.body_crc32) == (len(body), f"{zlib.crc32(body):08x}")


def test_a_url_outside_v1_is_404(gateway):
    for path in ("/nothing", "/v2/chat/completions", "/v1"):
        answer = get(gateway.port, path)
        assert answer.status == 404, path
        assert answer.error()["code"] == "unknown_url"


@pytest.mark.parametrize("method, path", [
    ("GET", "/v1/chat"), ("PUT", "/v1/chat"), ("DELETE", "/v1/chat/stream"), ("GET", "/v1/embeddings"),
    ("POST", "/healthz"), ("DELETE", "/v1/requests")])
def test_known_routes_refuse_other_methods(gateway, method, path):
    answer = exchange(gateway.port, method, path)
    assert answer.status == 405, answer
    assert answer.error()["code"] == "method_not_allowed"
    assert answer.headers["allow"]


@pytest.mark.parametrize("method, path", [("GET", "/v1/chat/completions?limit=2"), ("GET", "/v1/responses/resp_1"),
                                          ("POST", "/v1/chat/completions/chatcmpl-1")])
def test_other_methods_of_the_stored_objects_are_relayed(gateway, recorder, run, method, path):
    body = b"{}" if method == "POST" else None
    assert exchange(gateway.port, method, path, {"X-Mark": run}, body).status == 200
    received = [record for record in recorder.all() if record.headers.get("x-mark") == run]
    assert [(record.method, record.target) for record in received] == [(method, path)]


def test_headers_of_the_answer(gateway):
    answer = post(gateway.port, "/v1/embeddings", {"model": "mock", "input": "x"})
    assert answer.headers["x-sluice-upstream"] == "mock"
    assert answer.headers["x-sluice-attempts"] == "1"
    assert int(answer.headers["x-sluice-overhead-us"]) >= 0


def test_upstream_connections_are_kept_and_reused(start_gateway, recorder, run):
    gateway = start_gateway({"listen": {"loops": 1}})
    for stream in (False, True, False, True):
        answer = post(gateway.port, "/v1/chat/completions", {"model": f"mock,run={run}", "messages": [],
                                                            "stream": stream})
        assert answer.status == 200
    assert len({record.connection for record in recorder.requests(run)}) == 1


def test_the_sdk_can_use_the_root_of_a_mounted_prefix(start_gateway):
    gateway = start_gateway({"base_paths": ["/some/prefix/llm"]})
    with openai.OpenAI(base_url=gateway.url + "/some/prefix/llm", api_key="k", max_retries=0) as sdk:
        answer = sdk.chat.completions.create(model="mock", messages=[{"role": "user", "content": "x"}])
    assert answer.choices[0].finish_reason == "stop"
