"""Many connections that do nothing, or nearly nothing, beside clients that want answers."""

import select
import socket
import time

from .raw_http import RawClient

# Ports of one source address; the kernel has some 28,000 of them.
CONNECTIONS_PER_SOURCE = 5000


class Crowd:
    """Idle connections and slow-loris clients: these send a head of which a byte comes now and then, and begin anew when
    the gateway has closed them. `tend` must be called often."""

    def __init__(self, port, idle, loris, drip_seconds=0.5):
        self.port = port
        self.drip_seconds = drip_seconds
        self.idle = [self._connect(index) for index in range(idle)]
        self.loris = [self._begin(index) for index in range(loris)]
        self.next_drip = time.monotonic() + drip_seconds
        self.renewed = 0

    def _connect(self, index):
        client = socket.socket()
        client.bind((f"127.0.0.{2 + index // CONNECTIONS_PER_SOURCE}", 0))
        client.connect(("127.0.0.1", self.port))
        return client

    def _begin(self, index):
        client = self._connect(index)
        client.setblocking(False)
        client.send(b"POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nX-Drip: ")
        return client

    def tend(self):
        """Lets the next bytes drip, if it is time."""
        if time.monotonic() < self.next_drip:
            return
        self.next_drip = time.monotonic() + self.drip_seconds
        for index, client in enumerate(self.loris):
            try:
                client.send(b"a")
                if client.recv(4096) == b"":
                    raise ConnectionResetError
            except BlockingIOError:
                continue
            except OSError:
                client.close()
                self.loris[index] = self._begin(index)
                self.renewed += 1

    def closed_idle(self):
        """How many of the idle ones the gateway has closed."""
        closed = 0
        poll = select.poll()
        for client in self.idle:
            poll.register(client, select.POLLIN)
        for _ in poll.poll(0):
            closed += 1
        return closed

    def close(self):
        for client in self.idle + self.loris:
            client.close()


def first_event_times(port, count, crowd=None, pause=0.002):
    """Milliseconds from a client's connect to the first event of its stream, one client after the other, sorted."""
    body = {"model": "mock,events=2", "stream": True, "messages": []}
    times = []
    for _ in range(count):
        if crowd:
            crowd.tend()
        started = time.monotonic_ns()
        with RawClient(port) as client:
            client.post_json("/v1/chat/completions", body)
            client.take_until(b"data: ")
            times.append((time.monotonic_ns() - started) / 1e6)
        time.sleep(pause)
    return sorted(times)


def percentile(values, share):
    return values[min(int(len(values) * share), len(values) - 1)]


def report(name, values):
    return f"{name}: p50 {percentile(values, .5):.3f} ms, p99 {percentile(values, .99):.3f} ms, max {values[-1]:.3f} ms"
