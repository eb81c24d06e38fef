"""Reading an event stream while it is being made."""

from . import sse
from .raw_http import RawClient


class Live:
    """A stream that is read event by event while the upstream's gate holds the rest back."""

    def __init__(self, gateway, body, headers=None, target="/v1/responses", method="POST"):
        self.client = RawClient(gateway.port)
        if method == "POST":
            self.client.post_json(target, body, headers)
        else:
            self.client.request(method, target, headers)
        self.head = None
        self.pieces = None
        # Everything so far, and what of it has not been taken.
        self.received, self.buffer = b"", b""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.client.close()

    def next(self, kind=None):
        """The next event, or the next of a kind; fails when it does not come while the upstream waits."""
        while True:
            event = self._next()
            if kind in (None, event["type"]):
                return event

    def _next(self):
        if self.head is None:
            self.head = self.client.read_head()
            assert self.head.status == 200, self.head
            self.pieces = self.client.body_pieces(self.head)
        while b"\n\n" not in self.buffer:
            piece = next(self.pieces)
            self.buffer += piece
            self.received += piece
        block, self.buffer = self.buffer.split(b"\n\n", 1)
        return self._next() if block.startswith(b":") else sse.chunks(block + b"\n\n")[0]

    def next_data(self):
        """The data of the next event, which need not have a type."""
        return self._next()

    def rest(self):
        """Everything, once the stream has ended."""
        self.received += b"".join(self.pieces)
        assert self.head.complete
        return self.received
