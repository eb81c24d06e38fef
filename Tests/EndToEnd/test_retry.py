"""Which failures are tried again, how often, and after which waits."""

import pytest

from support.multipart import encode
from support.raw_http import chat_body, post, responses_body
from support.raw_upstream import RawUpstream, stream

CHAT, RESPONSES = "/v1/chat/completions", "/v1/responses"
RETRIED = [408, 409, 425, 429, 500, 502, 503, 504, 529]
FINAL = [400, 404, 413, 422]


def waits_ms(records):
    """Milliseconds from the end of each attempt to the start of the next."""
    return [(later.began_ns - earlier.ended_ns) / 1e6 for earlier, later in zip(records, records[1:])]


@pytest.mark.parametrize("status", RETRIED)
@pytest.mark.parametrize("stream", [True, False])
def test_these_statuses_are_tried_again(gateway, recorder, run, status, stream):
    answer = post(gateway.port, CHAT, chat_body(f"mock,fail={status},times=2,run={run}", stream))
    assert answer.status == 200 and answer.complete
    assert answer.headers["x-sluice-attempts"] == "3"
    assert [record.attempt for record in recorder.requests(run)] == [1, 2, 3]


@pytest.mark.parametrize("status", FINAL)
def test_these_never(gateway, recorder, run, status):
    answer = post(gateway.port, CHAT, chat_body(f"mock,fail={status},times=9,run={run}"))
    assert answer.status == status
    assert answer.error()["message"] == f"the mock answers with {status}"
    assert answer.headers["x-sluice-attempts"] == "1"
    assert len(recorder.requests(run)) == 1


@pytest.mark.parametrize("kind", ["reset", "close", "first-event-error", "head-reset"])
@pytest.mark.parametrize("target, make_body", [(CHAT, chat_body), (RESPONSES, responses_body)])
def test_failures_before_the_first_event_are_tried_again(gateway, recorder, run, kind, target, make_body):
    answer = post(gateway.port, target, make_body(f"mock,fail={kind},times=2,run={run}", True))
    assert answer.status == 200 and answer.complete
    assert b'"error":{' not in answer.body
    assert len(recorder.requests(run)) == 3


@pytest.mark.parametrize("kind", ["reset", "close"])
def test_blocking_calls_too(gateway, recorder, run, kind):
    answer = post(gateway.port, CHAT, chat_body(f"mock,fail={kind},times=2,run={run}"))
    assert answer.status == 200
    assert len(recorder.requests(run)) == 3


def test_after_the_last_attempt_the_upstreams_error_is_relayed(gateway, recorder, run):
    answer = post(gateway.port, CHAT, chat_body(f"mock,fail=503,times=9,error-code=theirs,run={run}"))
    assert answer.status == 503
    assert answer.error()["code"] == "theirs"
    assert answer.headers["x-should-retry"] == "false"
    assert answer.headers["x-sluice-attempts"] == "3"
    assert len(recorder.requests(run)) == 3


@pytest.mark.parametrize("kind", ["reset", "close"])
def test_after_the_last_reset_it_is_a_502(start_gateway, recorder, run, kind):
    # A new gateway has no kept connections: one that dies before the first byte of an answer is replaced by libcurl
    # itself, beyond our count.
    gateway = start_gateway()
    answer = post(gateway.port, CHAT, chat_body(f"mock,fail={kind},times=9,run={run}", True))
    assert answer.status == 502
    assert answer.error()["code"] == "upstream_disconnected"
    assert answer.headers["x-should-retry"] == "false"
    assert len(recorder.requests(run)) == 3


def test_a_first_event_that_is_an_error_becomes_an_http_error(gateway, recorder, run):
    answer = post(gateway.port, CHAT, chat_body(f"mock,fail=first-event-error,times=9,run={run}", True))
    assert answer.status >= 500
    assert answer.headers["content-type"].startswith("application/json")
    assert "inside the stream" in answer.error()["message"]
    assert len(recorder.requests(run)) == 3


def test_no_money_is_final(gateway, recorder, run):
    answer = post(gateway.port, CHAT, chat_body(f"mock,quota,run={run}"))
    assert answer.status == 429
    assert answer.error()["code"] == "insufficient_quota"
    assert len(recorder.requests(run)) == 1


