"""Many streams at once from one thread: an epoll loop over non-blocking sockets that checks order and measures delay.

Each content event of a `timestamps` scenario says its number and when the mock wrote it, in the clock of
`time.monotonic_ns()`. So the time from the upstream's write to the client's read needs no agreement between clocks.
"""

import json
import re
import select
import socket
import time

from .raw_http import head

STAMP = re.compile(rb'"content":"(\d+):(\d+) ')


class Stream:
    """One client of the load test. Looks at the raw bytes: chunk framing may cut an event, the text of a stamp it
    does not, because the gateway relays whole reads; a stamp that is cut anyway is found once its rest is there."""

    def __init__(self, address, model):
        self.socket = socket.socket()
        self.socket.setblocking(False)
        self.socket.connect_ex(address)
        body = json.dumps({"model": model, "stream": True, "messages": []}).encode()
        self.to_send = head("POST", "/v1/chat/completions", {"Content-Type": "application/json"}, body,
                            host=f"{address[0]}:{address[1]}")
        self.tail = b""
        self.status = None
        self.next_number = 0
        self.mistakes = []
        self.ended = False

    def send(self):
        sent = self.socket.send(self.to_send)
        self.to_send = self.to_send[sent:]
        return not self.to_send

    def receive(self, delays):
        """Reads once; returns False at the end of the answer."""
        data = self.socket.recv(262144)
        now = time.monotonic_ns()
        self.tail += data
        if self.status is None and b"\r\n" in self.tail:
            self.status = self.tail.split(b"\r\n", 1)[0]
        position = 0
        for match in STAMP.finditer(self.tail):
            number, written = int(match.group(1)), int(match.group(2))
            if number != self.next_number:
                self.mistakes.append(f"event {number} where {self.next_number} was due")
            self.next_number = number + 1
            delays.append(now - written)
            position = match.end()
        self.ended = b"data: [DONE]\n\n" in self.tail and self.tail.endswith(b"0\r\n\r\n")
        self.tail = self.tail[max(position, len(self.tail) - 400):]
        return bool(data) and not self.ended


class Report:
    def __init__(self, streams, delays, seconds):
        self.streams = streams
        self.seconds = seconds
        self.delays_ms = sorted(delay / 1e6 for delay in delays)

    def percentile(self, share):
        return self.delays_ms[min(int(len(self.delays_ms) * share), len(self.delays_ms) - 1)]

    def __str__(self):
        count = len(self.delays_ms)
        return (f"{len(self.streams)} streams, {count} events in {self.seconds:.1f} s; upstream write to client read: "
                f"p50 {self.percentile(.5):.2f} ms, p99 {self.percentile(.99):.2f} ms, max {self.delays_ms[-1]:.2f} ms")


def run_load(port, models, timeout=60.0, host="127.0.0.1"):
    """One stream per model name, all at once; returns when all have ended."""
    poll = select.epoll()
    by_fd, delays = {}, []
    started = time.monotonic()
    for model in models:
        stream = Stream((host, port), model)
        by_fd[stream.socket.fileno()] = stream
        poll.register(stream.socket, select.EPOLLOUT)
    streams = list(by_fd.values())
    while by_fd and time.monotonic() - started < timeout:
        for fd, _ in poll.poll(1.0):
            stream = by_fd[fd]
            try:
                if stream.to_send:
                    if stream.send():
                        poll.modify(fd, select.EPOLLIN)
                    continue
                going = stream.receive(delays)
            except OSError as error:
                stream.mistakes.append(repr(error))
                going = False
            if not going:
                poll.unregister(fd)
                stream.socket.close()
                del by_fd[fd]
    poll.close()
    return Report(streams, delays, time.monotonic() - started)
