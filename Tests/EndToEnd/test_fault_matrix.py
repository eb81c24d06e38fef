"""Every fault, streaming and blocking, for chat and responses, alone and with a fallback: what the client sees, what
the upstreams are asked and when, and whether the log and the metrics tell the truth about it.

`support/fault_table.py` says what is expected; each case is played once and looked at from all sides.
"""

import re

import pytest

from support import sse
from support.fault_play import BACKUP, BODIES, TARGETS, Observation, cases, configuration, refusing_port
from support.processes import start_mock, start_sluice
from support.raw_http import post
from support.recorder import Recorder

CASES = cases()
# Between two attempts a busy machine may add this to any wait.
SLACK_MS = 500
# What the gateway adds to a broken stream: the error, and `[DONE]` or `response.failed`.
OWN_EVENTS = 2
TEXT = "".join(f"w{number} xxxxxxxx " for number in range(5))


@pytest.fixture(scope="module")
def mock(tmp_path_factory):
    """Never reuses a connection: one that dies before it brings a byte may be replaced without being an attempt."""
    process = start_mock(tmp_path_factory.mktemp("mock"), arguments=["--close"])
    yield process
    process.stop()


@pytest.fixture(scope="module")
def recorder(mock):
    return Recorder(mock.url)


@pytest.fixture(scope="module")
def gateway(mock, tmp_path_factory):
    keeper, port = refusing_port()
    process = start_sluice(tmp_path_factory.mktemp("matrix"), {
        "listen": {"host": "127.0.0.1", "port": 0}, **configuration(mock.url, port)})
    yield process
    process.stop()
    keeper.close()


def is_late(observation):
    return any(wait >= expected + SLACK_MS for wait, expected in zip(observation.waits, observation.case.seen.waits))


@pytest.fixture(scope="module")
def played(gateway, recorder):
    """Plays a case, once; again where a busy machine was late, which says nothing about the gateway."""
    known = {}

    def play(case):
        if str(case) not in known:
            observation = Observation(case, gateway, recorder)
            for _ in range(0 if case.fault.lasts else 2):
                if is_late(observation):
                    observation = Observation(case, gateway, recorder)
            known[str(case)] = observation
        return known[str(case)]
    return play


each_case = pytest.mark.parametrize("case", CASES, ids=str)


@each_case
def test_the_client_gets_what_can_be_had_and_nobody_is_asked_in_vain(case, played, mock):
    observation, seen = played(case), case.seen
    answer = observation.answer
    assert answer.cut is None, answer.body
    assert answer.status == seen.status, answer.body
    SHAPES[seen.shape](observation, seen, mock)
    judge_attempts(observation, seen)
    upstream, attempts = seen.announced
    assert answer.headers["x-sluice-upstream"] == upstream
    assert answer.headers["x-sluice-attempts"] == str(attempts)


@each_case
def test_the_log_and_the_metrics_tell_the_truth(case, played):
    judge_log(played(case), case.seen)
    judge_metrics(played(case), case.seen)


# What the client sees

def judge_whole(observation, seen, mock):
    judge_text(observation)
    assert (f'"model":"{BACKUP}"'.encode() in observation.answer.body) == (seen.attempts[-1] == "backup")


def judge_mended(observation, seen, mock):
    judge_text(observation)
    chunks = sse.chunks(observation.answer.body)
    if observation.case.api == "chat":
        assert len({chunk["id"] for chunk in chunks}) == 1
        assert [choice["delta"].get("role") for chunk in chunks for choice in chunk["choices"]].count("assistant") == 1
    else:
        assert [event["type"] for event in chunks].count("response.created") == 1
        assert len({event["response"]["id"] for event in chunks if "response" in event}) == 1


def judge_text(observation):
    body, case = observation.answer.body, observation.case
    if not case.stream:
        document = observation.answer.json()
        message = document["choices"][0]["message"]["content"] if case.api == "chat" else text_of(document)
        assert message == TEXT
    elif case.api == "chat":
        assert sse.text_of(body) == TEXT
        assert sse.finish_reasons(body) == ["stop"]
        assert sse.payloads(body)[-1] == "[DONE]" and sse.payloads(body).count("[DONE]") == 1
    else:
        events = sse.chunks(body)
        assert "".join(event["delta"] for event in events if event["type"].endswith("text.delta")) == TEXT
        assert events[-1]["type"] == "response.completed"
        assert [event["sequence_number"] for event in events] == list(range(len(events)))


def text_of(response):
    return "".join(part["text"] for item in response["output"] for part in item["content"])


def judge_untouched(observation, seen, mock):
    assert observation.answer.body == plain_body(observation, mock)


def judge_left_out(observation, seen, mock):
    blocks = sse.split_events(plain_body(observation, mock))
    assert observation.answer.body == b"".join(blocks[:seen.events] + blocks[seen.events + 1:])


def plain_body(observation, mock):
    """What the upstream sends to whoever asks it without the gateway."""
    case = observation.case
    model = f"{case.family},{case.fault.scenario},run={observation.id}"
    return post(mock.port, TARGETS[case.api], BODIES[case.api](model, case.stream)).body


