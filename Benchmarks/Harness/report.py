"""Medians and tables from the raw results."""

import os
import platform
import re
import statistics
from pathlib import Path

from scenarios import FIGURES, Figure

BASELINE = "nginx"


def machine() -> dict:
    match = re.search(r"^model name\s*:\s*(.*)$", Path("/proc/cpuinfo").read_text(), re.MULTILINE)
    return {"cores": os.cpu_count(), "kernel": platform.release(), "cpu": match.group(1) if match else "unknown"}


def figures(results: dict) -> dict[str, dict[str, float]]:
    """The median over the rounds of each figure, by title and proxy; rounds with wrong answers do not count."""
    table: dict[str, dict[str, float]] = {}
    for figure in FIGURES:
        for proxy, rounds in results.get(figure.scenario, {}).items():
            values = [figure.read(result) for result in rounds if "error" not in result]
            if values:
                table.setdefault(figure.title, {})[proxy] = round(statistics.median(values), 3)
    return table


def cost(figure: Figure, value: float, baseline: float) -> float:
    """Cost relative to the baseline: above 1 is worse."""
    if figure.higher_is_better:
        value, baseline = baseline, value
    return value / baseline if baseline else float("inf")


def markdown(document: dict) -> str:
    """The table: one line per figure, one column per proxy, with the cost relative to nginx."""
    names = list(document["versions"])
    lines = [
        "| | " + " | ".join(names) + " | must / aim |",
        "|---" * (len(names) + 2) + "|",
    ]
    for figure in FIGURES:
        values = document["figures"].get(figure.title)
        if not values:
            continue
        cells = []
        for name in names:
            if name not in values:
                cells.append("–")
                continue
            text = f"{values[name]:,.{figure.digits}f}"
            if name != BASELINE and BASELINE in values and figure.scenario != "start":
                text += f" ({cost(figure, values[name], values[BASELINE]):.2f}×)"
            cells.append(text)
        limits = f"{figure.must:g}× / {figure.aim:g}×" if figure.must else ""
        lines.append(f"| {figure.title} | " + " | ".join(cells) + f" | {limits} |")
    machine = document["machine"]
    lines += [
        "",
        f"{document['rounds']} interleaved rounds of {document['seconds']:g} s, medians; in brackets the cost relative"
        f" to {BASELINE} in the same run, above 1 is worse. {machine['cores']} cores, {machine['cpu']}, Linux"
        f" {machine['kernel']}. " + ", ".join(f"{name} {text}" for name, text in document["versions"].items())
        + f". {document['began']}.",
    ]
    return "\n".join(lines) + "\n"
