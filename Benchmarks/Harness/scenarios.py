"""What is measured: the load of each scenario, and the figures read from it."""

import math
from collections.abc import Callable
from dataclasses import dataclass


@dataclass
class Scenario:
    """One load. `words` makes the generator's arguments from the seconds of warm-up and of measuring."""

    name: str
    title: str
    words: Callable[[float, float], list[str]]
    # Where the generator runs; the proxy has its own place.
    cores: str = "0"


@dataclass
class Figure:
    """One line of the table: how it is read from a result, and how it compares. Lower is better unless said."""

    scenario: str
    title: str
    read: Callable[[dict], float]
    digits: int = 1
    higher_is_better: bool = False
    # Ratio to nginx in the same run that must be kept, and the one that is aimed at.
    must: float | None = None
    aim: float | None = None


def blocking(*more: str) -> Callable[[float, float], list[str]]:
    return lambda warmup, seconds: ["blocking", *more]


def credit(streams: int, batch: int) -> Callable[[float, float], list[str]]:
    """As many events as the proxy can take, never more than one write under way per stream."""
    events = str(1000 * batch)
    words = ["stream", "--connections", str(streams), "--gap", "0", "--events", events, "--batch", str(batch)]
    return lambda warmup, seconds: words


def paced(streams: int, gap_us: int) -> Callable[[float, float], list[str]]:
    """Streams that all last longer than the measurement, so that only events are measured, no beginnings."""

    def words(warmup: float, seconds: float) -> list[str]:
        # The streams begin spread over one gap; half a second is for connecting them.
        life = gap_us / 1e6 + warmup + seconds + 0.5
        events = math.ceil(life / (gap_us / 1e6)) + 2
        return ["stream", "--connections", str(streams), "--events", str(events), "--gap", str(gap_us)]

    return words


def short_streams(streams: int) -> Callable[[float, float], list[str]]:
    """Streams of a second that come and go at random."""
    words = ["stream", "--connections", str(streams), "--events", "10", "--gap", "100000", "--pause", "100000"]
    return lambda warmup, seconds: words


SCENARIOS = [
    Scenario("blocking_modest", "1,000 blocking requests/s, arriving at random", blocking("--rate", "1000")),
    Scenario("blocking_saturated", "64 connections, as many requests as possible", blocking("--connections", "64")),
    Scenario("stream_modest", "100 streams with 50 events/s each", paced(100, 20_000)),
    Scenario("stream_saturated", "100 streams, as many events as possible, 1 a write", credit(100, 1)),
    Scenario("stream_saturated_8", "100 streams, as many events as possible, 8 a write", credit(100, 8)),
    Scenario("first_event", "1,000 streams of 1 s coming and going", short_streams(1000)),
    Scenario("prompt", "1 MiB prompts, 2 connections", blocking("--connections", "2", "--prompt", str(1 << 20))),
    Scenario("memory", "5,000 open streams, 1 event/s each", paced(5000, 1_000_000)),
]


def per_request(result: dict) -> float:
    return result["proxy_cpu_us"] / max(1, result["requests"])


def per_event(result: dict) -> float:
    return result["proxy_cpu_us"] / max(1, result["events"])


def per_cpu_second(key: str) -> Callable[[dict], float]:
    return lambda result: result[key] / max(1e-9, result["proxy_cpu_us"] / 1e6)


def kib_per_stream(result: dict) -> float:
    return (result["rss_during_kib"] - result["rss_before_kib"]) / 5000


FIGURES = [
    Figure("blocking_modest", "CPU µs per blocking request, modest load", per_request, must=1.5, aim=1.15),
    Figure("blocking_modest", "blocking request p50, µs", lambda result: result["latency_us"]["p50"]),
    Figure("blocking_modest", "blocking request p99, µs", lambda result: result["latency_us"]["p99"]),
    Figure("blocking_saturated", "blocking requests per CPU-second, saturated", per_cpu_second("requests"), 0, True,
           must=1.5, aim=1.15),
    Figure("stream_modest", "CPU µs per relayed event, modest load", per_event, must=1.0, aim=0.85),
    Figure("stream_modest", "added time per event p50, µs", lambda result: result["latency_us"]["p50"], must=1.2,
           aim=1.0),
    Figure("stream_modest", "added time per event p99, µs", lambda result: result["latency_us"]["p99"]),
    Figure("stream_saturated", "events per CPU-second, saturated, 1 event a write", per_cpu_second("events"), 0, True,
           must=1.0, aim=0.85),
    Figure("stream_saturated_8", "the same, 8 events a write", per_cpu_second("events"), 0, True, must=1.3, aim=1.0),
    Figure("first_event", "time to first event p50, 1,000 streams, µs", lambda result: result["first_event_us"]["p50"],
           must=1.2, aim=1.0),
    Figure("first_event", "time to first event p99, 1,000 streams, µs", lambda result: result["first_event_us"]["p99"],
           must=1.2, aim=1.0),
    Figure("prompt", "CPU µs per 1 MiB prompt", per_request, 0, must=1.5, aim=1.1),
    Figure("memory", "KiB per open stream, 5,000 streams", kib_per_stream),
    Figure("start", "resident MiB, idle", lambda result: result["idle_mib"]),
    Figure("start", "start to first answer, ms", lambda result: result["start_ms"]),
]
