"""Many clients that do anything at any time, against an upstream that does too: nothing crashes, nothing is left over.

The mix is drawn from a seed, so a failure can be repeated: `CHAOS_SEED=7 CHAOS_REQUESTS=5000 pytest test_chaos.py`.
"""

import json
import os
import random
import threading
import time

import pytest

from support import sse
from support.polling import wait_until
from support.raw_http import RawClient, chat_body, get, responses_body
from support.requests_api import listed, stop

REQUESTS = int(os.environ.get("CHAOS_REQUESTS", 400))
CLIENTS = 16
CONFIG = {"timeouts": {"first_event": "400ms", "idle": "400ms", "total": "1500ms"},
          "keep_alive": "1s", "listen": {"loops": 2}, "log": {"format": "json"}}
SECOND = "mock-second"
# Everything that a request can meet besides: another target, a breaker that opens soon, a line to wait in, recovery.
EVERYTHING = {
    **CONFIG,
    "models": [
        {"name": "*", "upstream": "mock", "fallbacks": [SECOND], "recovery": "resume", "malformed_events": "fail",
         "concurrency": {"max": 10, "queue": 4, "wait": "200ms"}},
        {"name": SECOND, "upstream": "mock", "model": f"{SECOND},events=5"},
    ],
    "breaker": {"consecutive_failures": 20, "open_for": "20ms", "open_max": "50ms"},
    "queue_comments": True,
}

SCENARIOS = [
    "events=3", "events=30,pace=3ms", "events=200,size=2000", "big-event=200000", "silent", "slow-head=100ms",
    "slow-first=200ms,keepalive=20ms", "silent-after=3", "reset-after=0", "reset-after=2", "reset-after=4,half-event",
    "close-after=0", "close-after=3", "close-after=1,half-event", "cut-after=0", "cut-after=3",
    "cut-after=4,half-event",
    "fail=503,times=1", "fail=503,times=9", "fail=429,retry-after-ms=50", "fail=reset,times=1", "fail=reset,times=9",
    "fail=close,times=2", "fail=silent", "fail=first-event-error,times=1", "fail=head-reset,times=9", "status=400",
    "status=500,html-error", "status=401", "quota", "malformed-at=2", "error-in-band-at=2", "first-event-error",
    "short-body", "linger", "split=7", "split=50,crlf", "comments,cr", "tools=2", "reasoning", "refusal", "usage",
    "no-done", "no-finish", "no-blank", "gzip", "finish=length", "failed", "choices=3,pace=2ms", "bom,no-space",
]

ACTIONS = ["read", "read", "read", "leave", "reset", "half close", "stop", "stop and leave", "pipeline"]


class Client(threading.Thread):
    def __init__(self, port, seed, count, prefix):
        super().__init__(daemon=True)
        self.port, self.count, self.prefix = port, count, prefix
        self.random = random.Random(seed)
        self.problems = []
        self.ids, self.answered = [], []

    def run(self):
        for index in range(self.count):
            request_id = f"{self.prefix}.{index}"
            plan = self.plan(request_id)
            try:
                self.one(request_id, *plan)
            except (ConnectionError, TimeoutError) as error:
                # A cut is a legal end where a body has no other way to say so; a refused connection never is.
                if isinstance(error, ConnectionRefusedError):
                    self.problems.append((request_id, plan, repr(error)))
            except Exception as error:  # noqa: BLE001 (whatever a client trips over is a finding)
                self.problems.append((request_id, plan, repr(error)))

    def plan(self, request_id):
        scenario = f"mock,{self.random.choice(SCENARIOS)},run={request_id}"
        stream = self.random.random() < 0.7
        target, body = self.random.choice([
            ("/v1/chat/completions", chat_body(scenario, stream)), ("/v1/responses", responses_body(scenario, stream)),
            ("/v1/completions", {"model": scenario, "prompt": "p", "stream": stream}),
            ("/v1/chat/stream", chat_body(scenario))])
        return target, body, self.random.choice(ACTIONS), self.random.random() * 0.15

    def one(self, request_id, target, body, action, pause):
        self.ids.append(request_id)
        with RawClient(self.port, timeout=10) as client:
            client.post_json(target, body, {"X-Request-Id": request_id})
            if action == "pipeline":
                client.request("GET", "/healthz")
            if action not in ("read", "pipeline"):
                time.sleep(pause)
            if action in ("stop", "stop and leave"):
                stop(self, request_id)
            if action == "half close":
                client.half_close()
            elif action == "reset":
                return client.reset()
            elif action in ("leave", "stop and leave"):
                return client.close()
            response = client.read_response("POST")
            self.judge(request_id, response)
            if response.headers["content-type"].startswith("text/event-stream"):
                judge_stream(response.body)
            if action == "pipeline" and response.headers.get("connection", "").lower() != "close":
                assert client.read_response().status == 200

    def judge(self, request_id, response):
        assert response.headers["x-request-id"] == request_id
        self.answered.append(request_id)
        if response.status >= 400:
            response.error()
        elif response.headers["content-type"].startswith("application/json"):
            json.loads(response.body)
        else:
            assert response.complete


