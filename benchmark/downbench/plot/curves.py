"""Curves of one or more runs in one figure: the truth once, in black, and each method in its colour."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from downbench.api.opened import Run, open_run
from downbench.errors import UserError
from downbench.plot.style import IDEAL, TRUTH, drawing, line_of, log_axis, tidy
from downbench.store.record_parts import CurvePart

RunOrPath = Run | str | os.PathLike[str]
ENSEMBLE, TRUE, CALIBRATED = "ensemble", "truth", "calibrated"


def curves(runs: RunOrPath | Iterable[RunOrPath], metric: str, title: str = "") -> Figure:
    """Draw the curve that a metric has, of one or more runs.

    Args:
        runs: opened, or their directories.
        metric: by name.
        title: of the figure; that of the metric by default.

    Raises:
        UserError: a run has no such curve.
    """
    opened = several(runs)
    named = [(name, _curve(run, metric)) for name, run in zip(names_of(opened), opened, strict=True)]
    first = named[0][1]
    figure = drawing(6.0, 4.0)
    axes = figure.subplots()
    _draw(axes, named)
    for axis, log in ((axes.xaxis, first.log_x), (axes.yaxis, first.log_y)):
        if log:
            log_axis(axis)
    axes.set_xlabel(first.x_label)
    axes.set_ylabel(first.y_label)
    axes.set_title(title or opened[0].record.metrics[metric].title, loc="left", fontsize=11)
    tidy(axes)
    axes.legend(frameon=False, fontsize=9)
    return figure


def spectra(runs: RunOrPath | Iterable[RunOrPath]) -> Figure:
    """Power of rain [(mm/h)2] against wavenumber, of truth and methods (metric ``psd``)."""
    return curves(runs, "psd", "Power by wavenumber")


def intensity(runs: RunOrPath | Iterable[RunOrPath]) -> Figure:
    """Rain [mm/h] against the probability of exceeding it (metric ``quantiles``)."""
    figure = curves(runs, "quantiles", "Rain that is exceeded so often")
    figure.axes[0].invert_xaxis()  # the rarest to the right
    return figure


def reliability(runs: RunOrPath | Iterable[RunOrPath]) -> Figure:
    """How often rain is above a threshold, against the share of members that say so (metric ``reliability``).

    A panel for each run.
    """
    opened = several(runs)
    parts = [_curve(run, "reliability") for run in opened]
    figure = drawing(3.6 * len(opened) + 0.8, 3.8)
    panels = figure.subplots(1, len(opened), sharex=True, sharey=True, squeeze=False)[0]
    for axes, name, part in zip(panels, names_of(opened), parts, strict=True):
        for number, (label, values) in enumerate((k, v) for k, v in part.series.items() if k != CALIBRATED):
            axes.plot(*_points(part, values), marker="o", markersize=3, label=label, **line_of(number))
        axes.plot([0, 1], [0, 1], color=IDEAL, linewidth=1, linestyle=":", label=CALIBRATED)
        axes.set_title(name, loc="left", fontsize=11)
        axes.set_xlabel(part.x_label)
        axes.set_aspect("equal")
        tidy(axes)
    panels[0].set_ylabel(parts[0].y_label)
    panels[-1].legend(frameon=False, fontsize=8, loc="upper left")
    return figure


def rank_histogram(runs: RunOrPath | Iterable[RunOrPath]) -> Figure:
    """Share of each rank of the truth among the members (metric ``ranks``), a panel for each run.

    Flat is calibrated; a cup has too little spread, a dome too much.
    """
    opened = several(runs)
    parts = [_curve(run, "ranks") for run in opened]
    figure = drawing(3.2 * len(opened) + 0.8, 3.2)
    panels = figure.subplots(1, len(opened), sharey=True, squeeze=False)[0]
    for number, (axes, name, part) in enumerate(zip(panels, names_of(opened), parts, strict=True)):
        x, share = _points(part, part.series[ENSEMBLE])
        axes.bar(x, share, width=0.9, color=line_of(number)["color"])
        axes.axhline(1 / len(part.x), color=IDEAL, linewidth=1, linestyle=":")
        axes.set_title(name, loc="left", fontsize=11)
        axes.set_xlabel(part.x_label)
        tidy(axes)
    panels[0].set_ylabel(parts[0].y_label)
    return figure


def several(runs: RunOrPath | Iterable[RunOrPath]) -> list[Run]:
    """Opened runs of one or more, opened or by their directories.

    Raises:
        UserError: there is none.
    """
    many = [runs] if isinstance(runs, Run | str | os.PathLike) else list(runs)
    if not many:
        raise UserError("there is no run to draw", "give a run, its directory, or several")
    return [run if isinstance(run, Run) else open_run(run) for run in many]


def names_of(runs: Sequence[Run]) -> list[str]:
    """Names for legends: the method, and the seed where several runs have its name."""
    names = [run.record.method.name for run in runs]
    return [
        f"{name}, seed {run.record.seed}" if names.count(name) > 1 else name
        for name, run in zip(names, runs, strict=True)
    ]


def _curve(run: Run, metric: str) -> CurvePart:
    part = run.record.curves.get(metric)
    if part is None:
        has = ", ".join(run.record.curves) or "none"
        raise UserError(
            f"{run.stored.label} has no curve of {metric!r}",
            f"its curves: {has}; deterministic methods have no ranks, small domains no spectra",
        )
    return part


def _draw(axes: Any, named: Sequence[tuple[str, CurvePart]]) -> None:
    """The truth once, then each method; further series (thresholds, kinds of spell) get markers."""
    seen: set[str] = set()
    for number, (name, part) in enumerate(named):
        for k, (label, values) in enumerate(part.series.items()):
            whose, _, rest = label.partition(", ")
            common = whose in (TRUE, CALIBRATED)
            if common and label in seen:
                continue
            seen.add(label)
            style = {"color": TRUTH, "linewidth": 2.2, "linestyle": "-" if not rest or k == 0 else "--"}
            if whose == CALIBRATED:
                style = {"color": IDEAL, "linewidth": 1, "linestyle": ":"}
            elif not common:
                style = line_of(number) if whose == ENSEMBLE else line_of(number + k * len(named))
            own = name if whose == ENSEMBLE else f"{name}, {label}"
            text = label if common else (f"{own}, {rest}" if rest else own)
            axes.plot(*_points(part, values), label=text, **style)


def _points(part: CurvePart, values: Sequence[float | None]) -> tuple[Any, Any]:
    return np.array(part.x, dtype=float), np.array(values, dtype=float)
