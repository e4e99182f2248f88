"""Curves of a board: the truth and what is the same for all once, one series a row."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np

from downbench_leaderboard.boards.rows import Row
from downbench_leaderboard.records.cards import CurveCard

_DIGITS = 5
OWN = "ensemble"  # the series of a curve that is the method's
AGAINST = ("truth", "calibrated")  # how the labels of those begin that it is held against


def curves_payload(rows: Sequence[Row]) -> dict[str, Any]:
    """Charts by metric: ``x``, ``shared`` series by label, and ``own`` series as (row, label, x or None, y).

    What methods are held against (the truth, a calibrated ensemble) is drawn once: the series, to five
    digits, that all rows agree on, or most of them where it is one of the truth. A row that does not agree
    brings its own. Seeds are averaged where their abscissas agree.
    """
    charts: dict[str, Any] = {}
    for number, row in enumerate(rows):
        for name in row.run.curves:
            curves = [entry.run.curves[name] for entry in row.entries if name in entry.run.curves]
            _add(charts, name, number, _mean_curve(curves))
    for chart in charts.values():
        _share(chart)
    return charts


def _add(charts: dict[str, Any], name: str, row: int, curve: CurveCard) -> None:
    labels = {"x_label": curve.x_label, "y_label": curve.y_label, "log_x": curve.log_x, "log_y": curve.log_y}
    x = _rounded(curve.x)
    chart = charts.setdefault(name, {**labels, "x": x, "shared": {}, "own": []})
    abscissa = None if chart["x"] == x else x
    chart["own"] += [[row, label, abscissa, _rounded(y)] for label, y in curve.series.items()]


def _share(chart: dict[str, Any]) -> None:
    for label in dict.fromkeys(series[1] for series in chart["own"]):
        here = [tuple(y) for _, name, x, y in chart["own"] if name == label and x is None]
        if label == OWN or not here:
            continue
        [(most, often)] = Counter(here).most_common(1)
        if label.startswith(AGAINST) or (often == len(here) > 1):
            chart["shared"][label] = list(most)
            chart["own"] = [
                s for s in chart["own"] if s[1] != label or s[2] is not None or tuple(s[3]) != most
            ]


def _mean_curve(curves: Sequence[CurveCard]) -> CurveCard:
    """Mean over seeds of the method's own series; the first seed's where they cannot be averaged."""
    first = curves[0]
    same = [c for c in curves if c.x == first.x and c.series.keys() == first.series.keys()]
    if len(same) < len(curves) or len(curves) == 1 or OWN not in first.series:
        return first
    series = [[np.nan if v is None else v for v in curve.series[OWN]] for curve in curves]
    if len({len(ordinates) for ordinates in series}) > 1:
        return first
    means = [None if np.isnan(v) else float(v) for v in np.mean(series, axis=0)]
    return first.model_copy(update={"series": {**first.series, OWN: means}})


def _rounded(values: Sequence[float | None]) -> list[float | None]:
    return [None if v is None else float(f"{v:.{_DIGITS}g}") for v in values]
