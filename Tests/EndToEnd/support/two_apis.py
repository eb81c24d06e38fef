"""One mock as three upstreams: one with both APIs, one with chat completions only, one with responses only; and what of
two answers must be equal although different upstreams made them."""

import pytest

from . import sse
from .event_order import OrderChecker
from .published_schema import check_event
from .raw_http import bearer, exchange, post

ALICE, BOB = "sk-alice-0123456789", "sk-bob-0123456789"
KEYS = [{"name": "alice", "key": ALICE}, {"name": "bob", "key": BOB}]

RESPONSES, CHAT = "/v1/responses", "/v1/chat/completions"
# Names that the gateway sends to each of them, and what the mock is to do.
NATIVE, TRANSLATED, FOUND_OUT, RESPONSES_ONLY = (
    f"mock-{name},converse" for name in ("native", "chat", "found-out", "responses"))

BOTH = pytest.mark.parametrize("model", [NATIVE, TRANSLATED])

GET_WEATHER = {"type": "function", "name": "get_weather", "description": "The weather of a city", "strict": False,
               "parameters": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}}
SQL = {"type": "custom", "name": "sql", "description": "Runs a query"}
PIXEL = ("data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJR"
         "U5ErkJggg==")


def configuration(mock_url, state=":memory:", **changes):
    """A function of the mock's URL, for `CONFIG`."""
    def upstream(name, path, apis):
        return {"name": name, "base_url": f"{mock_url}/{path}/v1", "key": "sk-upstream",
                **({"apis": apis} if apis else {})}

    return {
        "upstreams": [
            upstream("native", "native", ["chat", "responses"]), upstream("chat", "chat-only", ["chat"]),
            upstream("responses", "responses-only", ["responses"]), upstream("found-out", "chat-only-new", None),
            upstream("found-out-405", "chat-only-new-405", None),
        ],
        "models": [{"name": f"mock-{name},*", "upstream": name}
                   for name in ("native", "chat", "responses", "found-out", "found-out-405")],
        "state": {"path": str(state)},
        **changes,
    }


def with_keys(mock_url):
    """The same with two keys."""
    return configuration(mock_url, keys=KEYS)


def cancel(gateway, response_id, key=None):
    return exchange(gateway.port, "POST", f"{RESPONSES}/{response_id}/cancel", bearer(key) if key else None, b"")


def stream(port, body, headers=None, target=RESPONSES):
    """The events of a responses stream: framed as they must be, valid by the published schema, in legal order.
    Returns them and the final object."""
    answer = post(port, target, {**body, "stream": True}, headers)
    assert answer.status == 200, answer
    assert answer.headers["content-type"].startswith("text/event-stream")
    assert answer.complete
    return read_events(answer.body)


def read_events(body, schema=True, **options):
    checker = OrderChecker(**options)
    events = []
    for block in sse.split_events(body):
        if block.startswith(b":"):
            continue
        name, data, *rest = block.decode().split("\n")
        event = sse.chunks(block)[0]
        assert name == f"event: {event['type']}" and data.startswith("data: ") and rest == ["", ""], block
        if schema:
            check_event(without_stop(event))
        checker.take(event)
        events.append(event)
    return events, checker.finish()


def without_stop(event):
    """The same without the reason `stopped`, which is the gateway's own word and not in the published schema."""
    response = event.get("response")
    if response and (response["incomplete_details"] or {}).get("reason") == "stopped":
        return {**event, "response": {**response, "incomplete_details": {}}}
    return event


class Names:
    """Replaces what may differ between two answers, ids and times, by names that tell only equal from unequal. Answers
    of one conversation share an instance, so that ids in later turns are known."""

    def __init__(self):
        self.known = {}

    def __call__(self, value):
        if isinstance(value, dict):
            return {name: self.member(name, member) for name, member in value.items()}
        if isinstance(value, list):
            return [self(member) for member in value]
        return value

    def member(self, name, value):
        if name in ("id", "item_id", "previous_response_id", "first_id", "last_id") and isinstance(value, str):
            kind = value.split("_")[0] if not value.startswith("item_") else "msg"
            return self.known.setdefault(value, f"{kind} {len(self.known)}")
        if name in ("created_at", "completed_at") and value is not None:
            assert 1_700_000_000 < value < 4_000_000_000, (name, value)
            return "a time"
        if name == "model":
            return "a model"
        return self(value)


def event_kinds(events):
    """Types in order, repeated ones as one: how a text is cut into deltas is the upstream's affair."""
    kinds = [event["type"] for event in events]
    return [kind for index, kind in enumerate(kinds) if index == 0 or kind != kinds[index - 1]]
