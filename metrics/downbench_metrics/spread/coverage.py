"""Coverage of the ensemble's range."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from downbench import Chunk, Curve, Metric, Null, Statistic, Totals, Value


class Coverage(Metric):
    """How often the truth lies inside the ensemble, less how often it should; mode collapse shows here."""

    name = "coverage"
    unit = "1"
    direction = "zero"
    range = (-1.0, 1.0)
    needs = "ensemble"
    fair = False
    definition = (
        "share of the area at which the truth lies between the lowest and the highest member, less the (m - "
        "1) / (m + 1) of a calibrated ensemble; where it ties with members, its weight is spread evenly "
        "over the tied ranks. The curve shows all central intervals beside their nominal coverage"
    )
    reference = "Hamill (2001), doi:10.1175/1520-0493(2001)129<0550:IORHFV>2.0.CO;2"

    def statistics(self, chunk: Chunk) -> Mapping[str, Statistic]:
        """Rank histogram."""
        return {"ranks": chunk.ranks()}

    def value(self, totals: Totals) -> Value:
        """Coverage less its nominal value."""
        m = totals.members
        if m < 2:
            return Null("needs at least two members")
        share = totals["ranks"] / totals["ranks"].sum()
        return float(share[1:-1].sum()) - (m - 1) / (m + 1)

    def curve(self, totals: Totals) -> Curve:
        """Coverage of the intervals between the k-th lowest and the k-th highest member."""
        m = totals.members
        share = totals["ranks"] / totals["ranks"].sum()
        depth = np.arange((m + 1) // 2, 0, -1)
        nominal = np.maximum((m + 1 - 2 * depth) / (m + 1), 0)
        covered = np.array([share[k : m + 1 - k].sum() for k in depth])
        return Curve(
            nominal, {"ensemble": covered, "calibrated": nominal}, "nominal coverage", "coverage of the truth"
        )
