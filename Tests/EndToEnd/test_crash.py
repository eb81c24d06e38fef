"""What the process leaves behind when it dies of a fault."""

import re
import signal

import pytest

from support.processes import SLUICE
from support.raw_http import RawClient, chat_body, post
from support.requests_api import begin, wait_until_listed

CHAT = "/v1/chat/completions"
FAULTS = [signal.SIGSEGV, signal.SIGBUS, signal.SIGILL, signal.SIGFPE, signal.SIGABRT, signal.SIGTRAP]
KEY = "sk-canary-upstream-77aa88bb99"
AUTHORIZED = {"Authorization": "Bearer sk-canary-client-1234"}


def crash(gateway, number):
    """Lets it die with two requests running; returns the report."""
    post(gateway.port, CHAT, chat_body("mock"), {"X-Request-Id": "over-and-done"})
    with begin(gateway, CHAT, chat_body("mock,events=1000,pace=50ms", True), "the-first") as first, \
            begin(gateway, CHAT, chat_body("mock,slow-head=20s"), "the-second"), RawClient(gateway.port):
        first.take_until(b"data: ")
        wait_until_listed(gateway, "the-second")
        gateway.signal(number)
        gateway.wait()
    return gateway.log()


@pytest.mark.parametrize("number", FAULTS)
def test_a_fault_is_told_of(start_gateway, number):
    gateway = start_gateway()
    text = crash(gateway, number)
    assert gateway.popen.returncode == -number
    report = text[text.index(f"sluice: crashed with {number.name}"):]
    assert re.search(r"^\S*sluice\S*\(.*\+0x[0-9a-f]+\)\s?\[0x[0-9a-f]+\]$", report, re.M), report
    running = report.split("running requests:\n")[1].split()
    assert sorted(running) == ["the-first", "the-second"]


@pytest.mark.skipif("/release/" in SLUICE, reason="a release build does not crash when asked to")
@pytest.mark.parametrize("number, cause", [(signal.SIGUSR1, "asked to by SIGUSR1"), (signal.SIGUSR2, "SIGSEGV")])
def test_a_trap_and_a_stack_that_overflows_are_told_of(start_gateway, number, cause):
    gateway = start_gateway()
    text = crash(gateway, number)
    assert gateway.popen.returncode in (-signal.SIGILL, -signal.SIGTRAP, -signal.SIGSEGV)
    assert cause in text
    assert "sluice: crashed with" in text
    assert sorted(text.split("running requests:\n")[1].split()) == ["the-first", "the-second"]


def test_a_report_holds_no_secret(start_gateway, mock):
    gateway = start_gateway({"upstreams": [{"name": "mock", "base_url": mock.url + "/v1", "key": KEY}],
                             "keys": [{"name": "me", "key": "sk-canary-client-1234"}]})
    with begin(gateway, CHAT, chat_body("mock,slow-head=20s"), "x", AUTHORIZED):
        wait_until_listed(gateway, "x", AUTHORIZED)
        gateway.signal(signal.SIGSEGV)
        gateway.wait()
    assert "sluice: crashed with SIGSEGV" in gateway.log()
    assert "canary" not in gateway.log()
