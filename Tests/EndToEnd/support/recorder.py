"""What the mock upstream received, read over its `/_mock` routes."""

import itertools
import json
import os
import urllib.parse
import urllib.request

from .polling import wait_until

_numbers = itertools.count(1)


def unique(prefix="t"):
    """A word that no other test uses: as `run=` it makes a model name, and its count of attempts, a test's own."""
    return f"{prefix}{os.getpid()}x{next(_numbers)}"


class Received:
    """One request as the mock saw it."""

    def __init__(self, record):
        self.record = record
        for name, value in record.items():
            if name != "headers":
                setattr(self, name, value)
        self.headers = {}
        for name, value in record["headers"]:
            self.headers.setdefault(name.lower(), value)

    def body_json(self):
        return json.loads(self.body)

    def __repr__(self):
        return f"Received({self.record!r})"


class Recorder:
    def __init__(self, url):
        self.url = url

    def _get(self, path, method="GET"):
        request = urllib.request.Request(self.url + path, method=method)
        with urllib.request.urlopen(request, timeout=10) as answer:
            return json.load(answer)

    def requests(self, run):
        path = "/_mock/requests?run=" + urllib.parse.quote(run)
        return [Received(record) for record in self._get(path)["requests"]]

    def by_id(self, request_id):
        """Every attempt of one request of the gateway's, whichever model it was made for."""
        path = "/_mock/requests?id=" + urllib.parse.quote(request_id)
        return [Received(record) for record in self._get(path)["requests"]]

    def all(self):
        return [Received(record) for record in self._get("/_mock/requests")["requests"]]

    def connections(self):
        return self._get("/_mock/connections")

    def begin_outage(self, prefix, scenario, seconds=None):
        """Answers everything below a path prefix with `scenario`, for some time or until `end_outage`."""
        query = {"at": prefix, "as": scenario, **({"for": f"{int(seconds * 1000)}ms"} if seconds else {})}
        return self._get("/_mock/outage?" + urllib.parse.urlencode(query), "POST")

    def end_outage(self, prefix):
        return self._get("/_mock/outage?" + urllib.parse.urlencode({"at": prefix}), "DELETE")

    def let_through(self, run, count=1):
        """Lets more events of a run pass its gate."""
        self._get("/_mock/gate?" + urllib.parse.urlencode({"run": run, "n": count}), "POST")

    def wait_for(self, run, count=1, timeout=5.0):
        """The requests of a run, once there are `count` of them."""
        def enough():
            found = self.requests(run)
            return found if len(found) >= count else None
        return wait_until(enough, timeout, what=f"{count} request(s) of run {run} at the mock")

    def wait_for_end(self, run, end=None, timeout=5.0):
        """The last request of a run, once it has ended (in the given way)."""
        def ended():
            found = self.requests(run)
            return found[-1] if found and found[-1].end and end in (None, found[-1].end) else None
        return wait_until(ended, timeout, what=f"end {end} of run {run} at the mock")

    def wait_for_first_write(self, run, timeout=5.0):
        def written():
            found = self.requests(run)
            return found[-1] if found and found[-1].first_write_ns else None
        return wait_until(written, timeout, what=f"first byte written by the mock for run {run}")
