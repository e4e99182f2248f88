"""Error of the re-coarsened rain."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from downbench import Chunk, Metric, Null, Statistic, Totals, Value, block_mean
from downbench_metrics.shared.zones import flat


class Recoarsening(Metric):
    """Whether a method's rain, coarsened again, gives back the rain that it was given.

    Where the coarse rain is not the mean of the fine truth, the truth itself does not: the dataset's notes
    say by how much (RMSE), and a smaller value is no merit.
    """

    name = "recoarsening"
    neighbours = True
    version = 2
    definition = (
        "root mean square over coarse cells and times of (area-weighted block mean of a member - coarse rain "
        "of the input), mean over members; held against the input, be that the mean of the truth or not"
    )

    def statistics(self, chunk: Chunk) -> Mapping[str, Statistic]:
        """Squared error of each member, and the area where it is known, (time, region, ...)."""
        factor, area = chunk.grid.factor, chunk.grid.area[chunk.tile]
        coarse = chunk.coarse if chunk.coarse is not None else block_mean(chunk.truth, factor, area)
        means = np.stack([block_mean(member.astype(np.float64), factor, area) for member in chunk.members])
        squares = flat((means - coarse) ** 2)
        valid = np.isfinite(squares[0])
        scored = _scored_area(chunk, factor, area)
        error = scored @ np.where(valid, np.nan_to_num(squares), 0).transpose(1, 2, 0)
        return {
            "error": Statistic(error, "step", "recoarsening"),
            "valid": Statistic((scored @ valid[..., None])[..., 0], "step", "recoarsening.valid"),
        }

    def value(self, totals: Totals) -> Value:
        """Root mean square error [mm/h]."""
        if totals.info.get("time_factor", 1) > 1:
            return Null("the coarse rain is that of several fine frames together")
        return float(np.sqrt(totals["error"] / totals["valid"]).mean())


def _scored_area(chunk: Chunk, factor: int, area: NDArray[np.float64]) -> NDArray[np.float64]:
    """Area of the scored cells of each region in each coarse cell (time, region, coarse cell).

    A coarse cell may lie in two regions, and only a part of it may be scored.
    """
    zones, (ny, nx) = chunk.grid.zones(chunk.tile), area.shape
    block = np.arange(ny)[:, None] // factor * (nx // factor) + np.arange(nx) // factor
    cells, count = block.max() + 1, zones.members.shape[1]
    place = zones.label * cells + block.ravel()
    areas = [np.bincount(place, (area * mask).ravel(), count * cells) for mask in chunk.mask]
    return zones.members @ np.stack(areas).reshape(-1, count, cells)
