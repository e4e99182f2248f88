"""Which column, region and season each score of a run belongs to: hundreds of runs share one such layout."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from downbench_leaderboard.records.cards import MetricCard
from downbench_leaderboard.records.schema import Run

WHOLE = ("all", "all")
ColumnKey = tuple[str, str, str, str, str]
UNKNOWN = MetricCard()  # of a metric that a run says nothing of


@dataclass(frozen=True, eq=False)
class Layout:
    """The scores of a run without their numbers.

    Args:
        keys: what scores of one column have in common: metric, component, unit, direction and distribution;
            in the order in which the run lists its metrics.
        column: index into ``keys`` (score,).
        parts: regions with seasons, in order of appearance.
        part: index into ``parts`` (score,).
        heads: component of each metric that a table shows first.
    """

    keys: tuple[ColumnKey, ...]
    column: NDArray[np.int64]
    parts: tuple[tuple[str, str], ...]
    part: NDArray[np.int64]
    heads: dict[str, str]

    def whole(self, key: ColumnKey) -> int | None:
        """Index of the score of a column over the whole domain and time; the last of several."""
        if key not in self.keys or WHOLE not in self.parts:
            return None
        here = (self.column == self.keys.index(key)) & (self.part == self.parts.index(WHOLE))
        where = np.flatnonzero(here)
        return int(where[-1]) if len(where) else None


def layout_of(run: Run) -> Layout:
    """Layout of the scores of a run; equal ones are one object."""
    cards = tuple((name, c.unit, c.direction, c.distribution, c.headline) for name, c in run.metrics.items())
    return _layout(run.scores.names, run.scores.words.tobytes(), cards)


@lru_cache(maxsize=256)
def _layout(names: tuple[str, ...], packed: bytes, cards: tuple[tuple[str, ...], ...]) -> Layout:
    words = np.frombuffer(packed, np.int32).reshape(-1, 5).tolist()
    texts = [tuple(names[i] for i in word) for word in words]
    about = {name: rest for name, *rest in cards}
    order = {name: i for i, name in enumerate(about)}
    own: list[ColumnKey] = []
    for metric, component, _, _, unit in texts:
        own_unit, direction, distribution, _ = about.get(metric, _NOTHING)
        own.append((metric, component, unit or own_unit, direction, distribution))
    keys = tuple(sorted(dict.fromkeys(own), key=lambda key: order.get(key[0], len(order))))
    parts = tuple(dict.fromkeys((region, season) for _, _, region, season, _ in texts))
    at_key, at_part = ({value: i for i, value in enumerate(values)} for values in (keys, parts))
    components: dict[str, list[str]] = {}
    for metric, component, *_ in texts:
        components.setdefault(metric, []).append(component)
    return Layout(
        keys,
        np.array([at_key[key] for key in own], np.int64),
        parts,
        np.array([at_part[region, season] for _, _, region, season, _ in texts], np.int64),
        {metric: _head(about.get(metric, _NOTHING)[3], names) for metric, names in components.items()},
    )


_NOTHING = [UNKNOWN.unit, UNKNOWN.direction, UNKNOWN.distribution, UNKNOWN.headline]


def _head(wanted: str, components: list[str]) -> str:
    return wanted if wanted in components else ("" if "" in components else components[0])
