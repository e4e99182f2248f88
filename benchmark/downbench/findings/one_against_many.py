"""One row of a table against all others: in how many it is better, from which it cannot be told apart."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from downbench.contracts.metric import Metric
from downbench.contracts.statistic import Null
from downbench.scoring.inference.classes import LEVEL, holm
from downbench.scoring.inference.paired import (
    Difference,
    Scored,
    comparable,
    component_direction,
    difference,
    difference_p_values,
    merit,
)


@dataclass(frozen=True)
class Against:
    """A row against others in a metric's headline component.

    Verdicts are adjusted for the number of comparisons (Holm), so that one of them is wrong with a chance of
    at most 5 %. Where there are no intervals, the values alone decide, and nothing is told apart from chance.

    Args:
        differences: paired difference to each other row that has a value, first less second; of their
            distances from zero where that is best.
        better: rows that it is better than.
        alike: rows that it cannot be told apart from.
        behind: rows that are better.
    """

    differences: Mapping[int, Difference]
    better: Sequence[int]
    alike: Sequence[int]
    behind: Sequence[int]


def against(row: int, others: Sequence[int], scored: Mapping[int, Scored], metric: Metric) -> Against | None:
    """Compare a row with others.

    Args:
        row: number of the row.
        others: numbers of the rows that it is compared with.
        scored: scores by number of the row, on the same frames.
        metric: by whose headline component.

    Returns:
        None where the row has no value, or where neither high nor low values are better.
    """
    direction = component_direction(metric.direction, metric.headline)
    mine = value_of(scored.get(row), metric)
    if mine is None or direction == "none":
        return None
    fair = [i for i in others if i in scored and comparable(metric, scored[row].members, scored[i].members)]
    values = {i: value for i in fair if (value := value_of(scored[i], metric)) is not None}
    p = holm(difference_p_values(scored[row], [scored[i] for i in values], metric, metric.headline))
    by_chance = {i: scored[row].no_interval == "" and not p[n] < LEVEL for n, i in enumerate(values)}
    less = {i: merit(mine, direction) - merit(value, direction) for i, value in values.items()}
    return Against(
        {i: difference(scored[row], scored[i], metric, metric.headline) for i in values},
        better=[i for i in values if not by_chance[i] and less[i] < 0],
        alike=[i for i in values if by_chance[i] or less[i] == 0],
        behind=[i for i in values if not by_chance[i] and less[i] > 0],
    )


def ordered(scored: Mapping[int, Scored], metric: Metric) -> list[int]:
    """Rows from the best to the worst value; those without one come last."""
    direction = component_direction(metric.direction, metric.headline)
    values = {i: value_of(one, metric) for i, one in scored.items()}
    ranks = {i: np.inf if value is None else merit(value, direction) for i, value in values.items()}
    return sorted(scored, key=lambda i: (ranks[i], i))


def value_of(scored: Scored | None, metric: Metric) -> float | None:
    """A row's value of a metric's headline component; None where there is none."""
    value = scored.values.get(metric.name, {}).get(metric.headline) if scored else None
    return None if value is None or isinstance(value, Null) else value
