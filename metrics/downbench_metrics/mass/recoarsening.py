"""Error of the re-coarsened rain."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from downbench import Chunk, Metric, Null, Statistic, Totals, Value, block_mean


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
        """Squared error of each member, laid out on the fine grid."""
        factor, area = chunk.grid.factor, chunk.grid.area[chunk.tile]
        coarse = chunk.coarse if chunk.coarse is not None else block_mean(chunk.truth, factor, area)
        squares = [(block_mean(m.astype(np.float64), factor, area) - coarse) ** 2 for m in chunk.members]
        fine = np.stack(squares).repeat(factor, axis=2).repeat(factor, axis=3)
        valid = np.isfinite(fine[0])
        return {
            "error": chunk.sum(np.nan_to_num(fine), "recoarsening", valid),
            "valid": chunk.sum(valid, "recoarsening.valid"),
        }

    def value(self, totals: Totals) -> Value:
        """Root mean square error [mm/h]."""
        if totals.info.get("time_factor", 1) > 1:
            return Null("the coarse rain is that of several fine frames together")
        return float(np.sqrt(totals["error"] / totals["valid"]).mean())
