"""Metrics at work: scored together, as a run does it, on each scene once for all of them."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

import numpy as np

from downbench.contracts.metric import Metric
from downbench.contracts.statistic import Totals
from downbench.errors import DownbenchWarning
from downbench.guard import defined_at, running
from downbench.scoring.engine import Accumulator, Statistics
from downbench.scoring.grid import ALL
from downbench.scoring.inference.values import components, totals, why_null
from downbench.testing.check import Failed
from downbench.testing.metrics.scenes import MEMBERS, Cut, Scene, scene

WHOLE_SEQUENCES = 10**6
T = TypeVar("T")


@dataclass(eq=False)
class MetricsAtWork:
    """Metrics that are checked together.

    Args:
        metrics: by name.
    """

    metrics: Mapping[str, Metric]
    _kept: dict[object, Any] = field(default_factory=dict)

    @property
    def past(self) -> int:
        """Frames before a chunk that some of them say they look at."""
        return max(
            (metric.past for metric in self.metrics.values() if isinstance(metric.past, int)), default=0
        )

    def kept(self, key: object, work: Callable[[], T]) -> T:
        """What ``work`` gives, done once for all metrics that ask under the same key."""
        if key not in self._kept:
            self._kept[key] = work()
        return self._kept[key]

    def statistics(self, forecast: str = "drawn", members: int = MEMBERS) -> Statistics:
        """Statistics of a scene, each sequence in one chunk."""
        one = scene(forecast, members)
        return self.kept((forecast, members), lambda: self.scored(one, one.cuts(WHOLE_SEQUENCES)))

    def cut(self, length: int, backwards: bool) -> Statistics:
        """Statistics of the drawn scene in chunks of so many frames, in either order."""
        cuts = scene("drawn").cuts(length)
        ordered = cuts[::-1] if backwards else cuts
        return self.kept((length, backwards), lambda: self.scored(scene("drawn"), ordered))

    def scored(
        self, what: Scene, cuts: Iterable[Cut], past: int | None = None, other_past: bool = False
    ) -> Statistics:
        """Statistics of some chunks."""
        accumulator = Accumulator(self.metrics, what.grid, what.frames, what.count)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DownbenchWarning)  # a metric that fails is told by its check
            for cut in cuts:
                accumulator.add(what.chunk(cut, self.past if past is None else past, other_past))
        return accumulator.statistics()


@dataclass(eq=False)
class MetricAtWork:
    """One metric that is checked, beside others or alone."""

    name: str
    beside: MetricsAtWork

    @property
    def metric(self) -> Metric:
        """The metric."""
        return self.beside.metrics[self.name]

    @property
    def at(self) -> str:
        """Where ``statistics`` is defined."""
        return defined_at(type(self.metric).statistics)

    @property
    def at_value(self) -> str:
        """Where ``value`` is defined."""
        return defined_at(type(self.metric).value)

    def whole(
        self, statistics: Statistics, region: str = ALL, probabilistic: bool | None = None
    ) -> Totals | None:
        """Totals for ``value``; None where a metric has none there, whatever it is.

        Raises:
            Failed: its statistics could not be worked out.
        """
        probabilistic = statistics.members > 1 if probabilistic is None else probabilistic
        found = totals(statistics, self.name, region, probabilistic=probabilistic)
        if found.info.get("failed"):
            raise Failed(str(found.info["failed"]))
        return None if why_null(self.metric, region, found, probabilistic) is not None else found

    def raw(self, statistics: Statistics, region: str = ALL) -> Any:
        """What ``value`` returns, whatever it is; None where it is not called."""
        found = self.whole(statistics, region)
        if found is None:
            return None
        with running(f"metric {self.name!r}", type(self.metric)):
            return self.metric.value(found)

    def values(
        self, statistics: Statistics, region: str = ALL, probabilistic: bool | None = None
    ) -> dict[str, float]:
        """Component to value, of those that have one.

        Args:
            statistics: of a scene.
            region: of it.
            probabilistic: whether the forecast counts as an ensemble; by default with two members or more.
        """
        found = self.whole(statistics, region, probabilistic)
        if found is None:
            return {}
        each = components(self.metric, found)
        return {name: value for name, value in each.items() if isinstance(value, float)}

    def arrays(self, statistics: Statistics) -> dict[str, np.ndarray]:
        """Its statistics by their key."""
        failed = statistics.info.get("failed", {}).get(self.name)
        if failed:
            raise Failed(str(failed))
        return {key: statistics.arrays[stored] for key, stored in statistics.keys[self.name].items()}
