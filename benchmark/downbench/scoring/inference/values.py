"""From statistics to values: one row per metric, component, region and season, and curves."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from functools import partial
from numbers import Real
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from downbench.contracts.metric import Metric
from downbench.contracts.statistic import Curve, Null, Totals
from downbench.guard import defined_at, described
from downbench.marks import marked
from downbench.scoring.grid import ALL
from downbench.scoring.inference.bootstrap import Job, count_blocks, resampled, why_no_interval
from downbench.scoring.inference.intervals import Bounds, bounds
from downbench.scoring.inference.mistakes import Mistake, tell_mistakes
from downbench.scoring.inference.picked import Picked, StoredTotals
from downbench.scoring.statistics import Statistics

SEASONS = {"DJF": (12, 1, 2), "MAM": (3, 4, 5), "JJA": (6, 7, 8), "SON": (9, 10, 11)}
Row = dict[str, Any]
_WEIGHT = "valid area"


def season_bins(statistics: Statistics) -> dict[str, NDArray[np.bool_]]:
    """Time bins (bin,) of ``all`` and, when more than one season is present, of each season."""
    layout = statistics.layout
    first = np.unique(layout.step_bin, return_index=True)[1]  # a long bin may begin earlier
    months = layout.times[first].astype("datetime64[M]").astype(np.int64) % 12 + 1
    chosen = {name: np.isin(months, season) for name, season in SEASONS.items()}
    present = {name: mask for name, mask in chosen.items() if mask.any()}
    return {ALL: np.ones(len(months), bool), **(present if len(present) > 1 else {})}


def totals(
    statistics: Statistics,
    metric: str,
    region: str = ALL,
    bins: NDArray[np.bool_] | None = None,
    probabilistic: bool = True,
) -> Totals:
    """A metric's statistics for a region and the chosen time bins (bin,), all of them by default."""
    column = statistics.regions.index(region)
    layout = statistics.layout
    chosen = np.ones(len(layout.bin_times), bool) if bins is None else bins
    rows = {"bin": chosen, "step": chosen[layout.step_bin]}
    keys = {**statistics.keys[metric], _WEIGHT: "weight"}
    picked = Picked(statistics, keys, rows, column)
    failed = statistics.info.get("failed", {}).get(metric)
    info = {**statistics.info, "probabilistic": probabilistic, "failed": failed}
    return StoredTotals(picked, statistics.members, info)


def components(metric: Metric, whole: Totals) -> dict[str, float | Null]:
    """Value of a metric by component (``""`` for its only one); what is not finite becomes null."""
    try:
        value = metric.value(whole)
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # a metric that fails costs its value, never the run
        value = Mistake(described(f"metric {metric.name!r}", type(metric), error)[0])
    many = value if isinstance(value, Mapping) else {"": value}
    return {str(name): _number(each, metric) for name, each in many.items()}


def _number(value: object, metric: Metric) -> float | Null:
    if isinstance(value, Null):
        return value
    if isinstance(value, Real) or (isinstance(value, np.ndarray) and value.ndim == 0):
        return float(value) if math.isfinite(value) else Mistake("not finite")
    return Mistake(
        f"value() returned a {type(value).__name__} ({defined_at(type(metric).value)}); a value is a number, "
        "a downbench.Null, or a mapping from component to either"
    )


def why_null(metric: Metric, region: str, whole: Totals, probabilistic: bool) -> Null | None:
    """Reason why a metric has no value here, whatever its statistics."""
    if whole.info.get("failed"):
        return Null(whole.info["failed"])
    if not whole[_WEIGHT].any():
        return Null("no valid cells")
    if whole.info.get("points") and not metric.at_points():
        return Null("needs whole tiles, neighbouring cells or coarse rain, which stations do not have")
    if region != ALL and not metric.regional:
        return Null("defined for whole tiles only")
    if metric.needs == "ensemble" and not probabilistic:
        return Null("needs an ensemble, the method is deterministic")
    if metric.needs == "ensemble" and whole.members < 2:
        return Null("needs at least two members")
    return None


class Outcome(NamedTuple):
    """All that follows from statistics.

    Args:
        rows: values with their intervals.
        curves: by metric, over the whole domain and time, JSON-ready.
        drawn: metric to component to resampled values (resample,) over the whole domain and time; empty where
            there can be no intervals.
        parts: (region, season) to metric to resampled values of its headline, where there are intervals.
    """

    rows: list[Row]
    curves: dict[str, dict[str, Any]]
    drawn: dict[str, dict[str, NDArray[np.float64]]]
    parts: dict[tuple[str, str], dict[str, NDArray[np.float64]]]


def work_out(
    statistics: Statistics, metrics: Mapping[str, Metric], probabilistic: bool
) -> tuple[list[Row], dict[str, dict[str, Any]]]:
    """Work out all values and curves: rows and curves of :func:`work_out_all`."""
    return work_out_all(statistics, metrics, probabilistic)[:2]


