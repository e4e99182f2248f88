"""Pattern bias of the time mean."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from downbench import Chunk, Metric, Null, Statistic, Totals, Value
from downbench_metrics.shared.sampled import stride
from downbench_metrics.shared.zones import time_slots

LARGEST = 32  # sampled cells along the edge of a tile


class PatternBias(Metric):
    """How far the mean map of the ensemble is from that of the truth."""

    name = "pattern-bias"
    fair = False
    regional = False
    definition = (
        "root mean square over cells, by area, of (time mean of the ensemble mean - time mean of the "
        "truth). Of every s-th cell in y and x, with the least s that leaves at most 32 cells along a "
        "tile's edge and has no divisor in common with the factor, so that all places within a coarse cell "
        "count alike: time means need a sum per cell, and the maps of all days would be as large as the "
        "data"
    )
    reference = "Maraun et al. (2015), doi:10.1002/2014EF000259"

    def statistics(self, chunk: Chunk) -> Mapping[str, Statistic]:
        """Sums of truth and ensemble mean and weights of sampled cells, (bin, 1, tile, cell)."""
        s = stride(max(chunk.truth.shape[1:]), chunk.grid.factor, LARGEST)
        use = chunk.mask[:, ::s, ::s]
        area = chunk.grid.area[chunk.tile, ::s, ::s]
        return {
            "truth": _maps(chunk, np.where(use, chunk.truth[:, ::s, ::s], 0) * area),
            "ensemble": _maps(chunk, np.where(use, chunk.mean[:, ::s, ::s], 0) * area),
            "weight": _maps(chunk, use * area),
        }

    def value(self, totals: Totals) -> Value:
        """Root mean square [mm/h]."""
        weight = totals["weight"]
        seen = weight > 0
        if not seen.any():
            return Null("no sampled cell is valid")
        error = (totals["ensemble"] - totals["truth"])[seen] / weight[seen]
        return float(np.sqrt(np.average(error**2, weights=weight[seen])))


def _maps(chunk: Chunk, fields: np.ndarray) -> Statistic:
    count, slot = time_slots(chunk)
    out = np.zeros((count, 1, len(chunk.grid.area), fields[0].size))
    np.add.at(out[:, 0, chunk.tile], slot, fields.reshape(len(fields), -1))
    return Statistic(out, "bin")
