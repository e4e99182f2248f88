"""Paired differences of two runs' values: the same resamples of time bins for both, one interval, a verdict.

What two methods owe to the weather that happened to be scored is shared, so their difference is known much
better than either value. Every metric can be compared, since values are worked out anew from the statistics
of each resample.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from downbench.contracts.metric import Metric
from downbench.contracts.statistic import Null
from downbench.errors import UserError
from downbench.scoring.grid import ALL
from downbench.scoring.inference.bootstrap import RESAMPLES, count_blocks, resampled, why_no_interval
from downbench.scoring.inference.intervals import intervals, p_values
from downbench.scoring.inference.values import make_jobs, season_bins
from downbench.scoring.statistics import Statistics

Direction = Literal["lower", "higher", "zero", "none"]
A_BETTER, B_BETTER, EQUAL = "A better", "B better", "cannot be told apart"


@dataclass(frozen=True)
class Scored:
    """A run's values of all metrics over one region and season, with their resampled values.

    Args:
        values: metric to component to value, or why there is none.
        drawn: metric to component to (resample,), NaN where null; empty where there can be no interval.
        members: of the ensemble.
        blocks: resampling blocks in the time bins, None where the dataset has none.
        block: time bins in a block.
        n: scored time steps.
        no_interval: why there can be no interval, empty otherwise.
    """

    values: Mapping[str, Mapping[str, float | Null]]
    drawn: Mapping[str, Mapping[str, NDArray[np.float64]]]
    members: int
    blocks: int | None
    block: int
    n: int
    no_interval: str


@dataclass(frozen=True)
class Difference:
    """Paired difference of two values, first less second; of their distances from zero where that is best.

    ``verdict`` is None where there is none, and ``reason`` says why; ``p`` is two-sided.
    """

    value: float | None
    low: float | None = None
    high: float | None = None
    p: float | None = None
    verdict: str | None = None
    reason: str = ""


def component_direction(direction: Direction, component: str) -> Direction:
    """The metric's direction, but a signed component is best at zero."""
    return "zero" if "signed" in component.split() and direction in ("lower", "higher") else direction


def score_region(
    statistics: Statistics,
    metrics: Mapping[str, Metric],
    probabilistic: bool,
    region: str = ALL,
    season: str = ALL,
    resamples: int = RESAMPLES,
) -> Scored:
    """Work out values and resampled values of some metrics.

    Raises:
        UserError: no such region or season in the statistics.
    """
    seasons = season_bins(statistics)
    for kind, name, names in (("region", region, statistics.regions), ("season", season, tuple(seasons))):
        if name not in names:
            raise UserError(f"there is no {kind} {name!r} in these scores", f"there are: {', '.join(names)}")
    bins = seasons[season]
    jobs = make_jobs(statistics, metrics, region, bins, probabilistic)
    no_interval = why_no_interval(statistics, bins)
    return Scored(
        values={name: job.components(job.totals) for name, job in jobs.items()},
        drawn={} if no_interval else resampled(statistics, jobs, bins, resamples),
        members=statistics.members,
        blocks=count_blocks(statistics, bins),
        block=statistics.block or 1,
        n=int(bins[statistics.layout.step_bin].sum()),
        no_interval=no_interval,
    )


def comparable(metric: Metric, a: int, b: int) -> bool:
    """Whether values at ``a`` and ``b`` members may be compared: a deterministic method has one member."""
    return metric.fair or a == b


def difference(a: Scored, b: Scored, metric: Metric, component: str) -> Difference:
    """Paired difference of one component, with its interval and the verdict.

    A metric that is not fair in the number of members has none at unequal numbers.
    """
    return differences([a], b, metric, component)[0]


