"""Where data lie and what their splits cover: a plain map with a graticule, and bars in time."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise

WIDTH = 640.0  # units of the drawings
_STEPS = (1, 2, 5, 10, 15, 30, 45, 90)  # degrees between lines of the graticule
_Edge = Sequence[tuple[float | None, float | None]]
_Points = list[tuple[float, float]]
_DATE = re.compile(r"\b(\d{4})-(\d{2})-(\d{2})(?:[ T](\d{2}):(\d{2}))?")


@dataclass(frozen=True)
class MapDrawing:
    """A map in plate carrée: sizes, paths of tiles, and lines of the graticule with their labels.

    ``tiles`` are those that are scored, ``others`` those of other splits, by the name of the split; the words
    say where the scored ones lie.
    """

    width: float
    height: float
    tiles: list[str]
    others: dict[str, list[str]]
    meridians: list[tuple[float, str]]
    parallels: list[tuple[float, str]]
    words: str


def draw_map(
    outlines: Sequence[_Edge], others: Mapping[str, Sequence[_Edge]] | None = None
) -> MapDrawing | None:
    """A map of all tiles, with a margin around them; None where there is nothing to draw.

    Longitudes go on across the date line, so that a tile there is one piece; a path is broken where an edge
    jumps over half the globe, as on a tile that holds a pole.

    Args:
        outlines: edges of the tiles that are scored, as longitude and latitude.
        others: those of other splits, where they lie elsewhere.
    """
    tiles = _edges(outlines)
    if not tiles:
        return None
    elsewhere = {split: edges for split, own in (others or {}).items() if (edges := _edges(own))}
    xs, ys = ([point[i] for edge in tiles for point in edge] for i in (0, 1))
    everywhere = [point for edges in (tiles, *elsewhere.values()) for edge in edges for point in edge]
    west, east = min(x for x, _ in everywhere), max(x for x, _ in everywhere)
    south, north = min(y for _, y in everywhere), max(y for _, y in everywhere)
    margin = max(0.12 * max(east - west, north - south), 1.0)
    west, east = (-180.0, 180.0) if east - west > 300 else (west - margin, east + margin)
    south, north = max(-90.0, south - margin), min(90.0, north + margin)
    scale = WIDTH / (east - west)
    step = next((s for s in _STEPS if (east - west) / s <= 8), 90)

    def place(x: float, y: float) -> tuple[float, float]:
        return (x - west) * scale, (north - y) * scale

    def drawn(edge: _Points) -> str:
        return _path([place(x, y) for x, y in edge], 180 * scale)

    lines = range(-720, 721, step)
    return MapDrawing(
        WIDTH,
        (north - south) * scale,
        [drawn(edge) for edge in tiles],
        {split: [drawn(edge) for edge in edges] for split, edges in elsewhere.items()},
        [(place(x, 0)[0], _degrees((x + 180) % 360 - 180, "E", "W")) for x in lines if west < x < east],
        [(place(0, y)[1], _degrees(y, "N", "S")) for y in lines if south < y < north],
        f"{_degrees(round(min(ys), 1), 'N', 'S')} to {_degrees(round(max(ys), 1), 'N', 'S')}, "
        f"{_degrees(round((min(xs) + 180) % 360 - 180, 1), 'E', 'W')} to "
        f"{_degrees(round((max(xs) + 180) % 360 - 180, 1), 'E', 'W')}",
    )


def _edges(outlines: Sequence[_Edge]) -> list[_Points]:
    edges = [[(float(x), float(y)) for x, y in edge if x is not None and y is not None] for edge in outlines]
    return [_unwrapped(edge) for edge in edges if len(edge) > 2]


def _unwrapped(edge: list[tuple[float, float]]) -> list[tuple[float, float]]:
    """Longitudes from -180 on, without a jump at the date line unless the edge runs around the globe."""
    plain = [((x + 180) % 360 - 180, y) for x, y in edge]
    east = [(x % 360, y) for x, y in edge]
    jumps = [sum(abs(a[0] - b[0]) > 180 for a, b in pairwise(one)) for one in (plain, east)]
    return east if jumps[1] < jumps[0] else plain


def _path(points: Sequence[tuple[float, float]], jump: float) -> str:
    parts = []
    for i, (x, y) in enumerate(points):
        broken = i == 0 or abs(x - points[i - 1][0]) > jump
        parts.append(f"{'M' if broken else 'L'}{x:.1f} {y:.1f}")
    return "".join(parts)


def _degrees(value: float, positive: str, negative: str) -> str:
    letter = "" if value == 0 else positive if value > 0 else negative
    return f"{abs(value):g}\N{DEGREE SIGN}{letter}"


@dataclass(frozen=True)
class Bar:
    """What a split covers in time: its name, its place from 0 to :data:`WIDTH`, and its days in words."""

    name: str
    start: float
    width: float
    words: str


def draw_times(splits: Mapping[str, str]) -> list[Bar]:
    """Bars of those splits whose descriptions name a first and a last date."""
    spans = {name: span for name, text in splits.items() if (span := _span(text))}
    if not spans:
        return []
    first, last = min(s for s, _ in spans.values()), max(e for _, e in spans.values())
    whole = (last - first).total_seconds() or 1.0
    return [
        Bar(
            name,
            WIDTH * (start - first).total_seconds() / whole,
            max(3.0, WIDTH * (end - start).total_seconds() / whole),
            splits[name],
        )
        for name, (start, end) in spans.items()
    ]


def _span(text: str) -> tuple[datetime, datetime] | None:
    dates = []
    for parts in _DATE.findall(text):
        try:
            year, month, day, hour, minute = (int(part or 0) for part in parts)
            dates.append(datetime(year, month, day, hour, minute))
        except ValueError:  # a date of another calendar, as 30 February
            return None
    return (dates[0], dates[-1]) if len(dates) >= 2 and dates[0] <= dates[-1] else None
