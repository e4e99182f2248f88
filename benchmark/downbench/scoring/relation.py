"""How the coarse rain of a dataset is related to the mean of its fine rain: numbers, and words for tables."""

from __future__ import annotations

from dataclasses import dataclass

PERFECT = "perfect model (coarse = mean of fine)"
POINTS = "places without coarse rain: predictions are held against them at the nearest cell"


@dataclass(frozen=True)
class Relation:
    """Coarse rain against the area-weighted mean of the fine rain, over coarse cells that are valid in both.

    Args:
        perfect: coarse rain is that mean, to rounding.
        frames: coarse frames that were looked at.
        cells: valid coarse cells in them.
        correlation: Pearson's, over cells and times; None where either does not vary.
        bias_ratio: mean coarse rain over mean fine rain; None without rain.
        rmse: root mean square difference [mm/h]; None without a valid cell.
    """

    perfect: bool
    frames: int
    cells: int
    correlation: float | None
    bias_ratio: float | None
    rmse: float | None

    @property
    def text(self) -> str:
        """For the notes of a table."""
        if self.perfect:
            return PERFECT
        numbers = {"correlation": self.correlation, "bias ratio": self.bias_ratio, "RMSE": self.rmse}
        said = [f"{name} {value:.2f}" for name, value in numbers.items() if value is not None]
        if self.rmse is not None:
            said[-1] += " mm/h"
        against = f"coarse rain is not the mean of the fine; against it: {', '.join(said)}"
        return against if said else "coarse and fine rain are nowhere valid together"