def differences(runs: Sequence[Scored], other: Scored, metric: Metric, component: str) -> list[Difference]:
    """:func:`difference` of each of some runs and another one, all at once."""
    results = [_without_interval(run, other, metric, component) for run in runs]
    left = [i for i, result in enumerate(results) if not result.reason]
    if not left:
        return results
    distance = _distance(component_direction(metric.direction, component))
    drawn = distance(np.stack([runs[i].drawn[metric.name][component] for i in left]))
    drawn = drawn - distance(other.drawn[metric.name][component])
    values = np.array([results[i].value for i in left], np.float64)
    ends = intervals(values, drawn, other.blocks, other.block)
    p = p_values(values, drawn, other.blocks or 2, other.block)
    for n, i in enumerate(left):
        if np.isnan(p[n]):
            nulls = int((~np.isfinite(drawn[n])).sum())
            results[i] = replace(results[i], reason=f"null in {nulls} of {len(drawn[n])} resamples")
        else:
            results[i] = _with_interval(float(values[n]), float(p[n]), ends[n], metric)
    return results


def _without_interval(a: Scored, b: Scored, metric: Metric, component: str) -> Difference:
    """The difference itself; ``reason`` says why there is none, or no interval of it."""
    name = metric.name
    first, second = (run.values.get(name, {}).get(component) for run in (a, b))
    for label, value in (("A", first), ("B", second)):
        if value is None or isinstance(value, Null):
            why = value.reason if value is not None else _why(a if label == "A" else b, name)
            return Difference(None, reason=f"{label} has no value: {why}")
    if not comparable(metric, a.members, b.members):
        return Difference(None, reason=_unfair(a.members, b.members))
    distance = _distance(component_direction(metric.direction, component))
    value = float(distance(np.array(first)) - distance(np.array(second)))
    reason = a.no_interval or metric.no_interval
    if not reason and not all(component in run.drawn.get(name, {}) for run in (a, b)):
        reason = "the resampled values of this component were not kept"
    return Difference(value, reason=reason)


def _with_interval(value: float, p: float, ends: NDArray[np.float64], metric: Metric) -> Difference:
    low, high = (float(end) for end in ends)
    if metric.direction == "none":
        return Difference(value, low, high, p, None, "neither high nor low values are better")
    return Difference(value, low, high, p, _verdict(low, high, metric.direction))


def difference_p_values(
    a: Scored, others: Sequence[Scored], metric: Metric, component: str
) -> NDArray[np.float64]:
    """The p-values (other,) that :func:`difference` gives of one run and each of some others, all at once.

    nan where it gives none.
    """
    name, missing = metric.name, np.full(len(others), np.nan)
    usable = [i for i, other in enumerate(others) if _has_draws(other, name, component)]
    if not usable or not _has_draws(a, name, component):
        return missing
    distance = _distance(component_direction(metric.direction, component))
    values = distance(np.array([others[i].values[name][component] for i in usable]))
    drawn = distance(np.stack([others[i].drawn[name][component] for i in usable]))
    own = distance(np.array(a.values[name][component]))
    missing[usable] = p_values(
        own - values, distance(a.drawn[name][component]) - drawn, a.blocks or 2, a.block
    )
    return missing


def _has_draws(run: Scored, metric: str, component: str) -> bool:
    """Whether a run has a value, and resampled ones of it."""
    value = run.values.get(metric, {}).get(component)
    is_number = value is not None and not isinstance(value, Null)
    return is_number and not run.no_interval and component in run.drawn.get(metric, {})


def _why(run: Scored, metric: str) -> str:
    """Why a component is missing: a metric that has no value at all gives one reason for all components."""
    reasons = [v.reason for v in run.values.get(metric, {}).values() if isinstance(v, Null)]
    return reasons[0] if reasons else "not scored"


def _unfair(a: int, b: int) -> str:
    return (
        f"no fair form in the number of members, so it is compared at equal numbers only (here {a} and {b})"
    )


def _distance(direction: Direction) -> Callable[[NDArray[np.float64]], NDArray[np.float64]]:
    return np.abs if direction == "zero" else np.asarray


def _verdict(low: float, high: float, direction: Direction) -> str:
    if low <= 0 <= high:
        return EQUAL
    return A_BETTER if (low > 0) == (direction == "higher") else B_BETTER


def merit(value: float, direction: Direction) -> float:
    """A number that is smaller where the value is better."""
    return {"higher": -value, "zero": abs(value)}.get(direction, value)
