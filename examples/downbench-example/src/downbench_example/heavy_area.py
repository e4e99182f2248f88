"""Area with heavy rain, predicted over true."""

from collections.abc import Mapping

from downbench import Chunk, Metric, Null, Statistic, Totals, Value

HEAVY = 5.0  # mm/h


class HeavyArea(Metric):
    """Ratio of the areas with more than 5 mm/h; members are averaged."""

    unit = "1"
    direction = "none"
    definition = "area(members > 5 mm/h), averaged over members, / area(truth > 5 mm/h)"

    def statistics(self, chunk: Chunk) -> Mapping[str, Statistic]:
        """Two areas per time step and region."""
        return {
            "truth": chunk.sum(chunk.truth > HEAVY),
            "ensemble": chunk.sum((chunk.members > HEAVY).mean(axis=0)),
        }

    def value(self, totals: Totals) -> Value:
        """Their ratio."""
        true = totals["truth"].item()
        return totals["ensemble"].item() / true if true else Null("no heavy rain in the truth")
