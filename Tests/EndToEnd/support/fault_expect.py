"""The words in which `fault_table.py` says what a client and the upstreams are to see of a fault."""

from dataclasses import dataclass, replace

# The retry policy of the matrix: no jitter, so that spacing can be told exactly.
RETRY = {"attempts": 3, "initial": "20ms", "factor": 2, "max": "40ms", "jitter": 0}
BACKOFF = (20, 40)
ATTEMPTS = 1 + len(BACKOFF)


@dataclass(frozen=True)
class Seen:
    """One outcome in full.

    `shape` is what the client gets:

    - `whole`: the complete answer of the last upstream that was asked
    - `mended`: the complete answer, put together from the streams of several attempts
    - `untouched`: what the upstream sent, byte for byte, and nothing else
    - `left out`: the same without the event of the number `events`
    - `error`: an OpenAI-shaped error with `status` and one of `codes`
    - `broken`: a stream of `events` upstream events, then the gateway's own error with one of `codes`
    - `told`: a stream whose upstream reports the error itself, relayed as it came
    """
    shape: str
    # The upstreams asked, in order, and the milliseconds between the end of one attempt and the start of the next.
    attempts: tuple = ("primary",)
    waits: tuple = ()
    status: int = 200
    codes: tuple = ()
    # How many of the attempts had been made when the head of the answer went out; None: all.
    committed: int | None = None
    # Upstream events in front of the error, where that is known.
    events: int | None = None
    # What the log calls the end of the request, and the metrics the end of each attempt.
    end: str = "completed"
    results: tuple = ("succeeded",)

    @property
    def announced(self):
        """What the head of the answer says: who answers, after how many attempts."""
        count = self.committed or len(self.attempts)
        return self.attempts[count - 1], count

    def at(self, upstream):
        """The same at another upstream than `primary`."""
        return replace(self, attempts=tuple(upstream if name == "primary" else name for name in self.attempts))


@dataclass(frozen=True)
class Outcome:
    """What is seen with one target, and with another model to fall back to."""
    alone: Seen
    backed: Seen


def _backup(result, wait=0):
    return Seen("whole", ("primary", "backup"), (wait,), results=(result, "succeeded"))


def _codes(codes):
    return codes if isinstance(codes, tuple) else (codes,)


def _error(status, codes, result, end, waits):
    count = 1 + len(waits)
    return Seen("error", ("primary",) * count, waits, status, _codes(codes), end=end, results=(result,) * count)


def fine():
    """One attempt, one answer."""
    return Outcome(Seen("whole"), Seen("whole"))


def untouched(end="completed", result="succeeded"):
    """One attempt, whose bytes are the client's."""
    seen = Seen("untouched", end=end, results=(result,))
    return Outcome(seen, seen)


def left_out(event):
    """One attempt, whose bytes are the client's, but for one event."""
    seen = Seen("left out", events=event)
    return Outcome(seen, seen)


def tried_again(status, codes, result="disconnected", end="upstream_failed", waits=BACKOFF):
    """Asked again until the attempts are used up, then an error; with a fallback that answers at once."""
    return Outcome(_error(status, codes, result, end, waits), _backup(result))


def passed_on(status, codes, result="error_status", end="upstream_failed"):
    """Never asked again at the same place; with a fallback that answers at once."""
    return Outcome(_error(status, codes, result, end, ()), _backup(result))


def final(status, codes, result="error_status", end="upstream_error"):
    """The first answer is the last, fallback or not."""
    seen = _error(status, codes, result, end, ())
    return Outcome(seen, seen)


def broken(codes, events=3, result="disconnected", end="upstream_failed"):
    """Part of the answer has gone out: nothing is asked again, and the stream ends with an error."""
    seen = Seen("broken", codes=_codes(codes), events=events, end=end, results=(result,))
    return Outcome(seen, seen)


def told(codes, end="upstream_error", result="error_status"):
    """The upstream has itself told of its failure after the answer began."""
    seen = Seen("told", codes=_codes(codes), end=end, results=(result,))
    return Outcome(seen, seen)


def recovered(result, failures=2):
    """Fails at first and then does not; with a fallback that answers already at the first failure."""
    attempts = ("primary",) * (failures + 1)
    alone = Seen("whole", attempts, BACKOFF[:failures], results=(result,) * failures + ("succeeded",))
    return Outcome(alone, _backup(result))


def mended(codes, events=6, result="disconnected", end="upstream_failed"):
    """With recovery: the broken stream is asked for again and goes on. Where it breaks at the same place each time the
    client is told in the end, of the first failure."""
    attempts = ("primary",) * ATTEMPTS
    alone = Seen("broken", attempts, BACKOFF, codes=_codes(codes), events=events, end=end,
                 results=(result,) * ATTEMPTS, committed=1)
    return Outcome(alone, _joined(result))


def mended_itself(result):
    """The same, at an upstream that breaks off once."""
    alone = Seen("mended", ("primary",) * 2, BACKOFF[:1], results=(result, "succeeded"), committed=1)
    return Outcome(alone, _joined(result))


def mended_elsewhere(codes, result, end, events=6):
    """The same, where the upstream that failed is not asked again."""
    return Outcome(broken(codes, events, result, end).alone, _joined(result))


def _joined(result):
    return replace(_backup(result), shape="mended", committed=1)


# Upstream errors that are relayed as they are.

def busy(status, code, waits=BACKOFF):
    """The upstream's error, relayed once the attempts are used up."""
    return tried_again(status, code, "error_status", "upstream_error", waits)


def declined(status, code):
    """The upstream's error, relayed at once where there is nobody else to ask."""
    return passed_on(status, code, end="upstream_error")
