"""Measures proxies side by side: interleaved rounds, medians, a table. `scripts/bench` prepares and calls this."""

import argparse
import json
import os
import sys
import tempfile
import time
from pathlib import Path

import plot
import proxies
import report
import scaling
import scenarios
from measuring import measure, measure_start
from proxies import Proxy

STARTS = 5


def options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="scripts/bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="nginx and Sluice only, two short rounds")
    parser.add_argument("--scaling", action="store_true", help="curves over streams, models, keys and loops instead")
    parser.add_argument("--only", help="names of scenarios or curves, separated by commas")
    parser.add_argument("--proxies", help="names of proxies, separated by commas")
    parser.add_argument("--rounds", type=int)
    parser.add_argument("--seconds", type=float, help="of each measurement")
    parser.add_argument("--sluice", action="append", default=[], metavar="[NAME=]PATH",
                        help="a Sluice executable to measure; several compare builds with each other")
    parser.add_argument("--load", required=True, help=argparse.SUPPRESS)
    parser.add_argument("--results", type=Path, default=Path("Benchmarks/results"))
    parser.add_argument("--name", default="latest", help="of the files with the results (%(default)s)")
    given = parser.parse_args()
    given.rounds = given.rounds or (2 if given.quick else 3)
    given.seconds = given.seconds or (2 if given.quick else 5)
    return given


def contenders(given: argparse.Namespace) -> list[Proxy]:
    builds = []
    for text in given.sluice:
        name, _, path = text.rpartition("=")
        builds.append(Proxy(name or "sluice", str(Path(path).resolve())))
    found = [proxy for proxy in proxies.installed() if proxy.name == "nginx" or not given.quick] + builds
    wanted = given.proxies.split(",") if given.proxies else None
    return [proxy for proxy in found if wanted is None or proxy.name in wanted]


def run(given: argparse.Namespace, tested: list[Proxy], folder: Path) -> dict:
    """All rounds; the proxies take turns inside each, so that what disturbs the machine disturbs all of them."""
    wanted = given.only.split(",") if given.only else None
    results: dict[str, dict[str, list[dict]]] = {}
    for number in range(given.rounds):
        for scenario in scenarios.SCENARIOS:
            if wanted and scenario.name not in wanted:
                continue
            fitting = [proxy for proxy in tested if not proxy.scenarios or scenario.name in proxy.scenarios]
            turn = number % max(1, len(fitting))
            for proxy in fitting[turn:] + fitting[:turn]:
                print(f"round {number + 1}/{given.rounds}: {scenario.name}, {proxy.name}", file=sys.stderr, flush=True)
                result = measure(given, proxy, scenario, folder / proxy.name)
                if "error" in result:
                    print(f"  {result['error']}", file=sys.stderr)
                results.setdefault(scenario.name, {}).setdefault(proxy.name, []).append(result)
    if not wanted or "start" in wanted:
        for _ in range(STARTS):
            for proxy in tested:
                if not proxy.scenarios or "start" in proxy.scenarios:
                    result = measure_start(given, proxy, folder / proxy.name)
                    results.setdefault("start", {}).setdefault(proxy.name, []).append(result)
    return results


def main() -> int:
    given = options()
    tested = contenders(given)
    began = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    with tempfile.TemporaryDirectory(prefix="sluice-bench-") as folder:
        os.chmod(folder, 0o755)  # nginx drops its rights and must still get at its files
        if given.scaling:
            return scaling.run(given, tested, Path(folder))
        results = run(given, tested, Path(folder))
    document = {
        "began": began, "seconds": given.seconds, "rounds": given.rounds,
        "machine": report.machine(),
        "versions": {proxy.name: proxies.version(proxy) for proxy in tested},
        "figures": report.figures(results), "results": results,
    }
    given.results.mkdir(parents=True, exist_ok=True)
    table = report.markdown(document)
    (given.results / f"{given.name}.json").write_text(json.dumps(document, indent=1) + "\n")
    (given.results / f"{given.name}.md").write_text(table)
    (given.results / f"{given.name}.svg").write_text(plot.svg(document))
    print(table)
    wrong = [f"{name}, {proxy}" for name, by_proxy in results.items() for proxy, rounds in by_proxy.items()
             if any("error" in result for result in rounds)]
    if wrong:
        print("wrong answers: " + "; ".join(wrong), file=sys.stderr)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
