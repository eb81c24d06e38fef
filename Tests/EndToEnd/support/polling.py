"""Waiting for a condition with a deadline, instead of sleeping and hoping."""

import time


def wait_until(condition, timeout=5.0, interval=0.01, what=None):
    """Calls `condition` until it returns something true, and returns that."""
    deadline = time.monotonic() + timeout
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            name = what or getattr(condition, "__name__", "condition")
            raise AssertionError(f"not within {timeout} s: {name} (last value {value!r})")
        time.sleep(interval)
