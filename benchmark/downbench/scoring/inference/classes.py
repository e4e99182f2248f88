"""Classes of methods that cannot be told apart, from paired differences.

Ranks would be over-read: neighbours in a table seldom differ by more than chance. The best method leads the
first class, which takes in all that cannot be told from *it*; the best of the rest leads the next. Classes
are anchored at their leaders, so there are no chains of small steps. Holm's step-down (1979,
https://www.jstor.org/stable/4615733) over all pairs holds the chance of a single wrong statement in a metric
below 5 %. Pairs without a leader count in it as pairs that cannot be told apart, which errs on the safe side
and leaves them uncomputed: the work grows with the number of runs, not with its square.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from downbench.contracts.metric import Metric
from downbench.contracts.statistic import Null
from downbench.scoring.inference.paired import (
    Difference,
    Scored,
    comparable,
    component_direction,
    difference_p_values,
    differences,
    merit,
)

LEVEL = 0.05
MOST_CLASSES = 26  # what is left after so many shares the last one
Apart = Callable[[int, Sequence[int]], NDArray[np.float64]]


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


def holm(p: NDArray[np.float64], family: int | None = None) -> NDArray[np.float64]:
    """Holm's adjusted p-values of (n,) p-values, of a family that holds others too, all of them 1.

    Args:
        p: p-values, nan counts as 1.
        family: how many statements there are in all, n by default.
    """
    order = np.argsort(np.where(np.isnan(p), 1.0, p))
    scaled = np.nan_to_num(p[order], nan=1.0) * ((family or len(p)) - np.arange(len(p)))
    adjusted = np.empty(len(p))
    adjusted[order] = np.minimum(np.maximum.accumulate(scaled), 1.0)
    return adjusted


def anchored(order: Sequence[int], p_values: Apart) -> dict[int, tuple[int, int]]:
    """Classes of runs: run to (rank of the class, its leader).

    Args:
        order: runs, best first.
        p_values: of a leader and the runs behind it; nan where a pair has none.
    """
    places: dict[int, tuple[int, int]] = {}
    left, rank, pairs = list(order), 0, len(order) * (len(order) - 1) // 2
    seen = np.empty(0)
    while left:
        leader, behind = left[0], left[1:]
        apart: set[int] = set()
        if behind and rank < MOST_CLASSES - 1:
            seen = np.concatenate([seen, p_values(leader, behind)])
            adjusted = holm(seen, pairs)[-len(behind) :]
            apart = {run for run, p in zip(behind, adjusted, strict=True) if p < LEVEL}
        places |= {run: (rank, leader) for run in left if run not in apart}
        left, rank = [run for run in behind if run in apart], rank + 1
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
    order = sorted(values, key=lambda i: (values[i], i))
    best, asked = order[0], []

    def p_values(leader: int, behind: Sequence[int]) -> NDArray[np.float64]:
        asked.append(difference_p_values(runs[leader], [runs[i] for i in behind], metric, component))
        return asked[-1]

    places = anchored(order, p_values)
    if all(np.isnan(p).all() for p in asked):
        return {}
    behind = differences([runs[run] for run in order[1:]], runs[best], metric, component)
    own: dict[int, Difference | None] = {best: None, **dict(zip(order[1:], behind, strict=True))}
    return {run: Standing(rank, leader, own[run]) for run, (rank, leader) in places.items()}
