"""Streams that break half-way and are joined to another one: the client reads one answer, once, or the honest error."""

import json

import openai
import pytest

from support import sse
from support.polling import wait_until
from support.raw_http import chat_body, get, post
from support.raw_upstream import RawUpstream, stream
from support.requests_api import begin, stop

CHAT = "/v1/chat/completions"
BREAKS = ["reset-after=5", "close-after=5", "cut-after=5", "reset-after=5,half-event", "malformed-at=5",
          "error-in-band-at=5"]


def chunks(identity, *deltas, finish="stop", usage=None):
    """A stream of the chat API that says these texts."""
    head = f'"id":"{identity}","object":"chat.completion.chunk","created":{len(identity)},"model":"model-{identity}"'
    role = '{"role":"assistant","content":""}'
    bodies = [f'"choices":[{{"index":0,"delta":{delta},"finish_reason":null}}]'
              for delta in (role, *(json.dumps({"content": delta}) for delta in deltas))]
    if finish:
        bodies.append(f'"choices":[{{"index":0,"delta":{{}},"finish_reason":"{finish}"}}]')
    if usage:
        bodies.append(f'"choices":[],"usage":{json.dumps(usage)}')
    events = [f"data: {{{head},{body}}}\n\n" for body in bodies] + (["data: [DONE]\n\n"] if finish else [])
    return stream("".join(events).encode())


def tokens(number):
    return {"prompt_tokens": 9, "completion_tokens": number, "total_tokens": 9 + number}


@pytest.fixture
def with_targets(start_gateway, mock):
    """A gateway whose model `m` recovers, with these models of the mock as its targets, in this order."""
    def start(*models, prefill=False, **options):
        targets = [{"upstream": "mock", "model": model, "priority": number, "prefill": prefill}
                   for number, model in enumerate(models)]
        return start_gateway({"models": [{"name": "m", "targets": targets, "recovery": "resume", **options}]})
    return start


@pytest.fixture
def against(start_gateway):
    """A gateway whose model `m` recovers, in front of upstreams that send exactly these answers."""
    upstreams = []

    def start(*answers_of, prefill=False, config=None, **options):
        upstreams.extend(RawUpstream(*answers) for answers in answers_of)
        names = [{"name": f"raw{number}", "base_url": f"http://127.0.0.1:{upstream.port}/v1"}
                 for number, upstream in enumerate(upstreams)]
        targets = [{"upstream": name["name"], "priority": number, "prefill": prefill}
                   for number, name in enumerate(names)]
        return start_gateway({"upstreams": names, **(config or {}),
                              "models": [{"name": "m", "targets": targets, "recovery": "resume", **options}]})

    yield start
    for upstream in upstreams:
        upstream.stop()


def assert_one_answer(body):
    """One id, one role, one finish, and an end."""
    parts = sse.chunks(body)
    assert all("error" not in part for part in parts), parts[-1]
    assert len({(part["id"], part["created"], part["model"]) for part in parts}) == 1
    roles = [choice for part in parts for choice in part["choices"] if "role" in choice["delta"]]
    assert len(roles) == 1
    assert len(sse.finish_reasons(body)) == 1
    assert sse.payloads(body)[-1] == "[DONE]" and sse.payloads(body).count("[DONE]") == 1


# MARK: The same answer again


@pytest.mark.parametrize("how", BREAKS)
def test_a_broken_stream_goes_on_at_the_next_target(with_targets, mock, recorder, run, how):
    gateway = with_targets(f"mock,events=9,{how},run={run}a", f"mock,events=9,run={run}b")
    answer = post(gateway.port, CHAT, chat_body("m", True), {"X-Request-Id": run})
    assert answer.complete
    assert_one_answer(answer.body)
    plain = post(mock.port, CHAT, chat_body("mock,events=9", True)).body
    assert sse.text_of(answer.body) == sse.text_of(plain)
    assert len(recorder.requests(run + "a")) == 1 and len(recorder.requests(run + "b")) == 1
    line = gateway.log_line_of(run)
    assert line["end"] == "completed" and line["attempts"] == 2 and line["resumed"] == 1


