"""The engine's values of some frames alone, by the very code that scores."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from downbench.contracts.grid import Grid
from downbench.contracts.metric import Metric
from downbench.contracts.statistic import Null, Totals
from downbench.pipeline.scoring_plan import ScoringPlan
from downbench.scoring.chunk import TileChunk
from downbench.scoring.engine import Accumulator
from downbench.scoring.ensemble import open_ensemble, read_members
from downbench.scoring.grid import ALL
from downbench.scoring.inference.values import components, totals, why_null
from downbench.scoring.reading import read_fields
from downbench.scoring.statistics import Statistics
from downbench.verification.check import Check
from downbench.verification.fields import Cut


def part_of(grid: Grid, cut: Cut) -> Grid:
    """The grid of a part of some tiles, without regions and windows."""
    area = grid.area[list(cut.tiles), cut.rows, cut.columns]
    return replace(grid, area=area, regions={ALL: np.ones(area.shape, bool)}, windows={}, window_size=None)


def engine_statistics(plan: ScoringPlan, metrics: Mapping[str, Metric], cut: Cut, grid: Grid) -> Statistics:
    """The engine's statistics of these frames alone, as if there were none before them."""
    here, factor = plan.frames.sequences[cut.sequence], plan.frames.dataset.factor
    times = here.times[cut.start : cut.stop]
    accumulator = Accumulator(metrics, grid, [(here.name, times)], plan.members)
    ensemble = open_ensemble(plan.predictions, here.name)
    cells = np.s_[..., cut.rows, cut.columns]
    y, x = (slice(s.start // factor, s.stop // factor) for s in (cut.rows, cut.columns))
    for number, tile in enumerate(cut.tiles):
        truth, coarse = read_fields(here, tile, slice(cut.start, cut.stop), factor)
        members = read_members(plan.predictions, ensemble, slice(cut.start, cut.stop), tile)
        chunk = TileChunk(
            truth[cells], members[cells], times, here.name, number, grid, coarse=coarse[..., y, x]
        )
        accumulator.add(chunk)
    return accumulator.statistics()


class _Often(Totals):
    """Totals of the same frames a thousand times over: nothing changes but that values are many."""

    TIMES = 1000

    def __getitem__(self, name: str) -> NDArray[np.float64]:
        return self.TIMES * super().__getitem__(name)

    def each(self, name: str, work: Callable[[NDArray[np.float64]], NDArray[Any]]) -> NDArray[Any]:
        return np.concatenate([super().each(name, work)] * self.TIMES)


def engine_values(
    statistics: Statistics, name: str, metric: Metric, check: Check, probabilistic: bool
) -> Mapping[str, float | Null]:
    """Components of a metric over all that the statistics hold, or what its check compares in their place."""
    whole = totals(statistics, name, ALL, None, probabilistic)
    why = why_null(metric, ALL, whole, probabilistic)
    if why is not None:
        return {"": why}
    if check.ours is not None:
        return check.ours(whole)
    if check.info.often:
        return components(metric, _Often(whole.bins, whole.members, whole.info))
    return components(metric, whole)
