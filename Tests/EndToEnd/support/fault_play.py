"""Plays one fault of the matrix and gathers all there is to see of it: the client's answer, the upstreams' journal, the
log line, and what was added to the metrics."""

import gzip
import json
import os
import socket
import time
from dataclasses import dataclass

from .fault_expect import RETRY
from .fault_table import FAULTS
from .metrics import metrics
from .raw_http import RawClient, chat_body, responses_body
from .recorder import unique

TARGETS = {"chat": "/v1/chat/completions", "responses": "/v1/responses"}
BODIES = {"chat": chat_body, "responses": responses_body}
BACKUP = "mock-backup"
# Longer than anything takes that is not meant to stall …
TIMEOUTS = {"first_event": "10s", "idle": "10s", "total": "20s"}
# … and short where a stall is waited for.
STALL = "250ms"
KINDS = {
    "plain": {},
    "stalls": {"timeouts": {"first_event": STALL, "idle": STALL}},
    "late": {"timeouts": {"total": STALL}},
    "strict": {"malformed_events": "fail"},
    "skip": {"malformed_events": "skip"},
    "larger": {},
    "mend": {"recovery": "resume", "timeouts": {"idle": STALL}},
}


@dataclass(frozen=True)
class Case:
    fault: object
    api: str
    stream: bool
    backed: bool

    @property
    def seen(self):
        """What is expected."""
        outcome = self.fault.outcome(self.api, self.stream)
        return outcome and (outcome.backed if self.backed else outcome.alone).at(self.upstream)

    @property
    def mode(self):
        return "stream" if self.stream else "blocking"

    @property
    def kind(self):
        # Streams have limits for silence; a blocking call has but one for everything.
        return "late" if self.fault.kind == "stalls" and not self.stream else self.fault.kind or "plain"

    @property
    def upstream(self):
        """The upstream that has the fault. Where nobody else can be asked it is asked whatever is known of it, so the
        cases of a fault may share one."""
        if not self.fault.lasts:
            return self.fault.upstream
        slug = self.fault.name.replace(" ", "-")
        return f"{slug}-{self.api}-{self.mode}" if self.backed else slug

    @property
    def family(self):
        """The name before the scenario: it chooses the route."""
        return f"mock-{self.kind}-{'backed' if self.backed else 'alone'}-{self.upstream}"

    def __str__(self):
        return "-".join([self.fault.name, self.api, self.mode, "backed" if self.backed else "alone"])


def cases(faults=FAULTS):
    every = [Case(fault, api, stream, backed) for fault in faults for api in TARGETS for stream in (True, False)
             for backed in (False, True)]
    if os.environ.get("SOLO"):
        every = [case for case in every if not case.backed and case.fault.kind in ("", "brief")]
    return [case for case in every if case.seen]


def refusing_port():
    """A port that nobody listens on, and that stays so as long as the socket is kept."""
    keeper = socket.socket()
    keeper.bind(("127.0.0.1", 0))
    return keeper, keeper.getsockname()[1]


def configuration(mock_url, refusing, faults=FAULTS):
    """One mock plays all upstreams, told apart by the path. Nothing may keep a fault from being asked for again and
    again: no breaker, no budget."""
    every = cases(faults)
    families = {(case.family, case.kind, case.backed, case.upstream) for case in every}
    names = {case.upstream for case in every} | {"backup"}
    return {
        "upstreams": [
            {"name": name, "key": f"sk-{name}",
             "base_url": f"http://127.0.0.1:{refusing}/v1" if name == "refused" else f"{mock_url}/{name}/v1"}
            for name in sorted(names)
        ],
        "models": [
            {"name": family + ",*", "upstream": upstream, **KINDS[kind], **fallbacks(kind, backed)}
            for family, kind, backed, upstream in sorted(families)
        ] + [{"name": BACKUP, "upstream": "backup"}],
        "retry": RETRY,
        "timeouts": TIMEOUTS,
        **({} if os.environ.get("SOLO") else {"breaker": "off", "retry_budget": "off"}),
    }


def fallbacks(kind, backed):
    if not backed:
        return {}
    names = ["context_fallbacks", "content_filter_fallbacks"] if kind == "larger" else ["fallbacks"]
    return {name: [BACKUP] for name in names}


class Answer:
    """What the client got, as far as it came."""

    def __init__(self, port, target, body, request_id):
        self.body = b""
        self.cut = None
        started = time.monotonic()
        with RawClient(port) as client:
            client.post_json(target, body, {"X-Request-Id": request_id})
            self.head = client.read_head()
            try:
                for piece in client.body_pieces(self.head, "POST"):
                    self.body += piece
            except ConnectionError as error:
                self.cut = error
        self.seconds = time.monotonic() - started
        self.status, self.headers = self.head.status, self.head.headers
        self.length = len(self.body)
        if self.headers.get("content-encoding") == "gzip":
            self.body = gzip.decompress(self.body)

    def json(self):
        return json.loads(self.body)

    def error(self):
        self.head.body = self.body
        return self.head.error()

    @property
    def is_stream(self):
        return self.headers.get("content-type", "").startswith("text/event-stream")


class Observation:
    """One case, played."""

    def __init__(self, case, gateway, recorder):
        self.case = case
        self.id = unique("f")
        model = f"{case.family},{case.fault.scenario},run={self.id}"
        before = metrics(gateway)
        self.answer = Answer(gateway.port, TARGETS[case.api], BODIES[case.api](model, case.stream), self.id)
        self.line = gateway.log_line_of(self.id)
        self.attempts = recorder.by_id(self.id)
        after = metrics(gateway)
        self.counted = {name: value - before.get(name, 0) for name, value in after.items()
                        if value != before.get(name, 0)}

    @property
    def asked(self):
        return tuple(record.target.split("/")[1] for record in self.attempts)

    @property
    def waits(self):
        """Milliseconds from the end of each attempt to the start of the next."""
        return [(later.began_ns - earlier.ended_ns) / 1e6 for earlier, later in zip(self.attempts, self.attempts[1:])]

    @property
    def spacings(self):
        """Milliseconds from the start of each attempt to the start of the next."""
        return [(later.began_ns - earlier.began_ns) / 1e6 for earlier, later in zip(self.attempts, self.attempts[1:])]
