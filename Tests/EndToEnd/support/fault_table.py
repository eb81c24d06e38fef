"""What must come of every fault that the mock can play: for streams and blocking calls, alone and with a fallback.

The rules behind the table (`docs/architecture.md`, `docs/errors.md`): before the first event everything that may
succeed elsewhere or later is tried elsewhere or later; after it nothing is, and the client is told in the stream. An
upstream that stays silent is not asked again. A client error is the client's, whoever else might be asked.
"""

from dataclasses import dataclass

from .fault_expect import (
    Outcome, broken, busy, declined, final, fine, left_out, mended, mended_elsewhere, mended_itself, passed_on,
    recovered, told, tried_again, untouched)


@dataclass(frozen=True)
class Fault:
    """One row. An outcome of None: the fault does not exist there. A dictionary: it differs by API."""
    name: str
    scenario: str
    stream: Outcome | dict | None
    blocking: Outcome | dict | None
    # The upstream that has it.
    upstream: str = "primary"
    # A kind of model that the configuration treats in a way of its own; see `fault_play.py`.
    kind: str = ""
    # Whether the gateway remembers it of the upstream or its key, so that other cases must not meet that upstream.
    lasts: bool = False

    def outcome(self, api, stream):
        outcome = self.stream if stream else self.blocking
        return outcome.get(api) if isinstance(outcome, dict) else outcome


def both(name, scenario, outcome, **options):
    return Fault(name, scenario, outcome, outcome, **options)


DISCONNECTED, TRUNCATED, TIMEOUT = "upstream_disconnected", "upstream_truncated", "upstream_timeout"
# A connection that is closed inside a body may be called either.
CUT = (TRUNCATED, DISCONNECTED)
NONSENSE = "upstream_invalid_response"
NO_MONEY = "error-code=insufficient_quota"
OVER_LIMIT = "rate_limit_exceeded"

# A blocking answer may take as long as the whole request.
TOO_LATE = final(504, "deadline_exceeded", "timed_out", "deadline")
UNREADABLE = tried_again(502, NONSENSE, "invalid_response")
SILENT = passed_on(504, TIMEOUT, "timed_out", "deadline")
FELL_SILENT = broken(TIMEOUT, result="timed_out", end="deadline")

NO_FAULT = [
    both("no fault", "events=5", fine()),
    both("slow head", "slow-head=80ms", fine()),
    Fault("slow first event", "slow-first=80ms", fine(), None),
    both("gzip although nobody asked", "gzip", fine()),
    Fault("a stream with its length", "sized", fine(), None),
    Fault("a chunked answer", "chunked", None, fine()),
    both("another content type", "content-type=text/plain", untouched()),
    Fault("no [DONE]", "no-done", fine(), None),
    Fault("the connection stays open behind the end", "linger", fine(), None, kind="stalls"),
]

CONNECTIONS = [
    both("connection refused", "events=5", tried_again(502, "upstream_unreachable", "connect_failed"),
         upstream="refused"),
    both("reset before the head", "fail=reset,times=9", tried_again(502, DISCONNECTED)),
    both("closed before the head", "fail=close,times=9", tried_again(502, DISCONNECTED)),
    Fault("silent before the head", "silent", SILENT, TOO_LATE, kind="stalls"),
    both("reset behind the head", "reset-after=0", tried_again(502, DISCONNECTED)),
    both("closed behind the head", "close-after=0", tried_again(502, CUT)),
    Fault("ended behind the head", "cut-after=0", tried_again(502, TRUNCATED), UNREADABLE),
    Fault("silent behind the head", "silent-after=0", SILENT, TOO_LATE, kind="stalls"),
    Fault("only comments behind the head", "silent-after=0,keepalive=50ms", SILENT, None, kind="stalls"),
    Fault("reset inside the first event", "reset-after=0,half-event", tried_again(502, DISCONNECTED), None),
    Fault("closed inside the first event", "close-after=0,half-event", tried_again(502, CUT), None),
    Fault("silent inside the first event", "silent-after=0,half-event", SILENT, None, kind="stalls"),
    both("a head beyond all measure", "head-bytes=400000", UNREADABLE),
    both("fails twice", "fail=reset,times=2", recovered("disconnected")),
]

