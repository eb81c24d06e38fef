"""Every default of the architecture's section 6, pinned by what `sluice check` prints or by behaviour."""

import json
import re

import pytest

from support.processes import run_sluice
from support.raw_http import RawClient, chat_body, exchange, post

CHAT = "/v1/chat/completions"
# The defaults themselves: the base configuration's short waits are taken out again.
CONFIG = {"retry": {"initial": "500ms", "max": "8s"}}


@pytest.fixture(scope="module")
def printed(tmp_path_factory):
    done = run_sluice("check", cwd=tmp_path_factory.mktemp("check"))
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize("name, value", [
    ("host", "127.0.0.1"), ("port", "8080"), ("insecure", "false"),
    ("connect", "10s"), ("first_event", "120s"), ("idle", "120s"), ("total", "600s"),
    ("attempts", "3"), ("initial", "500ms"), ("factor", "2"), ("max", "8s"), ("jitter", "0.25"),
    ("retry_after_max", "60s"), ("statuses", "[408, 409, 425, 429, 500, 502, 503, 504, 529]"),
    ("keep_alive", "15s"), ("drain", "30s"), ("body", "32MiB"), ("head", "32KiB"), ("headers", "100"),
    ("origins", "[]"), ("half_close", "cancel"), ("compression", "true"), ("base_paths", "[]"), ("keys", "[]"),
])
def test_check_prints_the_default(printed, name, value):
    units = {"120s": "(120s|2m)", "600s": "(600s|10m)", "60s": "(60s|1m)", "500ms": "(500ms|0.5s)"}
    wanted = units.get(value, re.escape(value).replace(r"\ ", r"\s*"))
    found = re.search(rf'"?\b{name}"?\s*:\s*"?{wanted}"?', printed)
    assert found, f"{name} is not {value} in:\n{printed}"


def test_three_attempts_with_growing_waits(gateway, recorder, run):
    post(gateway.port, CHAT, chat_body(f"mock,fail=503,times=9,run={run}"))
    records = recorder.requests(run)
    assert len(records) == 3
    first, second = [(later.began_ns - earlier.ended_ns) / 1e9 for earlier, later in zip(records, records[1:])]
    print(f"waits {first:.3f} s, {second:.3f} s")
    assert 0.375 <= first < 0.65
    assert 0.75 <= second < 1.2


def test_retry_after_of_sixty_seconds_is_the_longest(gateway, recorder, run):
    # 60 s would be waited for; 60.5 s is not.
    answer = post(gateway.port, CHAT, chat_body(f"mock,fail=503,retry-after-ms=60500,times=9,run={run}"))
    assert answer.status == 503 and len(recorder.requests(run)) == 1


def test_a_body_of_just_32_mib_is_accepted_and_one_byte_more_is_not(gateway, recorder, run):
    limit = 32 << 20
    frame = json.dumps({"model": f"mock,run={run}", "pad": ""}).encode()
    exact = frame[:-2] + b"p" * (limit - len(frame)) + frame[-2:]
    assert len(exact) == limit
    headers = {"Content-Type": "application/json"}
    assert exchange(gateway.port, "POST", CHAT, headers, exact, timeout=30).status == 200
    assert recorder.requests(run)[0].body_size == limit
    with RawClient(gateway.port) as client:
        client.send(f"POST {CHAT} HTTP/1.1\r\nHost: localhost\r\nContent-Length: {limit + 1}\r\n\r\n")
        assert client.read_response("POST").status == 413


def test_a_hundred_fields_are_accepted(gateway):
    # Host is one of them.
    fields = {f"X-{index}": "1" for index in range(99)}
    assert exchange(gateway.port, "GET", "/healthz", fields).status == 200
    assert exchange(gateway.port, "GET", "/healthz", {**fields, "X-99": "1"}).status == 431
