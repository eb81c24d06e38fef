"""One measurement: a fresh proxy, warmed up, under one load."""

import argparse
import json
import socket
import subprocess
import time
from pathlib import Path

import proxies
from proxies import LOAD_CORES, Proxy
from scenarios import Scenario


def load(given: argparse.Namespace, words: list[str], cores: str = LOAD_CORES) -> dict:
    """Runs the generator on its core and reads its result."""
    done = subprocess.run(
        ["taskset", "-c", cores, given.load, *words], capture_output=True, text=True, timeout=300, check=False)
    if not done.stdout:
        return {"error": done.stderr.strip() or f"exit status {done.returncode}"}
    result = json.loads(done.stdout)
    if done.returncode != 0:
        wrong = {key: count for key, count in result["failures"].items() if count}
        result["error"] = f"wrong or missing answers: {wrong} {done.stderr.strip()}".strip()
    return result


def measure(given: argparse.Namespace, proxy: Proxy, scenario: Scenario, folder: Path) -> dict:
    """One scenario against a fresh proxy."""
    upstream = proxies.free_port()
    ports = ["--upstream", str(upstream)]
    running = start(given, proxy, folder, upstream)
    try:
        ports += ["--proxy", str(running.port), *proxy.requests]
        load(given, ["blocking", *ports, "--requests", str(proxy.warmup), "--connections", "8"])
        seconds = min(given.seconds, 2) if scenario.name == "memory" else given.seconds
        warmup = 0.5 if given.quick else 1
        if scenario.name == "first_event":
            warmup = 3  # until streams end and begin evenly, and connections to the upstream are there
        pids = [word for pid in running.pids() for word in ("--pid", str(pid))]
        words = [*scenario.words(warmup, seconds), *ports, *pids]
        return load(given, [*words, "--warmup", str(warmup), "--duration", str(seconds)], scenario.cores)
    finally:
        running.stop()


def start(given: argparse.Namespace, proxy: Proxy, folder: Path, upstream: int) -> proxies.Running:
    """Starts a proxy; some want to see their upstream before they take connections."""
    if not proxy.awaits_upstream:
        return proxies.start(proxy, folder, upstream)
    mock = subprocess.Popen([given.load, "upstream", "--upstream", str(upstream)])
    try:
        return proxies.start(proxy, folder, upstream)
    finally:
        mock.terminate()
        mock.wait()


def measure_start(given: argparse.Namespace, proxy: Proxy, folder: Path) -> dict:
    """From the start of the process to the first relayed answer, and what it holds then."""
    upstream = proxies.free_port()
    mock = subprocess.Popen([given.load, "upstream", "--upstream", str(upstream)])
    try:
        while not proxies.is_listening(upstream):
            time.sleep(0.001)
        began = time.monotonic()
        running = proxies.start(proxy, folder, upstream)
        try:
            ask_once(running.port, proxy.model, proxy.key)
            passed = time.monotonic() - began
            time.sleep(0.3)
            return {"start_ms": passed * 1000, "idle_mib": proxies.proportional_kib(running.pids()) / 1024}
        finally:
            running.stop()
    finally:
        mock.terminate()
        mock.wait()


def ask_once(port: int, model: str, key: str) -> None:
    body = b'{"model":"%s","messages":[{"role":"user","content":"x"}]}' % model.encode()
    head = (
        b"POST /v1/chat/completions HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
        b"Authorization: Bearer %s\r\nContent-Length: %%d\r\n\r\n" % key.encode())
    with socket.create_connection(("127.0.0.1", port), 30) as client:
        client.sendall(head % len(body) + body)
        answer = client.recv(65536)
    if not answer.startswith(b"HTTP/1.1 200"):
        raise SystemExit(f"the first answer is not 200 but {answer[:60]!r}")