BODIES = [
    Fault("reset in the middle", "reset-after=3", broken(DISCONNECTED), tried_again(502, DISCONNECTED)),
    Fault("reset inside an event", "reset-after=3,half-event", broken(DISCONNECTED), None),
    Fault("closed in the middle", "close-after=3", broken(CUT), tried_again(502, CUT)),
    Fault("closed inside an event", "close-after=3,half-event", broken(CUT), None),
    Fault("ended in the middle", "cut-after=3", broken(TRUNCATED), UNREADABLE),
    Fault("ended inside an event", "cut-after=3,half-event", broken(TRUNCATED), None),
    Fault("shorter than its length", "sized,close-after=3", broken(CUT), None),
    Fault("shorter than its length, at first", "sized,close-after=0", tried_again(502, CUT), None),
    Fault("a chunked body cut off", "chunked,close-after=1", None, tried_again(502, CUT)),
    Fault("silent in the middle", "silent-after=3", FELL_SILENT, TOO_LATE, kind="stalls"),
    Fault("silent inside an event", "silent-after=3,half-event", FELL_SILENT, None, kind="stalls"),
    Fault("only comments in the middle", "silent-after=3,keepalive=50ms", FELL_SILENT, None, kind="stalls"),
]

# `[DONE]` alone is a proper end of a chat stream: some servers never give a reason.
ENDINGS = [
    Fault("no reason to finish", "no-finish", {"chat": untouched(), "responses": broken(TRUNCATED, None)}, None),
    Fault("neither reason nor [DONE]", "no-finish,no-done", broken(TRUNCATED, None), None),
    Fault("a response that failed", "failed", {"responses": told("server_error")},
          {"responses": untouched("upstream_error", "error_status")}),
    Fault("reset behind the end", "reset-after=99", fine(), None),
]

CONTENT = [
    Fault("a malformed event, relayed", "malformed-at=3", untouched("upstream_failed", "invalid_response"), None),
    Fault("a malformed event, left out", "malformed-at=3", left_out(3), None, kind="skip"),
    Fault("a malformed event, not accepted", "malformed-at=3", broken(NONSENSE, result="invalid_response"), None,
          kind="strict"),
    Fault("a malformed first event, not accepted", "malformed-at=0", UNREADABLE, None, kind="strict"),
    Fault("noise under the right content type", "garbage", tried_again(502, TRUNCATED), UNREADABLE),
    Fault("a line of noise", "garbage-at=3", untouched(), None),
    both("an HTML page under 200", "status=200,html-error", UNREADABLE),
    both("an error under 200", "status=200,error-code=theirs,error-type=server_error",
         tried_again(502, "upstream_error", "error_status")),
    Fault("a first event that is an error", "first-event-error",
          tried_again(502, "upstream_error", "error_status"), None),
    Fault("a first event that says overloaded", "first-event-error,error-type=overloaded_error",
          tried_again(503, "upstream_error", "error_status"), None),
    Fault("a first event that says slow down", "first-event-error,error-type=rate_limit_error",
          tried_again(429, "upstream_error", "error_status"), None),
    Fault("a first event that says bad request", "first-event-error,error-type=invalid_request_error",
          final(400, "upstream_error", end="upstream_failed"), None),
    Fault("a first event that says no money", "first-event-error,error-type=insufficient_quota," + NO_MONEY,
          passed_on(429, "upstream_error"), None, lasts=True),
    Fault("an error in the stream", "error-in-band-at=3", told("mock_in_band"), None),
] + [
    Fault(f"an error in the stream, as {form}", f"error-in-band-at=3,error-form={form}", {"chat": told(code)}, None)
    for form, code in [("event", "mock_in_band"), ("string", ""), ("chunk", "mock_in_band")]
] + [
    Fault("an error that is no event", "error-in-band-at=3,error-form=bare", {"chat": broken(TRUNCATED)}, None),
]

