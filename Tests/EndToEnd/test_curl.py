"""Plain curl, as another service or a person calls."""

import json
import subprocess

from support import sse
from support.curl import curl
from support.polling import PATIENCE

CHAT = "/v1/chat/completions"


def test_a_stream(gateway):
    out = curl("-N", gateway.url + CHAT, "-H", "Content-Type: application/json",
               "-d", '{"model":"mock","stream":true,"messages":[{"role":"user","content":"hi"}]}')
    assert sse.text_of(out).startswith("w0 ")
    assert out.endswith(b"data: [DONE]\n\n")


def test_no_content_type_and_the_short_path(gateway):
    out = curl("-N", gateway.url + "/v1/chat/stream", "-d", '{"model":"mock","messages":[]}')
    assert out.endswith(b"data: [DONE]\n\n")


def test_a_blocking_answer_compressed(gateway):
    out = curl("--compressed", gateway.url + CHAT, "-d", '{"model":"mock,size=2000","messages":[]}')
    assert json.loads(out)["choices"][0]["finish_reason"] == "stop"


def test_a_large_body_with_expect(gateway, tmp_path, recorder, run):
    """curl waits up to a second for `100 Continue` before it sends more than a megabyte."""
    path = tmp_path / "body.json"
    path.write_text('{"model":"mock,run=%s","messages":[],"pad":"%s"}' % (run, "p" * 2_000_000))
    out = curl(gateway.url + CHAT, "-d", f"@{path}", "-w", "\n%{time_total}")
    body, seconds = out.rsplit(b"\n", 1)
    assert json.loads(body)["object"] == "chat.completion"
    assert float(seconds) < 0.9 * PATIENCE
    assert recorder.requests(run)[0].body_size == path.stat().st_size


def test_a_chunked_upload_from_a_pipe(gateway):
    out = curl(gateway.url + CHAT, "-H", "Transfer-Encoding: chunked", "-H", "Content-Type: application/json",
               "--data-binary", "@-", stdin=b'{"model":"mock","messages":[]}')
    assert json.loads(out)["object"] == "chat.completion"


def test_a_multipart_upload(gateway, tmp_path):
    path = tmp_path / "voice.wav"
    path.write_bytes(b"RIFF" * 1000)
    out = curl(gateway.url + "/v1/audio/transcriptions", "-F", f"file=@{path}", "-F", "model=mock")
    assert json.loads(out)["text"].startswith("received 4000 bytes")


def test_a_download(gateway, tmp_path):
    path = tmp_path / "out.bin"
    curl(gateway.url + "/v1/files/file-mock,bytes=123456/content", "-o", str(path))
    assert path.stat().st_size == 123456


def test_head_and_http_1_0(gateway):
    assert b"200" in curl("-I", gateway.url + "/healthz").splitlines()[0]
    assert curl("-0", gateway.url + CHAT, "-d", '{"model":"mock","stream":true}').endswith(b"data: [DONE]\n\n")


def test_an_error_is_json(gateway):
    out = curl(gateway.url + CHAT, "-d", "nope", "-w", "\n%{http_code}")
    body, status = out.rsplit(b"\n", 1)
    assert status == b"400" and json.loads(body)["error"]["code"] == "invalid_json"


def test_stop_by_curl(gateway, run):
    body = '{"model":"mock,events=100000,pace=5ms","stream":true}'
    stream = subprocess.Popen(["curl", "-sSN", "--noproxy", "*", "-m", "20", gateway.url + CHAT,
                               "-H", f"X-Request-Id: {run}", "-d", body], stdout=subprocess.PIPE)
    assert stream.stdout.readline().startswith(b"data: ")
    answer = json.loads(curl("-X", "POST", f"{gateway.url}/v1/requests/{run}/stop"))
    rest = stream.stdout.read()
    assert answer["status"] == "stopped"
    assert rest.endswith(b"data: [DONE]\n\n")
    assert stream.wait(5) == 0
