"""Columns of a table: one metric's component in one unit, with its direction.

No metric is known here by its name: title, unit, direction, tags and headline component are what the run's
record says of each metric, and the order is the one in which the runs list them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from downbench import component_direction, registered
from downbench_leaderboard.boards.groups import group_of
from downbench_leaderboard.boards.layout import UNKNOWN, ColumnKey, Layout, layout_of
from downbench_leaderboard.records.cards import MetricCard
from downbench_leaderboard.records.schema import Run

_SQUARED = re.compile(r"\)(?:\^2|2)(?!\d)")
_POWER = {  # how often mm/h stands in a unit: what a change of units multiplies
    **dict.fromkeys(("mm/h", "mm h-1", "mm/hr", "mm h^-1"), 1),
    **dict.fromkeys(("(mm/h)^2", "(mm/h)2", "(mm/h)²", "mm2/h2", "mm^2/h^2", "mm²/h²", "mm2 h-2"), 2),
}
_UNSPEAKABLE = re.compile(r"[b-df-hj-np-tv-xz]+")


def unit_power(unit: str) -> int:
    """0, 1 or 2: the power of mm/h in a unit (0 also for units that are none of rain)."""
    return _POWER.get(unit.strip(), 0)


@dataclass(frozen=True)
class Column:
    """One metric's component in one unit; ``headline`` components show at first."""

    id: str
    metric: str
    component: str
    card: MetricCard
    unit: str
    headline: bool
    best: float | None = None  # what its metric says of a perfect forecast, where its range does not

    @property
    def key(self) -> ColumnKey:
        """What scores must have in common to stand in one column."""
        return (self.metric, self.component, self.unit, self.card.direction, self.card.distribution)

    @property
    def direction(self) -> str:
        """See :func:`downbench.component_direction`."""
        return component_direction(self.card.direction, self.component)

    @property
    def group(self) -> str:
        """See :mod:`~downbench_leaderboard.boards.groups`."""
        return group_of(self.card.tags)

    @property
    def top(self) -> float | None:
        """The best possible value where higher is better and there is one."""
        if self.direction != "higher":
            return None
        bounds = self.card.range
        return bounds[1] if len(bounds) == 2 and bounds[1] is not None else self.best

    @property
    def power(self) -> int:
        """See :func:`unit_power`."""
        return unit_power(self.unit)

    @property
    def printed_unit(self) -> str:
        """Its unit with a raised two; nothing where it has none."""
        return "" if self.unit == "1" else _SQUARED.sub(")²", self.unit)

    @property
    def title(self) -> str:
        """The metric's name with its component."""
        return f"{self.metric} {self.component}".strip()

    @property
    def brief(self) -> str:
        """The same where headlines stand alone: a component counts for its number then, as a threshold."""
        numbered = any(letter.isdigit() for letter in self.component)
        return self.title if numbered or not self.headline else self.metric

    @property
    def spoken(self) -> str:
        """The same in a sentence: what nobody can pronounce is spelt in capitals."""
        parts = [part.upper() if _UNSPEAKABLE.fullmatch(part) else part for part in self.metric.split("-")]
        return "-".join(parts) + self.brief[len(self.metric) :]


def columns_of(runs: Iterable[Run]) -> list[Column]:
    """Every metric and component in order of appearance.

    What differs in unit, direction or maker is a column of its own, numbered: two third parties may give
    their metrics one name.
    """
    columns: dict[ColumnKey, Column] = {}
    infos = registered("metric")
    taken: dict[str, int] = {}
    first: dict[Layout, Run] = {}
    for run in runs:
        first.setdefault(layout_of(run), run)
    for layout, run in first.items():
        for key in layout.keys:
            if key in columns:
                continue
            metric, component, unit, _, distribution = key
            name = f"{metric}.{component}" if component else metric
            taken[name] = taken.get(name, 0) + 1
            info = infos.get((distribution, metric))
            columns[key] = Column(
                id=name if taken[name] == 1 else f"{name}~{taken[name]}",
                metric=metric,
                component=component,
                card=run.metrics.get(metric, UNKNOWN),
                unit=unit,
                headline=component == layout.heads[metric],
                best=info.best if info else None,
            )
    return list(columns.values())


def merit(value: float, direction: str) -> float:
    """A number that is smaller where the value is better."""
    return {"higher": -value, "zero": abs(value)}.get(direction, value)
