"""Curves: what an operation costs with more streams, models, keys and event loops. `scripts/bench --scaling`."""

import argparse
import hashlib
import json
import statistics
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import plot
import proxies
import report
from measuring import measure, measure_start
from proxies import Proxy
from scenarios import Scenario, blocking, credit, paced

# The same number of events in a second over more and more streams.
STREAM_EVENTS = 5000
# Enough connections to keep one loop busy, few enough to tell a request's cost from a crowd's.
REQUESTS = ["--connections", "16"]
STARTS = 3


@dataclass
class Curve:
    """One cost over one quantity. `proxy` makes the contender for one of `values`; None where it says nothing."""

    name: str
    title: str
    axis: str
    operation: str
    values: list[int]
    load: Callable[[int], Scenario]
    proxy: Callable[[Proxy, int], Proxy | None]
    # Whether the configuration grows, so that its reading is worth a number.
    starts: bool = False


def is_sluice(proxy: Proxy) -> bool:
    return proxy.name.split("+")[0] not in ("nginx", "haproxy", "sglang-router", "litellm")


def configuration(models: int = 0, keys: int = 0) -> str:
    """Every other model is a wildcard, which stands for one of the names that are asked for."""
    upstream = '{ name: "mock", base_url: "http://127.0.0.1:UPSTREAM_PORT/v1", auth: "none" }'
    lines = [f"{{ upstreams: [{upstream}], models: ["]
    lines += [f'{{ name: "m/{number:07}/{"*" if number % 2 else "chat"}" }},' for number in range(models)]
    lines += ["{ name: \"*\" },"] if models == 0 else []
    lines += ["], keys: ["]
    for number in range(keys):
        digest = hashlib.sha256(f"sk-bench-{number:07}".encode()).hexdigest()
        lines.append(f'{{ name: "client-{number}", sha256: "{digest}" }},')
    return "\n".join([*lines, "] }"])


def with_models(proxy: Proxy, count: int) -> Proxy | None:
    if not is_sluice(proxy):
        return None
    return replace(
        proxy, config=configuration(models=count), requests=("--models", str(count)), model="m/0000000/chat",
        warmup=500 + 4 * count)


def with_keys(proxy: Proxy, count: int) -> Proxy | None:
    if not is_sluice(proxy):
        return None
    return replace(
        proxy, config=configuration(keys=count), requests=("--keys", str(count)), key="sk-bench-0000000")


def with_loops(proxy: Proxy, count: int) -> Proxy | None:
    return replace(proxy, loops=count, cores="0,1") if is_sluice(proxy) else None


def requests(_: int) -> Scenario:
    return Scenario("requests", "16 connections, as many requests as possible", blocking(*REQUESTS))