def judge_error(observation, seen, mock):
    error = observation.answer.error()
    assert error["code"] in seen.codes
    # The gateway has asked as often as makes sense; an SDK must not begin again.
    assert observation.answer.headers["x-should-retry"] == "false"


def judge_broken(observation, seen, mock):
    error = judge_told(observation, seen, mock)
    assert error["type"] == "server_error" and error["message"]
    events = sse.chunks(observation.answer.body)
    own = 1 if observation.case.api == "chat" else 2
    if seen.events is not None:
        assert len(events) - own == seen.events
    assert sse.finish_reasons(observation.answer.body) == []


def judge_told(observation, seen, mock):
    events = sse.chunks(observation.answer.body)
    if observation.case.api == "chat":
        error = events[-1]["error"]
        if seen.shape == "broken":
            assert sse.payloads(observation.answer.body)[-1] == "[DONE]"
    else:
        failed = [event for event in events if event["type"] == "response.failed"]
        assert failed == events[-1:] or (seen.shape == "told" and not failed)
        error = failed[-1]["response"]["error"] if failed else events[-1]["error"]
        error = {"type": "server_error", **error}
    code = error["code"] if isinstance(error, dict) else ""
    assert code in seen.codes
    return error


SHAPES = {"whole": judge_whole, "mended": judge_mended, "untouched": judge_untouched, "left out": judge_left_out,
          "error": judge_error, "broken": judge_broken, "told": judge_told}


# What the upstreams see

def judge_attempts(observation, seen):
    reachable = [(name, wait) for name, wait in zip(seen.attempts, (0,) + seen.waits) if name != "refused"]
    assert observation.asked == tuple(name for name, _ in reachable)
    # The upstream may learn later than the gateway that an attempt has ended: it is no sooner than from its start.
    for wait, spacing, (_, expected) in zip(observation.waits, observation.spacings, reachable[1:]):
        assert wait < expected + SLACK_MS and spacing >= expected - 1, (observation.waits, observation.spacings)
    assert observation.answer.seconds * 1000 >= sum(seen.waits)


# What is written down

def judge_log(observation, seen):
    line, answer = observation.line, observation.answer
    assert line["status"] == answer.status
    assert line["end"] == seen.end
    assert line["attempts"] == len(seen.attempts)
    assert line["upstream"] == seen.attempts[-1]
    assert line["stream"] == observation.case.stream
    # An error answer of the upstream's own, relayed, is no failure of the gateway's to name.
    assert ("error" in line) == (seen.end != "completed" and (seen.shape, seen.end) != ("error", "upstream_error"))
    assert line["bytes"] == relayed_bytes(observation)
    assert line["events"] == relayed_events(observation)
    assert ("first_event_ms" in line) == answer.is_stream
    if answer.is_stream:
        assert 0 < line["first_event_ms"] <= line["duration_ms"]
    assert line["duration_ms"] <= answer.seconds * 1000 + 1


def judge_metrics(observation, seen):
    expected = {f'sluice_requests_total{{endpoint="{observation.case.api}",outcome="{seen.end}"}}': 1}
    for upstream, result in zip(seen.attempts, seen.results, strict=True):
        name = f'sluice_upstream_attempts_total{{upstream="{upstream}",result="{result}"}}'
        expected[name] = expected.get(name, 0) + 1
    # The scrapes count themselves, as `admin`.
    counted = {name: value for name, value in observation.counted.items()
               if re.match(r"sluice_(requests|upstream_attempts)_total", name) and '"admin"' not in name}
    assert counted == expected
    assert observation.counted.get("sluice_relayed_bytes_total", 0) == relayed_bytes(observation)
    assert observation.counted.get("sluice_relayed_events_total", 0) == relayed_events(observation)


def relayed_bytes(observation):
    """Bytes of the answer that are the upstream's own."""
    seen, blocks = observation.case.seen, sse.split_events(observation.answer.body)
    if seen.shape == "error":
        return observation.answer.length if seen.end == "upstream_error" else 0
    if seen.shape == "broken":
        return len(b"".join(blocks[:-OWN_EVENTS]))
    # Compressed answers are unpacked on their way.
    if seen.shape in ("mended", "left out") or "gzip" in observation.case.fault.scenario:
        return observation.answer.length
    return observation.attempts[-1].bytes_written


def relayed_events(observation):
    """Events of the answer that are the upstream's own, `[DONE]` included."""
    if not observation.answer.is_stream:
        return 0
    count = len(sse.payloads(observation.answer.body))
    if observation.case.seen.shape == "broken":
        return count - OWN_EVENTS
    return count - 1 if was_completed(observation) else count


def was_completed(observation):
    """Whether the gateway has added the end that the upstream owed: `[DONE]`, or `response.failed` behind `error`."""
    if observation.case.api == "chat":
        return observation.case.fault.name == "no [DONE]"
    return observation.case.seen.shape == "told" and b"event: error\n" in observation.answer.body
