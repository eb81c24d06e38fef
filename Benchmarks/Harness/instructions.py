"""Counts the instructions of Sluice per operation with callgrind. `scripts/profile` prepares and calls this.

The counts do not depend on what else the machine does, so two builds can be compared at any time. They leave the
kernel's work out.
"""

import argparse
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import proxies

# Name: loads that differ only in how often the operation happens, and by how much.
STREAM = ["stream", "--connections", "10", "--requests", "10"]
BLOCKING = ["blocking", "--connections", "4"]
OPERATIONS = {
    "blocking": ([*BLOCKING, "--requests", "200"], [*BLOCKING, "--requests", "1200"], 1000),
    "stream": ([*STREAM, "--events", "200"], [*STREAM, "--events", "1200"], 10_000),
    "batch": ([*STREAM, "--events", "1600", "--batch", "8"], [*STREAM, "--events", "9600", "--batch", "8"], 80_000),
}


def record(binary: str, load: str, words: list[str], folder: Path) -> Path:
    """Runs Sluice under callgrind with this load; the file with the counts."""
    upstream = proxies.free_port()
    out = folder / "callgrind.out"
    proxy = proxies.Proxy("sluice", binary)
    callgrind = ["valgrind", "--tool=callgrind", f"--callgrind-out-file={out}"]
    running = proxies.start(proxy, folder, upstream, wrapper=callgrind)
    try:
        ports = ["--upstream", str(upstream), "--proxy", str(running.port)]
        subprocess.run([load, *words, *ports], check=True, stdout=subprocess.DEVNULL, timeout=300)
        time.sleep(0.5)
    finally:
        running.stop()
    return out


def total(file: Path) -> int:
    return int(re.search(r"^(?:summary|totals): (\d+)", file.read_text(), re.MULTILINE).group(1))


def functions(file: Path, operations: int, count: int) -> list[str]:
    """The functions with the most instructions, callees included, per operation of the longer run."""
    listing = subprocess.run(
        ["callgrind_annotate", "--auto=no", "--inclusive=yes", "--threshold=100", str(file)], capture_output=True,
        text=True, check=True).stdout
    found: dict[str, int] = {}
    for line in listing.splitlines():
        match = re.match(r"\s*([\d,]+) \(\s*[\d.]+%\)\s+\S.*?:(.*?)(?: \[.*\])?$", line)
        if match and not match.group(2).startswith("0x"):
            instructions = int(match.group(1).replace(",", ""))
            found[match.group(2)] = max(found.get(match.group(2), 0), instructions)
    ranked = sorted(found.items(), key=lambda item: -item[1])[:count]
    names = subprocess.run(
        ["swift", "demangle", "--simplified"], input="\n".join(name for name, _ in ranked), capture_output=True,
        text=True, check=True).stdout.splitlines()
    return [f"{value / operations:12,.0f}  {name[:120]}" for (_, value), name in zip(ranked, names, strict=True)]


def main() -> int:
    parser = argparse.ArgumentParser(prog="scripts/profile", description=__doc__)
    parser.add_argument("operations", nargs="*", metavar="|".join(OPERATIONS), help="all of them by default")
    parser.add_argument("--sluice", required=True, metavar="PATH")
    parser.add_argument("--functions", type=int, default=0, metavar="N", help="also the N costliest functions")
    parser.add_argument("--load", required=True, help=argparse.SUPPRESS)
    given = parser.parse_args()
    for name in given.operations or OPERATIONS:
        short, long, operations = OPERATIONS[name]
        with tempfile.TemporaryDirectory(prefix="sluice-profile-") as folder:
            before = total(record(given.sluice, given.load, short, Path(folder)))
            file = record(given.sluice, given.load, long, Path(folder))
            print(f"{name}: {(total(file) - before) / operations:,.0f} instructions each", flush=True)
            if given.functions:
                # All operations of the longer run, those of the shorter one included.
                print("\n".join(functions(file, operations * 6 // 5, given.functions)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