def streams(count: int) -> Scenario:
    return Scenario("streams", f"{count:,} streams", paced(count, count * 1_000_000 // STREAM_EVENTS))


CURVES = [
    # Two descriptors a stream in a process: 9,500 is what a limit of 20,000 leaves room for.
    Curve("streams", f"CPU µs per event, {STREAM_EVENTS:,} events/s in all", "streams", "events",
          [10, 100, 1000, 5000, 9500], streams, lambda proxy, count: proxy),
    Curve("models", "CPU µs per blocking request, half of the models wildcards", "models", "requests",
          [1, 10, 100, 1000, 10_000], requests, with_models, starts=True),
    Curve("keys", "CPU µs per blocking request, with one of the configured keys", "client keys", "requests",
          [1, 10, 100, 1000, 10_000, 100_000], requests, with_keys, starts=True),
    Curve("loops_blocking", "CPU µs per blocking request, generator on the same two cores", "loops", "requests", [1, 2],
          lambda _: Scenario("loops", "", blocking("--connections", "64"), cores="0,1"), with_loops),
    Curve("loops_stream", "CPU µs per event, 100 streams, generator on the same two cores", "loops", "events", [1, 2],
          lambda _: Scenario("loops", "", credit(100, 1), cores="0,1"), with_loops),
]


def run(given: argparse.Namespace, tested: list[Proxy], folder: Path) -> int:
    """Measures the wanted curves; results of the others stay in the file."""
    wanted = given.only.split(",") if given.only else [curve.name for curve in CURVES]
    given.results.mkdir(parents=True, exist_ok=True)
    file = given.results / "scaling.json"
    document = json.loads(file.read_text()) if file.exists() else {}
    for curve in CURVES:
        if curve.name in wanted:
            document[curve.name] = trace(given, curve, tested, folder)
    file.write_text(json.dumps(document, indent=1) + "\n")
    table = markdown(document)
    (given.results / "scaling.md").write_text(table)
    (given.results / "scaling.svg").write_text(plot.curves(
        [(curve, document[curve.name]["cost"]) for curve in CURVES
         if curve.name in document and not curve.name.startswith("loops")]))
    print(table)
    wrong = [name for name in wanted if name in document and document[name]["errors"]]
    if wrong:
        print("wrong answers: " + "; ".join(wrong), file=sys.stderr)
    return 1 if wrong else 0


def trace(given: argparse.Namespace, curve: Curve, tested: list[Proxy], folder: Path) -> dict:
    """One curve: for each proxy and value the medians over the rounds."""
    found: dict[str, dict[int, list[dict]]] = {}
    starts: dict[str, dict[int, list[dict]]] = {}
    errors = []
    began = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    for number in range(given.rounds):
        for value in curve.values:
            for proxy in filter(None, (curve.proxy(proxy, value) for proxy in tested)):
                print(f"round {number + 1}/{given.rounds}: {value:,} {curve.axis}, {proxy.name}", file=sys.stderr,
                      flush=True)
                result = measure(given, proxy, curve.load(value), folder / proxy.name)
                if "error" in result:
                    print(f"  {result['error']}", file=sys.stderr)
                    errors.append(f"{proxy.name}, {value}: {result['error']}")
                    continue
                found.setdefault(proxy.name, {}).setdefault(value, []).append(result)
                for _ in range(STARTS if curve.starts and number == 0 else 0):
                    start = measure_start(given, proxy, folder / proxy.name)
                    starts.setdefault(proxy.name, {}).setdefault(value, []).append(start)
    medians = {
        "cost": per_value(found, lambda result: result["proxy_cpu_us"] / max(1, result[curve.operation])),
        "per_second": per_value(found, lambda result: result[curve.operation] / result["seconds"]),
        "start_ms": per_value(starts, lambda result: result["start_ms"]),
        "idle_mib": per_value(starts, lambda result: result["idle_mib"]),
    }
    versions = {proxy.name: proxies.version(proxy) for proxy in tested if proxy.name in found}
    return {
        "began": began, "rounds": given.rounds, "seconds": given.seconds, "machine": report.machine(),
        "versions": versions, "errors": errors, **medians, "results": found,
    }


def per_value(
    results: dict[str, dict[int, list[dict]]], read: Callable[[dict], float]
) -> dict[str, dict[str, float]]:
    """By proxy and value, which is text because JSON knows no other names."""
    return {
        name: {str(value): round(statistics.median(map(read, rounds)), 2) for value, rounds in values.items()}
        for name, values in results.items()
    }


def markdown(document: dict) -> str:
    """One table per curve."""
    lines: list[str] = []
    for curve in CURVES:
        if curve.name not in document:
            continue
        traced = document[curve.name]
        columns = [(f"{name}", traced["cost"][name], ".1f") for name in traced["cost"]]
        if curve.name.startswith("loops"):
            columns += [(f"{name}, {curve.operation}/s", traced["per_second"][name], ",.0f") for name in traced["cost"]]
        if curve.starts:
            for name in traced["start_ms"]:
                columns += [("start, ms", traced["start_ms"][name], ",.0f"),
                            ("idle, MiB", traced["idle_mib"][name], ".1f")]
        lines += [f"{curve.title}:", "", f"| {curve.axis} | " + " | ".join(title for title, _, _ in columns) + " |",
                  "|---" * (len(columns) + 1) + "|"]
        for value in map(str, curve.values):
            cells = [f"{values[value]:{form}}" if value in values else "–" for _, values, form in columns]
            lines.append(f"| {int(value):,} | " + " | ".join(cells) + " |")
        lines += ["", f"{traced['rounds']} rounds of {traced['seconds']:g} s, medians. {traced['began']}.", ""]
    return "\n".join(lines)
