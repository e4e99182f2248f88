"""Paired differences by hour and by seed: for people to look at, without an interval."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations
from typing import Any

import numpy as np
from numpy.typing import NDArray

from downbench.contracts.metric import Metric
from downbench.contracts.statistic import Null, Totals
from downbench.files import digest_json
from downbench.findings.stored_run import StoredRun
from downbench.scoring.grid import ALL
from downbench.scoring.inference.paired import Direction, Scored, comparable, component_direction
from downbench.scoring.inference.seeds import interval_over_seeds
from downbench.scoring.inference.values import components, totals, why_null
from downbench.scoring.statistics import Statistics


def hour_differences(
    runs: Sequence[StoredRun], pair: tuple[int, int], metric: Metric, region: str = ALL
) -> list[dict[str, Any]]:
    """Differences of a pair in each hour of the record, or each time bin for what is stored by bin.

    Returns:
        Per component: ``differences`` by time, first less second (of distances from zero where that is best),
        and in how many of them the first is better.
    """
    first, second = (_by_hour(runs[i], metric, region) for i in pair)
    by = "hour" if _is_by_step(runs[pair[0]].statistics, metric) else "time bin"
    rows = []
    for component in dict.fromkeys(c for values in first.values() for c in values):
        direction = component_direction(metric.direction, component)
        found = {}
        for time in first.keys() & second.keys():
            a, b = first[time].get(component), second[time].get(component)
            if isinstance(a, float) and isinstance(b, float):
                found[time] = _less(a, b, direction)
        if found and direction != "none":
            better = sum(d > 0 if direction == "higher" else d < 0 for d in found.values())
            row = {"a": pair[0], "b": pair[1], "metric": metric.name, "component": component, "by": by}
            rows.append(
                row | {"times": len(found), "a_better": better, "differences": dict(sorted(found.items()))}
            )
    return rows


def _less(a: float, b: float, direction: Direction) -> float:
    return abs(a) - abs(b) if direction == "zero" else a - b


def _by_hour(run: StoredRun, metric: Metric, region: str) -> dict[str, Mapping[str, float | Null]]:
    """A metric's components by hour (or time bin), of those in which it has a value."""
    statistics = run.statistics
    layout = statistics.layout
    whole = totals(statistics, metric.name, region, None, run.probabilistic)
    by_step = _is_by_step(statistics, metric)
    times = layout.times.astype("datetime64[h]") if by_step else layout.bin_times
    rows = {
        len(layout.times): times if by_step else layout.bin_times[layout.step_bin],
        len(layout.bin_times): times,
    }
    found: dict[str, Mapping[str, float | Null]] = {}
    for each in np.unique(times):
        bins = {key: values[rows[len(values)] == each] for key, values in whole.bins.items()}
        given = Totals(bins, whole.members, whole.info)
        if why_null(metric, region, given, run.probabilistic) is None:
            found[str(each)] = components(metric, given)
    return found


def _is_by_step(statistics: Statistics, metric: Metric) -> bool:
    return all(statistics.per[name] == "step" for name in statistics.keys[metric.name].values())


def _identity(run: StoredRun) -> str:
    """Of a method in one configuration fitted on the same data, whatever its seed."""
    method = run.record.method
    trained = run.record.track.training.fingerprint if run.record.track else None
    return digest_json([method.distribution, method.name, method.configuration, method.preset, trained])


def _seeds(runs: Sequence[StoredRun], values: Sequence[float | Null | None]) -> dict[str, dict[int, int]]:
    """Identity to seed to number of the run, of those that have a value: of one seed the newest counts."""
    groups: dict[str, dict[int, int]] = {}
    for i in sorted(range(len(runs)), key=lambda i: runs[i].record.created):
        if isinstance(values[i], float):
            groups.setdefault(_identity(runs[i]), {})[runs[i].record.seed] = i
    in_order = sorted(groups.items(), key=lambda item: min(item[1].values()))
    return {identity: dict(sorted(own.items(), key=lambda item: item[1])) for identity, own in in_order}


def seed_intervals(
    runs: Sequence[StoredRun], scored: Sequence[Scored], metric: Metric, component: str
) -> list[dict[str, Any]]:
    """Differences of two methods over weather and seeds together, for methods with several seeds each.

    Args:
        runs: all that are compared.
        scored: values and resampled values, one a run; without an interval there is nothing to give.
        metric: whose values these are.
        component: of the metric.
    """
    direction = component_direction(metric.direction, component)
    values = [
        one.values[metric.name].get(component) if component in one.drawn.get(metric.name, {}) else None
        for one in scored
    ]
    groups = [list(group.values()) for group in _seeds(runs, values).values()]
    rows = []
    for one, two in combinations([group for group in groups if len(group) > 1], 2):
        a, b = scored[one[0]], scored[two[0]]
        if direction == "none" or not comparable(metric, a.members, b.members):
            continue
        first, second = (
            [_with_draws(scored[i], metric, component, direction) for i in group] for group in (one, two)
        )
        interval = interval_over_seeds(first, second, a.blocks or 2, a.block)
        if interval is not None:
            names = [runs[group[0]].record.method.name for group in (one, two)]
            seeds = [[runs[i].record.seed for i in group] for group in (one, two)]
            about = {"methods": names, "metric": metric.name, "component": component, "seeds": seeds}
            rows.append(about | dict(zip(("difference", "low", "high"), interval, strict=True)))
    return rows


def _with_draws(
    run: Scored, metric: Metric, component: str, direction: Direction
) -> tuple[float, NDArray[np.float64]]:
    value, drawn = run.values[metric.name][component], run.drawn[metric.name][component]
    assert isinstance(value, float)
    return (abs(value), np.abs(drawn)) if direction == "zero" else (value, drawn)


def seed_differences(
    runs: Sequence[StoredRun], values: Sequence[float | None], metric: Metric, component: str
) -> list[dict[str, Any]]:
    """Values by seed of each method of which several seeds are given, and differences of two at equal seeds.

    The spread over seeds is what training owes to chance; an interval holds what a score owes to the weather.

    Args:
        runs: all that are compared.
        values: of the component, one a run.
        metric: whose values these are.
        component: of the metric.
    """
    numbers = {identity: own for identity, own in _seeds(runs, values).items() if len(own) > 1}
    names = {identity: runs[min(own.values())].record.method.name for identity, own in numbers.items()}
    several = {
        identity: {seed: value for seed, i in own.items() if (value := values[i]) is not None}
        for identity, own in numbers.items()
    }
    about = {"metric": metric.name, "component": component}
    rows: list[dict[str, Any]] = []
    for identity, seeds in several.items():
        spread = {"mean": float(np.mean([*seeds.values()])), "sd": float(np.std([*seeds.values()], ddof=1))}
        rows.append(about | {"methods": [names[identity]], "values": seeds, **spread})
    direction = component_direction(metric.direction, component)
    for one, two in combinations(several, 2):
        shared = several[one].keys() & several[two].keys()
        if shared and direction != "none":
            found = {
                seed: _less(several[one][seed], several[two][seed], direction) for seed in sorted(shared)
            }
            rows.append(about | {"methods": [names[one], names[two]], "differences": found})
    return rows
