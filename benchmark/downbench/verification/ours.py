"""The engine's values of some frames alone, by the very code that scores."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import zarr
from numpy.typing import NDArray

from downbench.contracts.grid import Grid
from downbench.contracts.metric import Metric
from downbench.contracts.statistic import Null, Totals
from downbench.results.stored_run import StoredPlan
from downbench.scoring.chunk import TileChunk
from downbench.scoring.engine import Accumulator
from downbench.scoring.grid import ALL
from downbench.scoring.inference.values import components, totals, why_null
from downbench.scoring.kernels.histogram import histogram_quantile
from downbench.scoring.reading import read_fields
from downbench.scoring.statistics import Statistics
from downbench.verification.distribution import LEVELS
from downbench.verification.fields import Cut


def part_of(grid: Grid, place: Cut) -> Grid:
    """The grid of a part of some tiles, without regions and windows."""
    area = grid.area[list(place.tiles), place.rows, place.columns]
    return replace(grid, area=area, regions={ALL: np.ones(area.shape, bool)}, windows={}, window_size=None)


def engine_statistics(plan: StoredPlan, metrics: Mapping[str, Metric], place: Cut, grid: Grid) -> Statistics:
    """The engine's statistics of these frames alone, as if there were none before them."""
    here, factor = plan.frames.sequences[place.sequence], plan.frames.dataset.factor
    times = here.times[place.start : place.stop]
    accumulator = Accumulator(metrics, grid, [(here.name, times)], plan.members)
    ensemble: Any = zarr.open_group(plan.directory.predictions, mode="r")[here.name]
    cut = np.s_[..., place.rows, place.columns]
    y, x = (slice(s.start // factor, s.stop // factor) for s in (place.rows, place.columns))
    for number, tile in enumerate(place.tiles):
        truth, coarse = read_fields(here, tile, slice(place.start, place.stop), factor)
        members = np.asarray(ensemble[:, place.start : place.stop, tile])
        chunk = TileChunk(truth[cut], members[cut], times, here.name, number, grid, coarse=coarse[..., y, x])
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
    statistics: Statistics, name: str, metric: Metric, often: bool, probabilistic: bool
) -> dict[str, float | Null]:
    """Components of a metric over all that the statistics hold; of ``quantiles`` both sides, not errors."""
    given = totals(statistics, name, ALL, None, probabilistic)
    why = why_null(metric, ALL, given, probabilistic)
    if why is not None:
        return {"": why}
    if often:
        return components(metric, _Often(given.bins, given.members, given.info))
    if name != "quantiles":
        return components(metric, given)
    levels = np.array(list(LEVELS.values()))  # themselves, since a few frames are too few for their errors
    return {
        f"{label} of the {which}": float(value)
        for which in ("truth", "ensemble")
        for label, value in zip(LEVELS, histogram_quantile(given[which], levels), strict=True)
    }