def test_the_sdk_reads_one_stream(with_targets, run):
    gateway = with_targets(f"mock,events=9,reset-after=4,run={run}a", f"mock,events=9,run={run}b")
    with openai.OpenAI(base_url=gateway.url + "/v1", api_key="k", max_retries=0) as sdk:
        with sdk.chat.completions.stream(model="m", messages=[], stream_options={"include_usage": True}) as events:
            answer = events.get_final_completion()
    message = answer.choices[0].message
    assert message.role == "assistant" and message.content.startswith("w0 ") and message.content.count("w4 ") == 1
    assert answer.choices[0].finish_reason == "stop" and answer.usage.total_tokens > 0


def test_the_same_target_is_asked_again_where_there_is_no_other(against):
    broken = chunks("one", "The ", "sun ", finish=None)
    gateway = against([broken, chunks("two", "The sun", " sets.")])
    answer = post(gateway.port, CHAT, chat_body("m", True))
    assert_one_answer(answer.body)
    assert sse.text_of(answer.body) == "The sun sets."
    assert sse.chunks(answer.body)[0]["id"] == "one"


def test_what_has_come_is_the_upstreams_own_bytes(against):
    broken = chunks("one", "The ", "sun ", finish=None)
    gateway = against([broken, chunks("two", "The sun", " sets.")])
    answer = post(gateway.port, CHAT, chat_body("m", True))
    assert answer.body.startswith(broken.split(b"\r\n\r\n", 1)[1])


def test_a_stream_may_break_more_than_once(against):
    answers = [chunks("one", "a", "b", finish=None), chunks("two", "ab", "c", "d", finish=None),
               chunks("three", "a", finish=None), chunks("four", "abcdef")]
    gateway = against(*[[answer] for answer in answers])
    answer = post(gateway.port, CHAT, chat_body("m", True))
    assert_one_answer(answer.body)
    assert sse.text_of(answer.body) == "abcdef"


def test_usage_is_summed_over_the_streams(against):
    def with_usage(identity, texts, number, finish):
        # As servers do that tell usage along the way.
        body = chunks(identity, *texts, finish=None)
        head = f'"id":"{identity}","object":"chat.completion.chunk","created":3,"model":"model-{identity}"'
        last = f'data: {{{head},"choices":[],"usage":{json.dumps(tokens(number))}}}\n\n'.encode()
        return body + last if not finish else chunks(identity, *texts, usage=tokens(number))
    gateway = against([with_usage("one", ["a"], 1, False)], [with_usage("two", ["a", "b"], 2, True)])
    with openai.OpenAI(base_url=gateway.url + "/v1", api_key="k", max_retries=0) as sdk:
        parts = list(sdk.chat.completions.create(model="m", messages=[], stream=True))
    assert parts[-1].usage.prompt_tokens == 18 and parts[-1].usage.completion_tokens == 3


@pytest.mark.parametrize("cut", [3, 4, 5, 6, 7, 8])
def test_tool_calls_are_joined_when_they_come_again(with_targets, run, cut):
    gateway = with_targets(f"mock,tools=2,reset-after={cut},run={run}a", f"mock,tools=2,run={run}b")
    with openai.OpenAI(base_url=gateway.url + "/v1", api_key="k", max_retries=0) as sdk:
        with sdk.chat.completions.stream(model="m", messages=[]) as events:
            calls = events.get_final_completion().choices[0].message.tool_calls
    assert [json.loads(call.function.arguments) for call in calls] == [{"city": "City 0"}, {"city": "City 1"}]
    assert [call.function.name for call in calls] == ["get_weather", "get_weather"]


def test_every_choice_goes_on(with_targets, mock, run):
    script = "events=12,choices=3"
    gateway = with_targets(f"mock,{script},reset-after=8,run={run}a", f"mock,{script},split=7,run={run}b")
    answer = post(gateway.port, CHAT, chat_body("m", True, n=3))
    parts, plain = sse.chunks(answer.body), sse.chunks(post(mock.port, CHAT, chat_body(f"mock,{script}", True)).body)
    for index in range(3):
        texts = ["".join(choice["delta"].get("content") or "" for part in side for choice in part["choices"]
                         if choice["index"] == index) for side in (parts, plain)]
        assert texts[0] == texts[1]
    assert sse.finish_reasons(answer.body) == ["stop"] * 3


