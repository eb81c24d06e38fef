"""Clients that ask at a steady pace and write down what each call came to."""

import threading
import time
from dataclasses import dataclass

from . import sse
from .raw_http import RawClient, chat_body

CHAT = "/v1/chat/completions"


@dataclass
class Call:
    began_ns: int
    ended_ns: int
    # None when all is well.
    problem: str | None
    upstream: str | None

    @property
    def seconds(self):
        return (self.ended_ns - self.began_ns) / 1e9


class SteadyLoad:
    """`clients` threads, each with a call every `interval` seconds, streams and blocking calls in turn. Use as a
    context manager: the calls end with the block."""

    def __init__(self, port, model, clients=6, interval=0.05, streams_only=False):
        self.port, self.model, self.interval, self.streams_only = port, model, interval, streams_only
        self.calls = []
        self.lock = threading.Lock()
        self.over = threading.Event()
        self.threads = [threading.Thread(target=self._run, args=(number,), daemon=True) for number in range(clients)]

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self.over.set()
        for thread in self.threads:
            thread.join(30)

    def since(self, began_ns):
        """The calls that began since then, in order."""
        with self.lock:
            return sorted((call for call in self.calls if call.began_ns >= began_ns), key=lambda call: call.began_ns)

    def between(self, start_ns, end_ns):
        return [call for call in self.since(start_ns) if call.began_ns < end_ns]

    def _run(self, number):
        turn = number
        # Spread over the interval, so that the pace is steady.
        next_at = time.monotonic() + self.interval * number / len(self.threads)
        while not self.over.wait(max(0, next_at - time.monotonic())):
            next_at = max(next_at + self.interval, time.monotonic())
            turn += 1
            call = self._call(self.streams_only or turn % 2 == 0)
            with self.lock:
                self.calls.append(call)

    def _call(self, stream):
        began = time.monotonic_ns()
        upstream = None
        try:
            with RawClient(self.port, timeout=30) as client:
                client.post_json(CHAT, chat_body(self.model, stream))
                answer = client.read_response("POST")
            upstream = answer.headers.get("x-sluice-upstream")
            problem = judged(answer, stream)
        except Exception as error:  # noqa: BLE001 (whatever a caller trips over is a failed call)
            problem = repr(error)
        return Call(began, time.monotonic_ns(), problem, upstream)


def judged(answer, stream):
    """What is wrong with an answer."""
    if answer.status != 200 or not answer.complete:
        return f"{answer.status}: {answer.body[:300]!r}"
    if stream and (sse.finish_reasons(answer.body) != ["stop"] or not answer.body.endswith(b"data: [DONE]\n\n")):
        return f"a stream without its end: {answer.body[-300:]!r}"
    if not stream and not answer.json()["choices"][0]["message"]["content"]:
        return f"no answer: {answer.body[:300]!r}"
    return None
