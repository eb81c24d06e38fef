"""The mock itself: what it promises is what the other tests stand on."""

import re
import subprocess
from pathlib import Path

import pytest

from support import sse
from support.processes import MOCK, ROOT
from support.raw_http import RawClient, chat_body, get, post

CHAT = "/v1/chat/completions"


def test_an_unknown_key_is_an_error(mock):
    for model in ("mock,bogus", "mock,events", "mock,events=x", "mock,crlf=1", "mock,fail=200"):
        assert post(mock.port, CHAT, chat_body(model)).status == 400, model


def test_any_other_name_is_answered_plainly(mock):
    assert post(mock.port, CHAT, chat_body("gpt-x,with=commas")).status == 200


def test_the_document_lists_every_key():
    text = subprocess.run([MOCK, "--help"], capture_output=True, text=True, check=True).stdout
    keys = set(re.findall(r"^  ([a-z][a-z0-9-]+)(?:=|\s{2,}|$)", text, re.MULTILINE))
    assert len(keys) > 40
    document = (ROOT / "docs/testing.md").read_text()
    documented = set(re.findall(r"^\| `([a-z][a-z0-9-]+)", document, re.MULTILINE))
    assert documented == keys


def test_steps_can_be_printed_without_serving():
    steps = subprocess.run([MOCK, "--show", "mock,events=1,pace=5ms,reset-after=2,half-event"], capture_output=True,
                           text=True, check=True).stdout.splitlines()
    assert [step.split(" ")[0] for step in steps] == ["send", "wait", "send", "send", "reset"]


def test_the_same_name_makes_the_same_bytes(mock):
    bodies = {post(mock.port, CHAT, chat_body("mock,usage,tools=1", True)).body for _ in range(3)}
    assert len(bodies) == 1


@pytest.mark.parametrize("size", [1, 10, 1000])
def test_splits_change_nothing_but_the_writes(mock, recorder, run, size):
    name = f"mock,events=2,run={run}"
    split = post(mock.port, CHAT, chat_body(f"{name},split={size}", True)).body
    assert sse.text_of(split) == "w0 xxxxxxxx w1 xxxxxxxx "
    record = recorder.requests(run)[0]
    assert record.writes == -(-record.bytes_written // size)


def test_records_tell_when_the_peer_left(mock, recorder, run):
    with RawClient(mock.port) as client:
        client.post_json(CHAT, chat_body(f"mock,silent-after=1,run={run}", True))
        client.take_until(b"assistant")
        left_at = client.close()
    record = recorder.wait_for_end(run, "peer_left")
    assert 0 <= record.ended_ns - left_at < 200_000_000
    assert record.status == 200 and record.writes == 1


def test_breaks_are_what_they_say(mock, run):
    for kind, error in (("reset", ConnectionResetError), ("close", ConnectionError)):
        with RawClient(mock.port) as client:
            client.post_json(CHAT, chat_body(f"mock,{kind}-after=1,run={run}", True))
            with pytest.raises(error):
                client.read_response("POST")
    cut = post(mock.port, CHAT, chat_body(f"mock,cut-after=2,run={run}", True))
    assert cut.complete and len(sse.chunks(cut.body)) == 2


def test_binary_answers_have_their_size(mock):
    assert len(get(mock.port, "/v1/files/file-mock,bytes=12345/content").body) == 12345


def test_help_and_wrong_arguments():
    assert subprocess.run([MOCK, "--bogus"], capture_output=True).returncode == 2
    assert Path(MOCK).exists()
