"""Draws the cost of Sluice relative to nginx, one bar per figure, as SVG."""

from html import escape

from report import BASELINE, cost
from scenarios import FIGURES

WIDTH, ROW, LABEL, RIGHT = 860, 24, 400, 60


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
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height}" font-family="sans-serif" '
        'font-size="13">',
        f'<rect width="{WIDTH}" height="{height}" fill="#ffffff"/>',
        text(one, 15, "middle", "nginx = 1"),
    ]
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


def text(x: float, y: float, anchor: str, content: str) -> str:
    return f'<text x="{x:.0f}" y="{y:.0f}" text-anchor="{anchor}" fill="#222222">{escape(content)}</text>'


def line(x: float, top: float, bottom: float, style: str) -> str:
    return f'<line x1="{x:.0f}" x2="{x:.0f}" y1="{top:.0f}" y2="{bottom:.0f}" {style}/>'
