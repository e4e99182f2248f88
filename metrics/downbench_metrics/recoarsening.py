"""Error of the re-coarsened rain."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from downbench import Chunk, Metric, Statistic, Totals, Value, block_mean


class Recoarsening(Metric):
    """Whether a method's rain, coarsened again, gives back the rain that it was given."""

    name = "recoarsening"
    definition = (
        "root mean square over coarse cells, times and members of (area-weighted block mean of a member -"
        " coarse rain of the input)"
    )

    def statistics(self, chunk: Chunk) -> Mapping[str, Statistic]:
        """Squared error, mean over members, laid out on the fine grid."""
        factor, area = chunk.grid.factor, chunk.grid.area[chunk.tile]
        coarse = chunk.coarse if chunk.coarse is not None else block_mean(chunk.truth, factor, area)
        squares = np.zeros(coarse.shape)
        for member in chunk.members:
            squares += (block_mean(member.astype(np.float64), factor, area) - coarse) ** 2
        squares /= len(chunk.members)
        fine = squares.repeat(factor, axis=1).repeat(factor, axis=2)
        return {
            "error": chunk.sum(np.nan_to_num(fine), "recoarsening", np.isfinite(fine)),
            "valid": chunk.sum(np.isfinite(fine), "recoarsening.valid"),
        }

    def value(self, totals: Totals) -> Value:
        """Root mean square error [mm/h]."""
        return float(np.sqrt(totals["error"] / totals["valid"]))
