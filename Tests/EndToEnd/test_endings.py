"""How answers end: whole where they are whole, and as a failure, told to everybody, where they are not."""

import openai
import pytest

from support import sse
from support.polling import wait_until
from support.raw_http import chat_body, get, post, responses_body
from support.raw_upstream import RawUpstream, stream

CHAT, RESPONSES = "/v1/chat/completions", "/v1/responses"
HEAD = '"id":"chatcmpl-1","object":"chat.completion.chunk","created":1,"model":"m"'


def chunk(delta, finish="null"):
    return f'data: {{{HEAD},"choices":[{{"index":0,"delta":{delta},"finish_reason":{finish}}}]}}\n\n'.encode()


FIRST, SECOND, LAST = chunk('{"role":"assistant","content":"a"}'), chunk('{"content":"b"}'), chunk("{}", '"stop"')
DONE = b"data: [DONE]\n\n"


@pytest.fixture
def against(start_gateway):
    """A gateway in front of an upstream that sends exactly these bytes."""
    upstreams = []

    def start(*bodies, model=None, config=None):
        upstream = RawUpstream(*bodies)
        upstreams.append(upstream)
        return start_gateway({
            "upstreams": [{"name": "raw", "base_url": f"http://127.0.0.1:{upstream.port}/v1"}],
            "models": [{"name": "*", "upstream": "raw", **(model or {})}], **(config or {})})

    yield start
    for upstream in upstreams:
        upstream.stop()


def outcomes(gateway):
    """Ended requests by endpoint and outcome, and attempts by result."""
    found = {}
    for line in get(gateway.port, "/metrics").body.decode().splitlines():
        if line.startswith(("sluice_requests_total", "sluice_upstream_attempts_total")):
            name, value = line.rsplit(" ", 1)
            if float(value):
                found[name] = int(float(value))
    return found


def has_outcome(gateway, *parts):
    return wait_until(lambda: any(all(part in name for part in parts) for name in outcomes(gateway)),
                      what=f"{parts} in the metrics")


@pytest.mark.parametrize("script", ["events=3,no-done", "choices=2,events=4,no-done", "tools=1,no-done"])
def test_a_whole_answer_that_lacks_done_is_completed_with_one(gateway, mock, run, script):
    model = f"mock,{script}"
    plain = post(mock.port, CHAT, chat_body(model, True)).body
    assert DONE not in plain
    number = 2 if "choices" in script else 1
    plain = post(mock.port, CHAT, chat_body(model, True, n=number)).body
    answer = post(gateway.port, CHAT, chat_body(model, True, n=number), {"X-Request-Id": run})
    assert answer.complete and answer.body == plain + DONE
    assert gateway.log_line_of(run)["end"] == "completed"


@pytest.mark.parametrize("how", ["reset", "close", "cut"])
def test_half_an_event_behind_a_whole_answer_is_left_out(gateway, run, how):
    """Six events and the finish chunk came; what follows is a part of `[DONE]`."""
    answer = post(gateway.port, CHAT, chat_body(f"mock,{how}-after=7,half-event,run={run}", True))
    assert answer.complete and answer.body.endswith(b'"finish_reason":"stop"}]}\n\n' + DONE)
    assert sse.payloads(answer.body)[-1] == "[DONE]"


@pytest.mark.parametrize("tail", [LAST[:-2], LAST[:-1], LAST + b"data: [DONE]", LAST + b"data: [DONE]\n"])
def test_a_last_event_without_its_line_ends_gets_them(against, tail):
    gateway = against(stream(FIRST + tail))
    answer = post(gateway.port, CHAT, chat_body("m", True))
    assert answer.complete and answer.body == FIRST + LAST + DONE
    with openai.OpenAI(base_url=gateway.url + "/v1", api_key="k", max_retries=0) as sdk:
        reasons = [part.choices[0].finish_reason
                   for part in sdk.chat.completions.create(model="m", messages=[], stream=True)]
    assert reasons == [None, "stop"]


def test_no_finish_reason_is_ever_invented(against, run):
    gateway = against(stream(FIRST + SECOND))
    answer = post(gateway.port, CHAT, chat_body("m", True), {"X-Request-Id": run})
    assert sse.finish_reasons(answer.body) == []
    assert sse.chunks(answer.body)[-1]["error"]["code"] == "upstream_truncated"
    assert sse.chunks(answer.body)[-1]["error"]["type"] == "server_error"
    assert answer.body.endswith(DONE)
    assert gateway.log_line_of(run)["end"] == "upstream_failed"
    has_outcome(gateway, "sluice_requests_total", "upstream_failed")


