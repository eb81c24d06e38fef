"""Starts a llama-server on the tiny model and a gateway in front of it, once for all checks.

Environment: LLAMA_SERVER and LLAMA_MODEL (the server's executable and its GGUF file), SLUICE_BIN (the gateway's).
"""

import os
import re
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

SLOTS = 4
START_LIMIT = 60.0
# Seconds between two questions to a server that shall find out that the client of a blocking call has left. It looks for
# that only after a second in which no request of anybody's had a result, and a question is a request.
QUIET = 1.3


class Server:
    """A process that serves HTTP on loopback, and a client for it."""

    def __init__(self, process: subprocess.Popen[bytes], url: str):
        self.process = process
        self.url = url
        # Room for the 24 streams at once; reads have no limit of their own, pytest's caller has one.
        self.client = httpx.Client(base_url=url, timeout=60, limits=httpx.Limits(max_connections=64))

    def close(self) -> None:
        """Ends the process, gently first."""
        self.client.close()
        self.process.terminate()
        try:
            self.process.wait(timeout=40)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def wait_until(condition: Callable[[], bool], what: str, limit: float, pause: float = 0.005) -> float:
    """Waits for a condition, at most `limit` seconds, looking every `pause` seconds, and returns how long it took."""
    started = time.monotonic()
    while not condition():
        if time.monotonic() - started > limit:
            pytest.fail(f"not within {limit} s: {what}")
        time.sleep(pause)
    return time.monotonic() - started


def free_port() -> int:
    """A port that nobody uses now; llama-server cannot pick one by itself and say which."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def answers(url: str) -> bool:
    try:
        return httpx.get(url).status_code == 200
    except httpx.TransportError:
        return False


@pytest.fixture(scope="session")
def llama(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The real server. Context shift makes an answer without a limit endless, so that only a stop can end it."""
    port = free_port()
    log = tmp_path_factory.mktemp("llama") / "log"
    command = [os.environ["LLAMA_SERVER"], "--offline", "--model", os.environ["LLAMA_MODEL"], "--alias", "tiny"]
    command += ["--host", "127.0.0.1", "--port", str(port), "--no-ui", "--threads", "1", "--context-shift"]
    command += ["--parallel", str(SLOTS), "--ctx-size", str(2048 * SLOTS), "--cache-ram", "0"]
    server = Server(
        subprocess.Popen(command, stdout=log.open("wb"), stderr=subprocess.STDOUT), f"http://127.0.0.1:{port}"
    )
    wait_until(lambda: answers(f"{server.url}/health"), "llama-server is ready", START_LIMIT)
    yield server
    server.close()


@pytest.fixture(scope="session")
def sluice(llama: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The gateway, told nothing but where its upstream is."""
    log = tmp_path_factory.mktemp("sluice") / "log"
    environment = {"PATH": os.environ["PATH"], "SLUICE_UPSTREAM": f"{llama.url}/v1"}
    process = subprocess.Popen(
        [os.environ["SLUICE_BIN"], "serve", "--port", "0"],
        stdout=log.open("wb"),
        stderr=subprocess.STDOUT,
        env=environment,
    )
    pattern = re.compile(r"listening on (http://\S+:\d+)")
    wait_until(lambda: bool(pattern.search(log.read_text())), "the gateway listens", START_LIMIT)
    match = pattern.search(log.read_text())
    assert match
    server = Server(process, match[1])
    yield server
    server.close()
    Path(log).unlink()


@pytest.fixture
def busy_slots(llama: Server) -> Callable[[], int]:
    """Counts the slots of the real server that are generating right now."""
    return lambda: sum(slot["is_processing"] for slot in llama.client.get("/slots").json())


@pytest.fixture
def upstream_connections(llama: Server, sluice: Server) -> Callable[[], int]:
    """Counts the gateway's established connections to the real server, as the kernel lists them."""
    port = int(llama.url.rsplit(":", 1)[1])

    def count() -> int:
        owned = set()
        for descriptor in Path(f"/proc/{sluice.process.pid}/fd").iterdir():
            try:
                owned.add(os.readlink(descriptor))
            except FileNotFoundError:
                pass  # closed since it was listed
        rows = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
        # Columns: 2 the peer as address:port in hexadecimal, 3 the state (01 = established), 9 the socket's inode.
        return sum(
            row[3] == "01" and int(row[2].split(":")[1], 16) == port and f"socket:[{row[9]}]" in owned for row in rows
        )

    return count


@pytest.fixture(autouse=True)
def idle_before_and_after(busy_slots: Callable[[], int]) -> Iterator[None]:
    """Every check starts on an idle server and has to leave one."""
    wait_until(lambda: busy_slots() == 0, "all slots are idle before the check", 10, QUIET)
    yield
    wait_until(lambda: busy_slots() == 0, "all slots are idle after the check", 10, QUIET)
