"""Waiting for a condition with a deadline, instead of sleeping and hoping."""

import os
import time

SANITIZED = "SLUICE_SANITIZED" in os.environ
# Limits of time are multiplied by this: a sanitizer makes both programs several times slower.
PATIENCE = 5 if SANITIZED else 1


def wait_until(condition, timeout=5.0, interval=0.01, what=None):
    """Calls `condition` until it returns something true, and returns that."""
    deadline = time.monotonic() + timeout * PATIENCE
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            name = what or getattr(condition, "__name__", "condition")
            raise AssertionError(f"not within {timeout} s: {name} (last value {value!r})")
        time.sleep(interval)
