"""A figure of paired differences with their intervals, as SVG that reads on light and on dark pages."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import NamedTuple

WIDTH, LEFT, ROW, MARGIN = 760, 230, 20, 34
INK, MARK = "#808890", "#00897b"
FARTHEST = 4.0  # times the middle distance from zero: what lies beyond would squeeze all others


class Interval(NamedTuple):
    """A row: less than zero is better than what it is compared with."""

    name: str
    value: float
    low: float
    high: float


def svg(rows: Sequence[Interval], title: str) -> str:
    """A line for each row, in their order; rows that lie too far out end at an arrow with their value."""
    far = sorted(max(abs(row.low), abs(row.high)) for row in rows)
    reach = min(far[-1], FARTHEST * far[len(far) // 2]) or 1.0
    height = MARGIN * 2 + ROW * len(rows)

    def x(value: float) -> float:
        inside = min(max(value, -reach), reach)
        return round(LEFT + (WIDTH - LEFT - 90) * (inside + reach) / (2 * reach), 1)

    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" role="img" '
        f'font-family="sans-serif" font-size="12" fill="{INK}">',
        f"<title>{escape(title)}</title>",
        f'<text x="{LEFT}" y="16">{escape(title)}</text>',
        f'<line x1="{x(0)}" x2="{x(0)}" y1="{MARGIN - 8}" y2="{height - MARGIN}" stroke="{INK}"/>',
    ]
    for number, row in enumerate(rows):
        y = MARGIN + ROW * number
        parts.append(f'<text x="{LEFT - 8}" y="{y + 4}" text-anchor="end">{escape(row.name)}</text>')
        if max(abs(row.low), abs(row.high)) > reach:
            at, sign = (WIDTH - 84, "→") if row.value > 0 else (LEFT + 2, "←")
            parts.append(f'<text x="{at}" y="{y + 4}">{sign} {row.value:+.2g}</text>')
            continue
        parts.append(
            f'<line x1="{x(row.low)}" x2="{x(row.high)}" y1="{y}" y2="{y}" stroke="{MARK}" stroke-width="2"/>'
            f'<circle cx="{x(row.value)}" cy="{y}" r="3.5" fill="{MARK}"/>'
        )
    for value in (-reach / 2, 0.0, reach / 2):
        parts.append(f'<text x="{x(value)}" y="{height - 12}" text-anchor="middle">{value:+.2g}</text>')
    return "\n".join([*parts, "</svg>"]) + "\n"
