"""Reading `/metrics`."""

import re

from .raw_http import get


def metrics(gateway):
    """Samples by their full name with labels."""
    answer = get(gateway.port, "/metrics")
    assert answer.status == 200
    assert answer.headers["content-type"].startswith("text/plain")
    samples = {}
    for line in answer.body.decode().splitlines():
        if line and not line.startswith("#"):
            name, value = line.rsplit(" ", 1)
            assert re.fullmatch(r'[a-zA-Z_:][a-zA-Z0-9_:]*(\{.*\})?', name), line
            assert name not in samples, f"twice: {name}"
            samples[name] = float(value)
    return samples


def total(samples, part):
    return sum(value for name, value in samples.items() if part in name)