def work_out_all(statistics: Statistics, metrics: Mapping[str, Metric], probabilistic: bool) -> Outcome:
    """Work out all values and curves, and keep what was resampled.

    Args:
        statistics: of a run.
        metrics: by name; each must have had its statistics added up.
        probabilistic: whether the method's members differ.

    Returns:
        Rows with metric, component, region, season, value, low, high, unit, n (scored time steps), n_eff
        (resampling blocks in them), members, reason and reason_interval: a value or interval that cannot be
        given is None, and the reason says why. Curves and resampled values.
    """
    seasons = season_bins(statistics)
    rows: list[Row] = []
    curves: dict[str, dict[str, Any]] = {}
    kept: dict[str, dict[str, NDArray[np.float64]]] = {}
    parts: dict[tuple[str, str], dict[str, NDArray[np.float64]]] = {}
    for region in statistics.regions:
        for season, bins in seasons.items():
            jobs = make_jobs(statistics, metrics, region, bins, probabilistic)
            no_interval = why_no_interval(statistics, bins)
            if region != ALL and season != ALL:
                no_interval = "worked out for the whole domain or whole time only"
            values = {name: _values(name, job) for name, job in jobs.items()}
            drawn = {} if no_interval else resampled(statistics, jobs, bins)
            if region == season == ALL:
                kept = drawn
                tell_mistakes(metrics, values)
            elif drawn:
                heads = {name: drawn[name].get(metric.headline) for name, metric in metrics.items()}
                parts[region, season] = {name: own for name, own in heads.items() if own is not None}
            for name, job in jobs.items():
                facts = {
                    "region": region,
                    "season": season,
                    "unit": metrics[name].unit,
                    "n": int((job.totals.bins[_WEIGHT] > 0).sum()),
                    "n_eff": count_blocks(statistics, bins),
                    "members": statistics.members,
                }
                why = no_interval or metrics[name].no_interval
                rows += _rows(name, values[name], facts, drawn.get(name, {}), why, statistics.block or 1)
    for name, metric in metrics.items():
        whole = totals(statistics, name, probabilistic=probabilistic)
        if why_null(metric, ALL, whole, probabilistic) is None:
            with marked(f"metric {name!r}", None):
                curve = _curve(metric, whole)
            if curve is not None:
                curves[name] = curve
    order = {name: i for i, name in enumerate(metrics)}
    return Outcome(sorted(rows, key=lambda row: order[row["metric"]]), curves, kept, parts)


def make_jobs(
    statistics: Statistics,
    metrics: Mapping[str, Metric],
    region: str,
    bins: NDArray[np.bool_],
    probabilistic: bool,
) -> dict[str, Job]:
    """Totals of each metric over a region and time bins (bin,), with the way to its values."""
    jobs = {}
    for name, metric in metrics.items():
        whole = totals(statistics, name, region, bins, probabilistic)
        why = why_null(metric, region, whole, probabilistic)
        work = partial(components, metric) if why is None else _null(why)
        jobs[name] = Job(whole, work, bool(metric.no_interval))
    return jobs


def _null(why: Null) -> Callable[[Totals], dict[str, float | Null]]:
    return lambda whole: {"": why}


def _values(name: str, job: Job) -> Mapping[str, float | Null]:
    """The values of a metric; what ends the interpreter here would do so in its resamples too."""
    with marked(f"metric {name!r}", None):
        return job.components(job.totals)


def _rows(
    name: str,
    values: Mapping[str, float | Null],
    facts: Mapping[str, Any],
    drawn: Mapping[str, NDArray[np.float64]],
    no_interval: str,
    block: int,
) -> list[Row]:
    """One row per component; ``drawn`` has its resampled values, of blocks of ``block`` bins."""
    rows = []
    for component, value in values.items():
        interval: Bounds = (None, None, no_interval or "no value")
        if not no_interval:
            interval = bounds(value, drawn.get(component), facts["n_eff"], block)
        rows.append(
            {
                "metric": name,
                "component": component,
                **facts,
                "value": None if isinstance(value, Null) else value,
                "low": interval[0],
                "high": interval[1],
                "reason": value.reason if isinstance(value, Null) else None,
                "reason_interval": interval[2] or None,
            }
        )
    return rows


def _curve(metric: Metric, whole: Totals) -> dict[str, Any] | None:
    """A metric's curve as JSON, points that are not finite as None."""
    try:
        curve = metric.curve(whole)
    except KeyboardInterrupt:
        raise
    except BaseException:  # as with values: a broken drawing costs itself only
        return None
    if not isinstance(curve, Curve):
        return None
    return {
        "x": _plain(curve.x),
        "series": {label: _plain(values) for label, values in curve.series.items()},
        "x_label": curve.x_label,
        "y_label": curve.y_label,
        "log_x": curve.log_x,
        "log_y": curve.log_y,
    }


def _plain(values: NDArray[np.float64]) -> list[float | None]:
    return [float(v) if math.isfinite(v) else None for v in values]