def judge_stream(body):
    """Whatever it was put together from, it is one stream: nothing follows its end, and all of it has one id."""
    payloads = sse.payloads(body)
    assert "[DONE]" not in payloads[:-1], payloads
    # Some scenarios send what is no JSON.
    chunks = [json.loads(data) for data in payloads if data != "[DONE]" and data.endswith("}")]
    identities = {chunk["id"] for chunk in chunks if "id" in chunk}
    assert len(identities) <= 1, identities


def logged(gateway):
    return {record.get("id") for record in gateway.log_records()}


@pytest.fixture(params=["plain", "everything"])
def either(request, gateway):
    """The gateway of the module, or one that has everything on."""
    if request.param == "plain":
        return gateway
    return request.getfixturevalue("start_gateway")(EVERYTHING)


@pytest.mark.timeout(300)
@pytest.mark.parametrize("seed", [int(os.environ["CHAOS_SEED"])] if "CHAOS_SEED" in os.environ else [1, 2])
def test_whatever_happens_nothing_is_left_over(either, recorder, run, seed):
    gateway = either
    descriptors = len(os.listdir(f"/proc/{gateway.pid}/fd"))
    clients = [Client(gateway.port, seed * 1000 + number, REQUESTS // CLIENTS, f"{run}.{number}")
               for number in range(CLIENTS)]
    for client in clients:
        client.start()
    for client in clients:
        client.join(240)
        assert not client.is_alive(), "a client hangs"
    assert gateway.is_running()
    assert [problem for client in clients for problem in client.problems] == []
    wait_until(lambda: not listed(gateway), what="no request is running")
    ids = {request_id for client in clients for request_id in client.ids}
    answered = {request_id for client in clients for request_id in client.answered}
    # A request whose client was gone before it was read leaves no line; nothing leaves two.
    wait_until(lambda: answered <= logged(gateway), interval=0.2, what="a log line for each answer")
    lines = [record["id"] for record in gateway.log_records() if record.get("id") in ids]
    assert len(lines) == len(set(lines))
    wait_until(lambda: not [record for record in recorder.all()
                        if record.headers.get("x-request-id") in ids and not record.end],
               what="no upstream request is left open")
    # Kept upstream connections aside, no descriptor is left.
    wait_until(lambda: len(os.listdir(f"/proc/{gateway.pid}/fd")) <= descriptors + 2 * CLIENTS, what="descriptors")
    assert get(gateway.port, "/healthz").status == 200


@pytest.mark.alone
def test_memory_does_not_grow_with_the_number_of_requests(gateway):
    def requests(count):
        with RawClient(gateway.port) as client:
            for index in range(count):
                client.post_json("/v1/chat/completions", chat_body("mock,events=3", index % 2 == 0))
                assert client.read_response("POST").complete
    requests(500)  # fills tables that are bounded
    before = gateway.resident_kib()
    requests(1500)
    growth = gateway.resident_kib() - before
    print(f"1500 requests: {growth} KiB")
    # The memory of ended requests (about half a KiB each) is still filling up.
    assert growth < 4096