def test_a_stall_is_a_break(start_gateway, run):
    targets = [{"upstream": "mock", "model": f"mock,events=6,silent-after=3,run={run}a"},
               {"upstream": "mock", "model": f"mock,events=6,run={run}b", "priority": 1}]
    gateway = start_gateway({"models": [{"name": "m", "targets": targets, "recovery": "resume"}],
                             "timeouts": {"idle": "500ms"}})
    answer = post(gateway.port, CHAT, chat_body("m", True))
    assert_one_answer(answer.body)
    assert "w5 " in sse.text_of(answer.body)


def test_a_stream_older_than_the_total_limit_is_recovered_too(start_gateway, run):
    targets = [{"upstream": "mock", "model": f"mock,events=9,pace=200ms,reset-after=7,run={run}a"},
               {"upstream": "mock", "model": f"mock,events=9,run={run}b", "priority": 1}]
    gateway = start_gateway({"models": [{"name": "m", "targets": targets, "recovery": "resume"}],
                             "timeouts": {"total": "1s", "first_event": "1s"}})
    answer = post(gateway.port, CHAT, chat_body("m", True))
    assert_one_answer(answer.body)


# MARK: Another answer


def test_another_text_is_never_joined(against, run):
    gateway = against([chunks("one", "The ", "sun ", finish=None)], [chunks("two", "The moon rises.")])
    answer = post(gateway.port, CHAT, chat_body("m", True), {"X-Request-Id": run})
    assert answer.complete
    assert sse.text_of(answer.body.split(b'data: {"error"')[0]) == "The sun "
    error = sse.chunks(answer.body)[-1]["error"]
    # The first failure is what the client is told, not that of the attempt to mend it.
    assert error["code"] == "upstream_truncated" and "raw0" in error["message"]
    assert sse.finish_reasons(answer.body) == []
    line = gateway.log_line_of(run)
    assert line["end"] == "upstream_failed" and line["attempts"] == 2


def test_a_target_that_accepts_it_goes_on_from_the_text(with_targets, recorder, run):
    gateway = with_targets(f"mock,events=6,reset-after=4,run={run}a", f"mock,text=and%20so%20on,run={run}b", prefill=True)
    answer = post(gateway.port, CHAT, chat_body("m", True))
    assert_one_answer(answer.body)
    text = sse.text_of(answer.body)
    assert text.endswith("and so on") and text.startswith("w0 ")
    requests = [json.loads(request.body) for request in recorder.requests(run + "b")]
    assert len(requests) == 2 and requests[0]["messages"] == [{"role": "user", "content": "hello"}]
    assert requests[1]["messages"][-1] == {"role": "assistant", "content": text.removesuffix("and so on")}


def test_a_refused_continuation_does_not_mask_the_first_error(against, run):
    refusal = (b"HTTP/1.1 400 Bad Request\r\nContent-Type: application/json\r\nConnection: close\r\n\r\n"
               b'{"error":{"message":"no prefill here","type":"invalid_request_error","param":null,"code":null}}')
    gateway = against([chunks("one", "The ", "sun ", finish=None)], [chunks("two", "The moon"), refusal], prefill=True)
    answer = post(gateway.port, CHAT, chat_body("m", True), {"X-Request-Id": run})
    error = sse.chunks(answer.body)[-1]["error"]
    assert error["code"] == "upstream_truncated" and "no prefill" not in error["message"]
    assert gateway.log_line_of(run)["attempts"] == 3


def test_tool_calls_are_not_continued(with_targets, recorder, run):
    gateway = with_targets(f"mock,tools=1,reset-after=3,run={run}a", f"mock,text=no,run={run}b", prefill=True)
    answer = post(gateway.port, CHAT, chat_body("m", True))
    assert "error" in sse.chunks(answer.body)[-1]
    assert len(recorder.requests(run + "b")) == 1


def test_a_target_that_is_down_too_leaves_the_first_error(with_targets, recorder, run):
    gateway = with_targets(f"mock,events=6,reset-after=4,run={run}a", f"mock,status=503,run={run}b")
    answer = post(gateway.port, CHAT, chat_body("m", True))
    error = sse.chunks(answer.body)[-1]["error"]
    assert error["code"] == "upstream_disconnected" and error["type"] == "server_error"


