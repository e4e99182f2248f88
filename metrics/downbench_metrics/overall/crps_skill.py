"""CRPS skill against bicubic interpolation."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from downbench import Chunk, Metric, Null, Statistic, Totals, Value, block_mean, upsample
from downbench_metrics.shared.lone import lone_member


class CRPSSkill(Metric):
    """How much of bicubic interpolation's error a method takes away."""

    name = "crps-skill"
    neighbours = True
    unit = "1"
    direction = "higher"
    range = (float("-inf"), float("inf"))
    definition = (
        "1 - fair CRPS / mean absolute error of the bicubically interpolated coarse rain (Keys 1981, "
        "a = -0.5; below zero cut off) on the same cells and times; 0 is as good as bicubic, 1 is perfect"
    )
    version = 2  # a = -0.5; it was -0.75
    reference = "Hersbach (2000), doi:10.1175/1520-0434(2000)015<0559:DOTCRP>2.0.CO;2"

    def statistics(self, chunk: Chunk) -> Mapping[str, Statistic]:
        """Sums of the CRPS and of bicubic's absolute error."""
        factor, area = chunk.grid.factor, chunk.grid.area[chunk.tile]
        coarse = chunk.coarse if chunk.coarse is not None else block_mean(chunk.truth, factor, area)
        bicubic = np.maximum(upsample(np.asarray(coarse, np.float32), factor, "bicubic"), 0)
        valid = np.isfinite(bicubic)
        error = np.where(valid, abs(bicubic - chunk.truth), 0)
        return {
            "crps": chunk.sum(chunk.crps, "crps.bicubic", valid),
            "bicubic": chunk.sum(error, "bicubic", valid),
        }

    def value(self, totals: Totals) -> Value:
        """Skill."""
        if totals["bicubic"] <= 0:
            return Null("bicubic interpolation makes no error")
        return lone_member(totals, "fair CRPS") or 1 - float(totals["crps"] / totals["bicubic"])
