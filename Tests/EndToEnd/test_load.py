"""A thousand streams at once: every event arrives, in order, and how long it takes is reported."""

import pytest

from support.load import run_load
from support.polling import wait_until
from support.requests_api import listed

EVENTS = 20


def assert_complete(report, events):
    for stream in report.streams:
        assert stream.mistakes == []
        assert stream.status.startswith(b"HTTP/1.1 200"), stream.status
        assert stream.next_number == events
        assert stream.ended


@pytest.mark.alone
@pytest.mark.timeout(120)
def test_a_thousand_streams_lose_nothing(gateway, descriptors, recorder, run, record_testsuite_property):
    # 1000 streams with an event every 500 ms are 2000 events a second; the start of each is shifted, so that they come
    # evenly instead of a thousand at a time.
    models = [f"mock,timestamps,events={EVENTS},pace=500ms,slow-first={index // 2}ms,size=100,run={run}-{index}"
              for index in range(1000)]
    report = run_load(gateway.port, models)
    print(report)
    record_testsuite_property("load", str(report))
    assert_complete(report, EVENTS)
    # A bound against stalls, for the debug build on a busy machine; the budget is for a release build on a quiet one.
    assert report.percentile(0.5) < 500
    wait_until(lambda: not [key for key in listed(gateway) if run in key], what="nothing is left running")


@pytest.mark.alone
def test_streams_at_full_speed_lose_nothing(gateway, descriptors, run):
    models = [f"mock,timestamps,events=300,size=400,run={run}-{index}" for index in range(40)]
    report = run_load(gateway.port, models)
    print(report)
    assert_complete(report, 300)
