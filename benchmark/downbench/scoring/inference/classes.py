"""Classes of methods that cannot be told apart, from paired differences.

Ranks would be over-read: neighbours in a table seldom differ by more than chance. Holm's step-down (1979,
https://www.jstor.org/stable/4615733) holds the chance of a single wrong statement in all pairs of a metric
below 5 %. Then the best method leads the first class, which takes in all that cannot be told from *it*; the
best of the rest leads the next. Classes are anchored at their leaders, so there are no chains of small steps.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from downbench.contracts.metric import Metric
from downbench.contracts.statistic import Null
from downbench.scoring.inference.paired import (
    Difference,
    Scored,
    comparable,
    component_direction,
    difference,
    merit,
)

LEVEL = 0.05


@dataclass(frozen=True)
class Standing:
    """Where a run stands in one column.

    Args:
        rank: of its class, 0 is the best.
        leader: index of the run that leads the class.
        behind: its paired difference to the best run of all; None for that run itself.
    """

    rank: int
    leader: int
    behind: Difference | None


def holm(p: NDArray[np.float64]) -> NDArray[np.float64]:
    """Holm's adjusted p-values of (n,) p-values."""
    order = np.argsort(p)
    scaled = p[order] * (len(p) - np.arange(len(p)))
    adjusted = np.empty(len(p))
    adjusted[order] = np.minimum(np.maximum.accumulate(scaled), 1.0)
    return adjusted


def anchored(order: Sequence[int], apart: Mapping[tuple[int, int], bool]) -> dict[int, tuple[int, int]]:
    """Classes of runs: run to (rank of the class, its leader).

    Args:
        order: runs, best first.
        apart: for each pair (smaller index first) whether the two can be told apart.
    """
    places: dict[int, tuple[int, int]] = {}
    left, rank = list(order), 0
    while left:
        leader = left[0]
        here = [run for run in left if run == leader or not apart[min(run, leader), max(run, leader)]]
        places |= dict.fromkeys(here, (rank, leader))
        left, rank = [run for run in left if run not in here], rank + 1
    return places


def _members(runs: Sequence[Scored], metric: Metric, component: str) -> int:
    """The number of members that most runs with a value have, the larger one of two."""
    values = [(run.members, run.values.get(metric.name, {}).get(component)) for run in runs]
    counts = Counter(m for m, value in values if value is not None and not isinstance(value, Null))
    return max(counts, key=lambda m: (counts[m], m), default=0)


def find_classes(runs: Sequence[Scored], metric: Metric, component: str) -> dict[int, Standing]:
    """Sort runs into classes by one component of a metric.

    Returns:
        Run index to standing, of the runs that have a value; a pair without an interval counts as one that
        cannot be told apart. Where the metric is not fair in the number of members, the runs of the number
        that most have. Empty where fewer than two have a value, where the metric has no direction, or
        where no pair has an interval.
    """
    direction = component_direction(metric.direction, component)
    values = {}
    members = _members(runs, metric, component)
    for i, run in enumerate(runs):
        if not comparable(metric, run.members, members):
            continue
        value = run.values.get(metric.name, {}).get(component)
        if value is not None and not isinstance(value, Null):
            values[i] = merit(value, direction)
    if len(values) < 2 or direction == "none":
        return {}
    pairs = list(combinations(values, 2))
    differences = {pair: difference(runs[pair[0]], runs[pair[1]], metric, component) for pair in pairs}
    if all(one.p is None for one in differences.values()):
        return {}
    adjusted = holm(np.array([1.0 if (p := differences[pair].p) is None else p for pair in pairs]))
    apart = dict(zip(pairs, (adjusted < LEVEL).tolist(), strict=True))
    order = sorted(values, key=lambda i: (values[i], i))
    best = order[0]
    return {
        run: Standing(
            rank, leader, None if run == best else difference(runs[run], runs[best], metric, component)
        )
        for run, (rank, leader) in anchored(order, apart).items()
    }