def test_an_error_that_asking_again_does_not_cure_is_relayed(with_targets, recorder, run):
    script = "events=6,error-in-band-at=4,error-type=invalid_request_error"
    gateway = with_targets(f"mock,{script},run={run}a", f"mock,events=6,run={run}b")
    answer = post(gateway.port, CHAT, chat_body("m", True))
    assert sse.chunks(answer.body)[-1]["error"]["type"] == "invalid_request_error"
    assert recorder.requests(run + "b") == []


def test_without_the_option_nothing_is_asked_again(with_targets, recorder, run):
    gateway = with_targets(f"mock,events=6,reset-after=4,run={run}a", f"mock,events=6,run={run}b", recovery="off")
    answer = post(gateway.port, CHAT, chat_body("m", True))
    assert "error" in sse.chunks(answer.body)[-1]
    assert recorder.requests(run + "b") == []


# MARK: Signals meanwhile


def test_a_stop_while_catching_up_ends_properly(with_targets, recorder, run):
    gateway = with_targets(f"mock,events=6,reset-after=4,run={run}a", f"mock,events=6,slow-head=9s,run={run}b")
    with begin(gateway, CHAT, chat_body("m", True), run) as client:
        head = client.read_head()
        recorder.wait_for(run + "b")
        stop(gateway, run)
        body = b"".join(client.body_pieces(head))
    assert head.complete
    assert_one_answer(body)
    assert sse.finish_reasons(body) == ["stop"]
    assert recorder.wait_for_end(run + "b", "peer_left")


def test_a_client_that_leaves_while_catching_up_closes_the_upstream(with_targets, recorder, run):
    gateway = with_targets(f"mock,events=6,reset-after=4,run={run}a", f"mock,events=6,slow-head=9s,run={run}b")
    with begin(gateway, CHAT, chat_body("m", True), run):
        recorder.wait_for(run + "b")
    assert recorder.wait_for_end(run + "b", "peer_left")
    assert gateway.log_line_of(run)["end"] == "client_left"


def test_a_silent_join_is_kept_alive_with_comments(start_gateway, recorder, run):
    targets = [{"upstream": "mock", "model": f"mock,events=6,reset-after=4,run={run}a"},
               {"upstream": "mock", "model": f"mock,events=6,slow-head=2500ms,run={run}b", "priority": 1}]
    gateway = start_gateway({"models": [{"name": "m", "targets": targets, "recovery": "resume"}], "keep_alive": "1s"})
    answer = post(gateway.port, CHAT, chat_body("m", True))
    assert answer.body.count(b": keep-alive\n\n") == 2
    assert_one_answer(answer.body.replace(b": keep-alive\n\n", b""))


# MARK: Events that are no JSON


@pytest.mark.parametrize("policy", ["skip", "fail"])
def test_malformed_events_by_policy(start_gateway, mock, run, policy):
    gateway = start_gateway({"models": [{"name": "*", "upstream": "mock", "malformed_events": policy}]})
    answer = post(gateway.port, CHAT, chat_body(f"mock,events=6,malformed-at=4,run={run}", True), {"X-Request-Id": run})
    line = gateway.log_line_of(run)
    if policy == "skip":
        assert_one_answer(answer.body)
        assert "w2 " in sse.text_of(answer.body) and "w3 " not in sse.text_of(answer.body)
        assert line["end"] == "completed" and line["skipped_events"] == 1
    else:
        assert sse.chunks(answer.body)[-1]["error"]["code"] == "upstream_invalid_response"
        assert sse.payloads(answer.body)[-1] == "[DONE]"
        assert line["end"] == "upstream_failed" and line["error"] == "upstream_invalid_response"


def test_a_malformed_first_event_is_asked_for_again(start_gateway, recorder, run):
    gateway = start_gateway({"models": [{"name": "*", "upstream": "mock", "malformed_events": "fail"}]})
    answer = post(gateway.port, CHAT, chat_body(f"mock,malformed-at=0,run={run}", True))
    assert answer.status == 502 and answer.error()["code"] == "upstream_invalid_response"
    assert len(recorder.requests(run)) == 3


def test_the_metrics_count_resumed_streams(with_targets, run):
    gateway = with_targets(f"mock,events=6,reset-after=4,run={run}a", f"mock,events=6,run={run}b")
    post(gateway.port, CHAT, chat_body("m", True))

    def counted():
        text = get(gateway.port, "/metrics").body.decode()
        return "sluice_resumed_streams_total 1" in text
    wait_until(counted, what="a resumed stream in the metrics")
