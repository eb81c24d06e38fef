"""Measures proxies side by side: interleaved rounds, medians, a table. `scripts/bench` prepares and calls this."""

import argparse
import json
import os
import platform
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import plot
import proxies
import report
import scenarios
from proxies import LOAD_CORE, Proxy
from scenarios import Scenario

# Requests that warm a fresh proxy up before a measurement.
WARM_REQUESTS = 500
STARTS = 5


def options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="scripts/bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="nginx and Sluice only, two short rounds")
    parser.add_argument("--scaling", action="store_true", help="also 10 to 9,500 streams")
    parser.add_argument("--only", help="names of scenarios, separated by commas")
    parser.add_argument("--proxies", help="names of proxies, separated by commas")
    parser.add_argument("--rounds", type=int)
    parser.add_argument("--seconds", type=float, help="of each measurement")
    parser.add_argument("--sluice", action="append", default=[], metavar="[NAME=]PATH",
                        help="a Sluice executable to measure; several compare builds with each other")
    parser.add_argument("--load", required=True, help=argparse.SUPPRESS)
    parser.add_argument("--results", type=Path, default=Path("Benchmarks/results"))
    given = parser.parse_args()
    given.rounds = given.rounds or (2 if given.quick else 3)
    given.seconds = given.seconds or (2 if given.quick else 5)
    return given


def contenders(given: argparse.Namespace) -> list[Proxy]:
    found = []
    for name, words in (("nginx", ()), ("nginx+log", ("blocking_modest", "blocking_saturated")), ("haproxy", ())):
        binary = shutil.which(name.split("+")[0], path=os.environ.get("PATH", "") + ":/usr/sbin")
        if binary and (name == "nginx" or not given.quick):
            found.append(Proxy(name, binary, words))
    for text in given.sluice:
        name, _, path = text.rpartition("=")
        found.append(Proxy(name or "sluice", str(Path(path).resolve())))
    wanted = given.proxies.split(",") if given.proxies else None
    return [proxy for proxy in found if wanted is None or proxy.name in wanted]


def load(given: argparse.Namespace, words: list[str]) -> dict:
    """Runs the generator on its core and reads its result."""
    done = subprocess.run(
        ["taskset", "-c", str(LOAD_CORE), given.load, *words], capture_output=True, text=True, timeout=300, check=False)
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
    running = proxies.start(proxy, folder, upstream)
    try:
        ports += ["--proxy", str(running.port)]
        load(given, ["blocking", *ports, "--requests", str(WARM_REQUESTS), "--connections", "8"])
        seconds = min(given.seconds, 2) if scenario.name == "memory" else given.seconds
        warmup = 0.5 if given.quick else 1
        if scenario.name == "first_event":
            warmup = 3  # until streams end and begin evenly, and connections to the upstream are there
        pids = [word for pid in running.pids() for word in ("--pid", str(pid))]
        return load(given, [
            *scenario.words(warmup, seconds), *ports, *pids, "--warmup", str(warmup), "--duration", str(seconds)])
    finally:
        running.stop()


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
            ask_once(running.port)
            passed = time.monotonic() - began
            time.sleep(0.3)
            return {"start_ms": passed * 1000, "idle_mib": proxies.proportional_kib(running.pids()) / 1024}
        finally:
            running.stop()
    finally:
        mock.terminate()
        mock.wait()


def ask_once(port: int) -> None:
    body = b'{"model":"bench","messages":[]}'
    head = (
        b"POST /v1/chat/completions HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
        b"Content-Length: %d\r\n\r\n")
    with socket.create_connection(("127.0.0.1", port), 10) as client:
        client.sendall(head % len(body) + body)
        answer = client.recv(65536)
    if not answer.startswith(b"HTTP/1.1 200"):
        raise SystemExit(f"the first answer is not 200 but {answer[:60]!r}")


def run(given: argparse.Namespace, tested: list[Proxy], folder: Path) -> dict:
    """All rounds; the proxies take turns inside each, so that what disturbs the machine disturbs all of them."""
    wanted = given.only.split(",") if given.only else None
    chosen = [*scenarios.SCENARIOS, *(scenarios.SCALING if given.scaling else [])]
    results: dict[str, dict[str, list[dict]]] = {}
    for number in range(given.rounds):
        for scenario in chosen:
            if wanted and scenario.name not in wanted:
                continue
            fitting = [proxy for proxy in tested if not proxy.scenarios or scenario.name in proxy.scenarios]
            turn = number % len(fitting)
            for proxy in fitting[turn:] + fitting[:turn]:
                print(f"round {number + 1}/{given.rounds}: {scenario.name}, {proxy.name}", file=sys.stderr, flush=True)
                result = measure(given, proxy, scenario, folder / proxy.name)
                if "error" in result:
                    print(f"  {result['error']}", file=sys.stderr)
                results.setdefault(scenario.name, {}).setdefault(proxy.name, []).append(result)
    if not wanted or "start" in wanted:
        for _ in range(STARTS):
            for proxy in tested:
                if not proxy.scenarios:
                    result = measure_start(given, proxy, folder / proxy.name)
                    results.setdefault("start", {}).setdefault(proxy.name, []).append(result)
    return results


def main() -> int:
    given = options()
    tested = contenders(given)
    began = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    with tempfile.TemporaryDirectory(prefix="sluice-bench-") as folder:
        os.chmod(folder, 0o755)  # nginx drops its rights and must still get at its files
        results = run(given, tested, Path(folder))
    document = {
        "began": began, "seconds": given.seconds, "rounds": given.rounds,
        "machine": {"cores": os.cpu_count(), "kernel": platform.release(), "cpu": report.processor()},
        "versions": {proxy.name: proxies.version(proxy) for proxy in tested},
        "figures": report.figures(results), "results": results,
    }
    given.results.mkdir(parents=True, exist_ok=True)
    table = report.markdown(document)
    (given.results / "latest.json").write_text(json.dumps(document, indent=1) + "\n")
    (given.results / "latest.md").write_text(table)
    (given.results / "latest.svg").write_text(plot.svg(document))
    print(table)
    wrong = [f"{name}, {proxy}" for name, by_proxy in results.items() for proxy, rounds in by_proxy.items()
             if any("error" in result for result in rounds)]
    if wrong:
        print("wrong answers: " + "; ".join(wrong), file=sys.stderr)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