STATUSES = [
    both(f"status {status}", f"status={status}", busy(status, code)) for status, code in [
        (408, "mock_client_error"), (409, "mock_client_error"), (425, "mock_client_error"),
        (429, OVER_LIMIT), (500, "mock_server_error"), (502, "mock_server_error"),
        (503, "mock_server_error"), (504, "mock_server_error"), (529, "mock_server_error")]
] + [
    both(f"status {status}", f"status={status}", final(status, code)) for status, code in [
        (400, "mock_client_error"), (404, "model_not_found"), (413, "mock_client_error"), (422, "mock_client_error")]
] + [
    # The gateway's own key is bad there; it says nothing about anybody else.
    both(f"status {status}", f"status={status}", passed_on(502, "upstream_auth_failed"), lasts=True)
    for status in (401, 403)
] + [
    both("context too long", "status=400,error-code=context_length_exceeded", final(400, "context_length_exceeded")),
    both("context too long, a larger model is there", "status=400,error-code=context_length_exceeded",
         declined(400, "context_length_exceeded"), kind="larger"),
    both("content filter", "status=400,error-code=content_filter", final(400, "content_filter")),
    both("content filter, another model is there", "status=400,error-code=content_filter",
         declined(400, "content_filter"), kind="larger"),
    both("any 400, another model is there", "status=400", final(400, "mock_client_error"), kind="larger"),
    both("an HTML page with its status", "status=502,html-error", tried_again(502, "upstream_error", "error_status")),
    both("says itself to ask again", "status=400,should-retry=true", busy(400, "mock_client_error")),
    both("busy twice", "fail=503,times=2", recovered("error_status")),
]

WAITS = [
    both("retry-after-ms", "status=429,retry-after-ms=120", busy(429, OVER_LIMIT, (120, 120)), lasts=True),
    both("retry-after of zero", "status=503,retry-after=0", busy(503, "mock_server_error")),
    both("retry-after in words", "status=503,retry-after=soon", busy(503, "mock_server_error")),
    both("retry-after of a minute and more", "status=429,retry-after=61", declined(429, OVER_LIMIT), lasts=True),
    both("reset of the rate limit", "status=429,ratelimit-reset=120ms", busy(429, OVER_LIMIT, (120, 120)), lasts=True),
    both("no money", "quota", declined(429, "insufficient_quota"), lasts=True),
]

RECOVERED = [
    Fault(f"{name}, with recovery", scenario, outcome, None, kind="mend") for name, scenario, outcome in [
        ("reset in the middle", "reset-after=6", mended(DISCONNECTED)),
        ("reset inside an event", "reset-after=6,half-event", mended(DISCONNECTED)),
        ("closed in the middle", "close-after=6", mended(CUT)),
        ("ended in the middle", "cut-after=6", mended(TRUNCATED)),
        ("silent in the middle", "silent-after=6", mended_elsewhere(TIMEOUT, "timed_out", "deadline")),
        ("a malformed event", "malformed-at=6", mended(NONSENSE, result="invalid_response")),
        ("an error in the stream", "error-in-band-at=6",
         mended(("mock_in_band", "upstream_error"), result="error_status")),
        ("no terminal event", "no-finish,no-done", mended(TRUNCATED, None)),
        ("reset once", "fail=break,reset-after=6", mended_itself("disconnected")),
        ("no fault", "events=5", fine()),
    ]
]

FAULTS = NO_FAULT + CONNECTIONS + BODIES + ENDINGS + CONTENT + STATUSES + WAITS + RECOVERED