@pytest.mark.parametrize("status, decision, attempts", [(503, "false", 1), (400, "true", 3)])
def test_the_upstreams_own_word_overrides_the_status(gateway, recorder, run, status, decision, attempts):
    model = f"mock,fail={status},times=9,should-retry={decision},run={run}"
    answer = post(gateway.port, CHAT, chat_body(model))
    assert answer.status == status
    assert answer.headers["x-should-retry"] == "false"
    assert len(recorder.requests(run)) == attempts


def test_an_sdk_that_is_itself_retrying_gets_half_the_attempts(gateway, recorder, run):
    headers = {"x-stainless-retry-count": "1"}
    post(gateway.port, CHAT, chat_body(f"mock,fail=503,times=9,run={run}"), headers)
    assert len(recorder.requests(run)) == 2


def test_waits_grow(start_gateway, recorder, run):
    gateway = start_gateway({"retry": {"initial": "200ms", "max": "8s", "attempts": 4, "jitter": 0}})
    post(gateway.port, CHAT, chat_body(f"mock,fail=503,times=9,run={run}"))
    waits = waits_ms(recorder.requests(run))
    print("waits", [round(wait) for wait in waits])
    for wait, expected in zip(waits, [200, 400, 800], strict=True):
        assert expected - 5 <= wait < expected + 1000


def test_jitter_only_shortens(start_gateway, recorder, run):
    gateway = start_gateway({"retry": {"initial": "100ms", "max": "100ms", "attempts": 10, "jitter": 0.5}})
    post(gateway.port, CHAT, chat_body(f"mock,fail=503,times=99,run={run}"))
    waits = waits_ms(recorder.requests(run))
    assert len(waits) == 9
    assert min(waits) >= 45 and max(waits) < 200
    assert max(waits) - min(waits) > 5


@pytest.mark.parametrize("header, expected", [
    ("retry-after=1", 1000), ("retry-after-ms=300", 300), ("retry-after=30,retry-after-ms=250", 250),
    ("retry-after=0", 0), ("retry-after=soon", 0), ("retry-after=-3", 0)])
def test_retry_after_is_honoured(gateway, recorder, run, header, expected):
    answer = post(gateway.port, CHAT, chat_body(f"mock,fail=429,{header},run={run}"))
    assert answer.status == 200
    wait = waits_ms(recorder.requests(run))[0]
    assert expected - 5 <= wait < expected + 200


def test_retry_after_as_a_date(gateway, recorder, run):
    assert post(gateway.port, CHAT, chat_body(f"mock,fail=503,retry-after-date=2,run={run}")).status == 200
    # A date has whole seconds: two ahead is anything above one.
    assert 900 <= waits_ms(recorder.requests(run))[0] < 2200


def test_a_wait_beyond_the_limit_is_final(gateway, recorder, run):
    answer = post(gateway.port, CHAT, chat_body(f"mock,fail=429,retry-after=61,times=9,run={run}"))
    assert answer.status == 429
    assert len(recorder.requests(run)) == 1


def test_the_same_bytes_are_sent_each_time(gateway, recorder, run):
    post(gateway.port, CHAT, chat_body(f"mock,fail=503,times=2,run={run}"))
    assert len({record.body_crc32 for record in recorder.requests(run)}) == 1


def test_multipart_uploads_are_tried_again_too(gateway, recorder, run):
    body, content_type = encode([("model", None, f"mock,fail=503,times=1,run={run}".encode()),
                                 ("file", "a.wav", b"RIFF" * 1000)])
    answer = post(gateway.port, "/v1/audio/transcriptions", body, {"Content-Type": content_type})
    assert answer.status == 200
    assert len({record.body_crc32 for record in recorder.requests(run)}) == 1
    assert len(recorder.requests(run)) == 2


def test_a_first_event_that_is_an_error_counts_although_done_comes_with_it(start_gateway):
    """Some servers write the error and `[DONE]` at once; both arrive in one read."""
    failing = stream(b'data: {"error":{"message":"busy","type":"overloaded_error","code":503}}\n\ndata: [DONE]\n\n')
    good = stream(b'data: {"id":"c","choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}\n\ndata: [DONE]\n\n')
    upstream = RawUpstream(failing, good)
    gateway = start_gateway({
        "upstreams": [{"name": "raw", "base_url": f"http://127.0.0.1:{upstream.port}/v1"}],
        "models": [{"name": "*", "upstream": "raw"}], "retry": {"initial": "10ms"}})
    answer = post(gateway.port, CHAT, chat_body("any", True))
    upstream.stop()
    assert answer.status == 200 and answer.complete
    assert b"busy" not in answer.body
    assert answer.headers["x-sluice-attempts"] == "2"
    assert upstream.taken == 2