def test_events_that_are_no_json_are_relayed_and_counted_as_a_failure(gateway, mock, run):
    """By default the bytes are the upstream's, whatever they are; the books tell the truth about them."""
    model = f"mock,events=3,malformed-at=2,run={run}"
    plain = post(mock.port, CHAT, chat_body(model, True)).body
    answer = post(gateway.port, CHAT, chat_body(model, True), {"X-Request-Id": run})
    assert answer.body == plain
    line = gateway.log_line_of(run)
    assert line["end"] == "upstream_failed" and line["error"] == "upstream_invalid_response"
    has_outcome(gateway, "sluice_requests_total", "upstream_failed")
    has_outcome(gateway, "attempts_total", "invalid_response")


def test_an_error_inside_a_stream_is_relayed_and_counted_as_a_failure(gateway, client, run):
    model = f"mock,events=3,error-in-band-at=2,run={run}"
    with pytest.raises(openai.APIError):
        list(client.chat.completions.create(model=model, messages=[], stream=True,
                                            extra_headers={"X-Request-Id": run}))
    line = gateway.log_line_of(run)
    assert line["end"] == "upstream_error" and line["error"] == "upstream_error"
    has_outcome(gateway, "sluice_requests_total", "upstream_error")


def test_an_error_event_of_a_responses_stream_is_followed_by_failed(gateway, run):
    answer = post(gateway.port, RESPONSES, responses_body(f"mock,events=3,error-in-band-at=5,run={run}", True))
    assert answer.complete
    events = sse.chunks(answer.body)
    assert [event["type"] for event in events[-2:]] == ["error", "response.failed"]
    assert [event["sequence_number"] for event in events] == list(range(len(events)))
    assert events[-1]["response"]["id"] == events[0]["response"]["id"]
    assert events[-1]["response"]["error"]["message"] == events[-2]["error"]["message"]


# MARK: Blocking answers


def blocking(body, status="200 OK"):
    head = f"HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n"
    return head.encode() + b"Connection: close\r\n\r\n" + body


WHOLE = b'{"id":"chatcmpl-1","object":"chat.completion","created":1,"model":"m","choices":[]}'


@pytest.mark.parametrize("body", [b'{"id":"chatcmpl-1","choices":[', b"null", b'"text"', b"", b"oops"])
def test_a_blocking_body_that_is_no_object_is_asked_for_again(against, run, body):
    gateway = against(blocking(body), blocking(WHOLE))
    answer = post(gateway.port, CHAT, chat_body("m"), {"X-Request-Id": run})
    assert answer.status == 200 and answer.body == WHOLE
    assert gateway.log_line_of(run)["attempts"] == 2


def test_a_blocking_body_that_stays_none_is_a_bad_gateway(against, run):
    gateway = against(blocking(b'{"id":"chatcmpl-1","choices":['))
    answer = post(gateway.port, CHAT, chat_body("m"), {"X-Request-Id": run})
    assert answer.status == 502 and answer.error()["code"] == "upstream_invalid_response"
    assert gateway.log_line_of(run)["end"] == "upstream_failed"


def test_an_error_under_200_gets_its_status(against, run):
    error = b'{"error":{"message":"Network connection lost","type":"rate_limit_error","code":429}}'
    gateway = against(blocking(error), config={"retry": {"attempts": 1}})
    answer = post(gateway.port, CHAT, chat_body("m"), {"X-Request-Id": run})
    assert answer.status == 429 and answer.error()["message"] == "Network connection lost"
    assert gateway.log_line_of(run)["end"] in ("upstream_failed", "upstream_error")


def test_a_failed_response_is_relayed_and_counted_as_a_failure(against, run):
    body = b'{"id":"resp_1","object":"response","status":"failed","error":{"code":"server_error","message":"no"}}'
    gateway = against(blocking(body))
    answer = post(gateway.port, RESPONSES, responses_body("m"), {"X-Request-Id": run})
    assert answer.status == 200 and answer.body == body
    assert gateway.log_line_of(run)["end"] == "upstream_error"
    has_outcome(gateway, "sluice_requests_total", "upstream_error")


def test_other_json_routes_answer_whatever_they_like(against):
    gateway = against(blocking(b'{"id":"job","error":{"message":"the job failed"}}'))
    assert get(gateway.port, "/v1/fine_tuning/jobs/job?model=m").status == 200
