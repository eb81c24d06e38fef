"""Draws the cost of Sluice relative to nginx, one bar per figure, and curves of costs, as SVG."""

import math
from html import escape

from report import BASELINE, cost
from scenarios import FIGURES

WIDTH, ROW, LABEL, RIGHT = 860, 24, 400, 60
# One panel of curves, and the space around its axes.
PANEL, LEFT, TOP, BOTTOM = 190, 60, 34, 40
COLOURS = {"nginx": "#888888", "haproxy": "#5b7fb5"}
SLUICE_COLOUR = "#2a7f62"


def svg(document: dict, proxy: str = "sluice") -> str:
    """Bars from zero; the line at 1 is nginx, the tick on a bar is the limit that must be kept."""
    rows = []
    for figure in FIGURES:
        values = document["figures"].get(figure.title, {})
        if figure.must and BASELINE in values and proxy in values:
            rows.append((figure, cost(figure, values[proxy], values[BASELINE])))
    longest = max([2.0, *(ratio for _, ratio in rows)])
    scale = (WIDTH - LABEL - RIGHT) / longest
    height = ROW * (len(rows) + 1) + 8
    one = LABEL + scale
    parts = [*opening(height), text(one, 15, "middle", "nginx = 1")]
    for index, (figure, ratio) in enumerate(rows, 1):
        top = index * ROW
        colour = "#2a7f62" if ratio <= figure.must else "#c26a2e"
        parts += [
            text(LABEL - 8, top + 16, "end", figure.title),
            f'<rect x="{LABEL}" y="{top + 4}" width="{ratio * scale:.0f}" height="16" fill="{colour}"/>',
            line(LABEL + figure.must * scale, top + 2, top + 22, 'stroke="#222222" stroke-width="2"'),
            text(LABEL + ratio * scale + 6, top + 16, "start", f"{ratio:.2f}"),
        ]
    parts.append(line(one, ROW, height, 'stroke="#888888" stroke-dasharray="4 3"'))
    return "\n".join([*parts, "</svg>"]) + "\n"


def opening(height: int) -> list[str]:
    return [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height}" font-family="sans-serif" '
        'font-size="13">',
        f'<rect width="{WIDTH}" height="{height}" fill="#ffffff"/>',
    ]


def curves(panels: list[tuple]) -> str:
    """One panel for each curve and its costs by proxy: from zero upwards, the quantity on a logarithmic scale."""
    parts = opening(PANEL * len(panels))
    for number, (curve, costs) in enumerate(panels):
        parts += panel(curve, costs, number * PANEL)
    return "\n".join([*parts, "</svg>"]) + "\n"


def panel(curve, costs: dict[str, dict[str, float]], top: int) -> list[str]:
    floor, right = top + PANEL - BOTTOM, WIDTH - 130
    highest = max([1.0, *(cost for values in costs.values() for cost in values.values())])
    step = 10 ** math.floor(math.log10(highest))
    step = step if highest / step >= 3 else step / 2
    scale = (PANEL - TOP - BOTTOM) / (math.ceil(highest / step) * step)
    first, last = math.log10(curve.values[0]), math.log10(curve.values[-1])

    def across(value: int) -> float:
        return LEFT + (math.log10(value) - first) / (last - first) * (right - LEFT)

    parts = [text(LEFT, top + 20, "start", curve.title)]
    for index in range(math.ceil(highest / step) + 1):
        y = floor - index * step * scale
        parts += [text(LEFT - 8, y + 4, "end", f"{index * step:g}"),
                  f'<line x1="{LEFT}" x2="{right}" y1="{y:.0f}" y2="{y:.0f}" stroke="#dddddd"/>']
    parts += [text(across(value), floor + 16, "middle", f"{value:,}") for value in curve.values]
    parts.append(text(right + 40, floor + 16, "start", curve.axis))
    for index, (name, values) in enumerate(costs.items()):
        colour = COLOURS.get(name, SLUICE_COLOUR)
        points = [(across(int(value)), floor - cost * scale) for value, cost in values.items()]
        path = " ".join(f"{x:.0f},{y:.0f}" for x, y in points)
        parts.append(f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"/>')
        parts += [f'<circle cx="{x:.0f}" cy="{y:.0f}" r="3" fill="{colour}"/>' for x, y in points]
        if points:
            # Where lines end together their names stand below each other.
            parts.append(text(points[-1][0] + 10, points[-1][1] + 4 + 14 * index, "start", name))
    return parts


def text(x: float, y: float, anchor: str, content: str) -> str:
    return f'<text x="{x:.0f}" y="{y:.0f}" text-anchor="{anchor}" fill="#222222">{escape(content)}</text>'


def line(x: float, top: float, bottom: float, style: str) -> str:
    return f'<line x1="{x:.0f}" x2="{x:.0f}" y1="{top:.0f}" y2="{bottom:.0f}" {style}/>'
