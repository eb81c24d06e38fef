"""The primary upstream is down under steady load, with another one to fall back to: no caller fails, the primary sees
probes only, and traffic is back soon after it has recovered.

The outage is short and the breaker's times with it. `SLUICE_OUTAGE_SECONDS=60 pytest test_outage.py` runs it with the
breaker's defaults for a minute, as it is meant for production.
"""

import os
import time

import pytest

from support.metrics import metrics, total
from support.polling import wait_until
from support.processes import start_mock, start_sluice
from support.recorder import Recorder
from support.steady_load import SteadyLoad

SECONDS = float(os.environ.get("SLUICE_OUTAGE_SECONDS", 2))
IS_LONG = "SLUICE_OUTAGE_SECONDS" in os.environ
# Seconds; the defaults where the outage is long.
OPEN_FOR, OPEN_MAX = (2.0, 7.0) if IS_LONG else (0.3, 0.6)
CONSECUTIVE = 5
CLIENTS = 6
# Traffic begins to come back with the first good probe, and grows for two seconds until everybody is back.
BEGINS_WITHIN, BACK_WITHIN = OPEN_MAX + 0.7, min(10.0, OPEN_MAX + 3.0)
HEALTHY_SECONDS = 2.0 if IS_LONG else 0.7


class Outage:
    """The primary as a mock of its own: it can be told to fail, or be killed and started again on its port."""

    def __init__(self, directory, way):
        self.directory, self.way = directory, way
        self.process = start_mock(directory, "primary")
        self.port = self.process.port

    def begin(self):
        self.recorder = Recorder(self.process.url)
        if self.way == "killed":
            self.process.stop()
        else:
            self.recorder.begin_outage("/", self.way)
        return time.monotonic_ns()

    def end(self):
        """What the primary was asked while it was down (None if it could not know), and when it was back."""
        if self.way == "killed":
            self.process = start_mock(self.directory, "primary-again", port=self.port)
            return None, time.monotonic_ns()
        self.recorder.end_outage("/")
        ended = time.monotonic_ns()
        return [record.began_ns for record in self.recorder.all()], ended

    def stop(self):
        self.process.stop()


def configuration(primary_port, backup_url):
    breaker = {} if IS_LONG else {
        "breaker": {"consecutive_failures": CONSECUTIVE, "open_for": f"{OPEN_FOR}s", "open_max": f"{OPEN_MAX}s"}}
    return {
        "listen": {"host": "127.0.0.1", "port": 0, "loops": 2},
        "upstreams": [
            {"name": "primary", "base_url": f"http://127.0.0.1:{primary_port}/v1", "key": "sk-primary"},
            {"name": "backup", "base_url": f"{backup_url}/v1", "key": "sk-backup"},
        ],
        # Streams that are under way when the primary dies can only go on at the other one if they may be joined.
        "models": [{"name": "steady", "recovery": "resume", "targets": [
            {"upstream": "primary", "model": "mock-primary,events=3,pace=5ms", "priority": 0},
            {"upstream": "backup", "model": "mock-backup,events=3,pace=5ms", "priority": 1}]}],
        "timeouts": {"first_event": "500ms"},
        **breaker,
    }


@pytest.fixture
def outage(request, tmp_path):
    outage = Outage(tmp_path, request.param)
    yield outage
    outage.stop()


@pytest.mark.timeout(SECONDS + 60)
@pytest.mark.parametrize("outage", ["killed", "status=503", "silent"], indirect=True)
def test_an_outage_of_the_primary_is_nobodys_problem(outage, mock, tmp_path):
    gateway = start_sluice(tmp_path, configuration(outage.port, mock.url))
    try:
        # A blocking call cannot tell silence from thinking, so only streams go on from a silent upstream.
        with SteadyLoad(gateway.port, "steady", CLIENTS, streams_only=outage.way == "silent") as load:
            time.sleep(HEALTHY_SECONDS)
            before = metrics(gateway)
            down_ns = outage.begin()
            time.sleep(SECONDS)
            asked, up_ns = outage.end()
            during = metrics(gateway)
            wait_until(lambda: is_back(load), BACK_WITHIN + 5, what="traffic at the primary")
            time.sleep(0.3)
        judge(load, down_ns, up_ns)
        judge_probes(probes(asked, down_ns, up_ns), attempts(during) - attempts(before), load, down_ns)
    finally:
        gateway.stop()


def is_back(load):
    calls = load.since(0)[-2 * CLIENTS:]
    return all(call.upstream == "primary" for call in calls)


def judge(load, down_ns, up_ns):
    calls = load.since(0)
    assert [call.problem for call in calls if call.problem] == []
    assert {call.upstream for call in load.between(0, down_ns - 100_000_000)} == {"primary"}
    first_back = next(call for call in calls if call.began_ns > up_ns and call.upstream == "primary")
    last_away = max(call.began_ns for call in calls if call.upstream == "backup")
    slowest = max(call.seconds for call in load.between(down_ns, up_ns))
    print(f"{len(calls)} calls; down for {(up_ns - down_ns) / 1e9:.1f} s; back after "
          f"{(first_back.ended_ns - up_ns) / 1e9:.2f} s, everybody after {(last_away - up_ns) / 1e9:.2f} s; "
          f"slowest call of the outage {slowest:.2f} s")
    assert (first_back.ended_ns - up_ns) / 1e9 <= BEGINS_WITHIN
    assert (last_away - up_ns) / 1e9 <= BACK_WITHIN


def attempts(samples):
    return total({name: value for name, value in samples.items() if 'upstream="primary"' in name},
                 "sluice_upstream_attempts_total")


def probes(asked, down_ns, up_ns):
    return None if asked is None else [moment for moment in asked if down_ns <= moment < up_ns]


def judge_probes(asked, counted, load, down_ns):
    """Until the breaker opens, the callers that are under way may fail there; from then on one asks at a time, after
    longer and longer waits."""
    until_open = CONSECUTIVE + CLIENTS
    longest = until_open + 1 + sum(1 for _ in probe_times(SECONDS))
    print(f"attempts at the primary while it was down: {len(asked) if asked is not None else counted}")
    if asked is None:
        # The dead process cannot tell; the gateway's own count includes what ended just before.
        assert counted <= longest + CLIENTS
        return
    assert CONSECUTIVE <= len(asked) <= longest
    later = asked[until_open:]
    gaps = [(second - first) / 1e9 for first, second in zip(later, later[1:])]
    assert all(gap >= OPEN_FOR * 0.9 for gap in gaps), gaps


def probe_times(seconds):
    """When probes are due in an outage of that length, as seconds from its begin."""
    moment, wait = 0.0, OPEN_FOR
    while moment + wait < seconds:
        moment += wait
        yield moment
        wait = min(wait * 2, OPEN_MAX)
