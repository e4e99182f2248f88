"""Error of the wet fraction."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from downbench import Chunk, Metric, Statistic, Totals, Value

WET = np.float32(0.1)  # mm/h


class WetFraction(Metric):
    """Share of the area with rain in the ensemble less that in the truth."""

    name = "wet-fraction"
    unit = "1"
    direction = "zero"
    range = (-1.0, 1.0)
    definition = "fraction of cells and times above 0.1 mm/h, by area: mean over members less truth"

    def statistics(self, chunk: Chunk) -> Mapping[str, Statistic]:
        """Wet areas of truth and ensemble."""
        wet = np.zeros(chunk.truth.shape, np.float32)
        for member in chunk.members:
            wet += member > WET
        return {
            "truth": chunk.sum(chunk.truth > WET, "wet.truth"),
            "ensemble": chunk.sum(wet / np.float32(len(chunk.members)), "wet.ensemble"),
            "weight": chunk.weight(),
        }

    def value(self, totals: Totals) -> Value:
        """Difference of wet fractions."""
        return float((totals["ensemble"] - totals["truth"]) / totals["weight"])
