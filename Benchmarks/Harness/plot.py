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
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height}" font-family="sans-serif" font-size="13">',
        f'<rect width="{WIDTH}" height="{height}" fill="#ffffff"/>',
        f'<text x="{one:.0f}" y="15" text-anchor="middle" fill="#555555">nginx = 1</text>',
    ]
    for index, (figure, ratio) in enumerate(rows, 1):
        top = index * ROW
        fits = ratio <= figure.must
        limit = LABEL + figure.must * scale
        parts += [
            f'<text x="{LABEL - 8}" y="{top + 16}" text-anchor="end" fill="#222222">{escape(figure.title)}</text>',
            f'<rect x="{LABEL}" y="{top + 4}" width="{ratio * scale:.0f}" height="16" fill="{"#2a7f62" if fits else "#c26a2e"}"/>',
            f'<line x1="{limit:.0f}" x2="{limit:.0f}" y1="{top + 2}" y2="{top + 22}" stroke="#222222" stroke-width="2"/>',
            f'<text x="{LABEL + ratio * scale + 6:.0f}" y="{top + 16}" fill="#222222">{ratio:.2f}</text>',
        ]
    parts.append(f'<line x1="{one:.0f}" x2="{one:.0f}" y1="{ROW}" y2="{height}" stroke="#888888" stroke-dasharray="4 3"/>')
    return "\n".join([*parts, "</svg>"]) + "\n"
