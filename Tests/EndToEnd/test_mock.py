"""The mock itself: what it promises is what the other tests stand on."""

import re
import subprocess
from pathlib import Path

import pytest

from support import sse
from support.polling import wait_until
from support.processes import MOCK, ROOT
from support.raw_http import RawClient, chat_body, get, post

CHAT, RESPONSES = "/v1/chat/completions", "/v1/responses"


def test_an_unknown_key_is_an_error(mock):
    for model in ("mock,bogus", "mock,events", "mock,events=x", "mock,crlf=1", "mock,fail=200", "mock,bad-key=sk-a",
                  "mock,bad-key=sk-a:200", "mock,error-form=poem", "mock,for=soon"):
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


@pytest.mark.parametrize("scenario, error, size", [
    ("reset-after=0", ConnectionResetError, 0), ("close-after=0", ConnectionError, 0),
    ("reset-after=1", ConnectionResetError, "half"), ("close-after=1", ConnectionError, "half"),
    ("chunked,close-after=1", ConnectionError, "half"), ("cut-after=1", None, "half"), ("cut-after=0", None, 0)])
def test_blocking_answers_break_off_too(mock, recorder, run, scenario, error, size):
    whole = len(post(mock.port, CHAT, chat_body(f"mock,run={run}")).body)
    with RawClient(mock.port) as client:
        client.post_json(CHAT, chat_body(f"mock,{scenario},run={run}b"))
        if error:
            with pytest.raises(error):
                client.read_response("POST")
        else:
            assert client.read_response("POST").complete
    sent = recorder.wait_for_end(f"{run}b").bytes_written
    assert sent == 0 if size == 0 else whole / 3 < sent < whole


def test_a_bad_key_fails_and_another_does_not(mock, run):
    model = f"mock,bad-key=sk-a:429,bad-key=sk-b:quota,run={run}"
    answers = {key: post(mock.port, CHAT, chat_body(model), {"Authorization": f"Bearer {key}"})
               for key in ("sk-a", "sk-b", "sk-c")}
    assert [answer.status for answer in answers.values()] == [429, 429, 200]
    assert answers["sk-b"].error()["code"] == "insufficient_quota"


def test_attempts_fail_within_a_window(mock, recorder, run):
    model = f"mock,fail=503,from=100ms,for=200ms,run={run}"
    seen = []

    def is_over():
        seen.append(post(mock.port, CHAT, chat_body(model)).status)
        return seen[-2:] == [503, 200]
    wait_until(is_over)
    records = recorder.requests(run)
    for status, record in zip(seen, records, strict=True):
        age = (record.began_ns - records[0].began_ns) / 1e6
        assert status == (503 if 100 <= age < 300 else 200)


def test_a_part_can_be_down_while_the_others_are_not(mock, recorder):
    assert recorder.begin_outage("/primary", "status=503")["ends_ns"] is None
    try:
        statuses = [post(mock.port, f"/{part}{CHAT}", chat_body("mock")).status for part in ("primary", "backup")]
        assert statuses == [503, 200]
        assert get(mock.port, "/primary/v1/models").status == 503
    finally:
        recorder.end_outage("/primary")
    assert post(mock.port, f"/primary{CHAT}", chat_body("mock")).status == 200


def test_an_outage_ends_by_itself(mock, recorder):
    began = recorder.begin_outage("/brief", "fail=429", seconds=0.2)
    assert began["ends_ns"] - began["began_ns"] == 200_000_000
    assert post(mock.port, f"/brief{CHAT}", chat_body("mock")).status == 429
    wait_until(lambda: post(mock.port, f"/brief{CHAT}", chat_body("mock")).status == 200)


def test_the_journal_knows_key_and_id_of_each_request(mock, recorder, run):
    post(mock.port, CHAT, chat_body("mock"), {"X-Request-Id": run, "Authorization": "Bearer sk-journal"})
    (record,) = recorder.by_id(run)
    assert record.key == "sk-journal" and record.model == "mock" and record.end == "finished"
    assert record.began_ns <= record.first_write_ns <= record.ended_ns


def test_a_conversation_reads_the_same_in_both_apis(mock):
    tool = {"name": "get_weather", "parameters": {"type": "object", "properties": {"city": {"type": "string"}}}}
    model = "mock,converse"
    for question in ("hello", "weather", "weather please", "think", "refuse"):
        body = {"messages": [{"role": "user", "content": question}], "tools": [{"type": "function", "function": tool}]}
        message = post(mock.port, CHAT, {"model": model, **body}).json()["choices"][0]["message"]
        body = {"input": question, "tools": [{"type": "function", **tool}]}
        output = post(mock.port, RESPONSES, {"model": model, **body}).json()["output"]
        parts = [part for item in output if item["type"] == "message" for part in item["content"]]
        assert [part["text"] for part in parts if "text" in part] == [message["content"]][:bool(message["content"])]
        assert [part["refusal"] for part in parts if "refusal" in part] == [
            message["refusal"]][:bool(message["refusal"])]
        calls = [item["arguments"] for item in output if item["type"] == "function_call"]
        assert calls == [call["function"]["arguments"] for call in message.get("tool_calls", [])]
        assert ("reasoning_content" in message) == (output[0]["type"] == "reasoning")


def test_responses_of_a_conversation_are_kept_for_their_key(mock):
    mine, other = ({"Authorization": f"Bearer {key}"} for key in ("sk-mine", "sk-other"))
    first = post(mock.port, RESPONSES, {"model": "mock,converse", "input": "one"}, mine).json()
    going_on = {"model": "mock,converse", "input": "recall", "previous_response_id": first["id"]}
    second = post(mock.port, RESPONSES, going_on, mine).json()
    assert second["output"][0]["content"][0]["text"] == "user: one | assistant: You said: one | user: recall"
    assert post(mock.port, RESPONSES, going_on, other).error()["code"] == "previous_response_not_found"
    assert get(mock.port, f"{RESPONSES}/{first['id']}", mine).json() == first
    assert get(mock.port, f"{RESPONSES}/{first['id']}", other).status == 404


@pytest.mark.parametrize("upstream, target, status", [
    ("chat-only", RESPONSES, 404), ("chat-only-x-405", RESPONSES, 405), ("responses-only", CHAT, 404),
    ("chat-only", CHAT, 200), ("responses-only", RESPONSES, 200)])
def test_an_upstream_can_lack_an_api(mock, upstream, target, status):
    body = {"model": "mock", "messages": [{"role": "user", "content": "x"}], "input": "x"}
    assert post(mock.port, f"/{upstream}{target}", body).status == status


def test_a_gate_lets_events_through_one_by_one(mock, recorder, run):
    with RawClient(mock.port) as client:
        client.post_json(CHAT, chat_body(f"mock,gate,run={run}", True))
        client.take_until(b"assistant")
        for number in range(5):
            assert b"w%d " % number not in client.buffer
            recorder.let_through(run)
            client.take_until(b"w%d " % number)
        recorder.let_through(run, 2)
        client.take_until(b"[DONE]")
