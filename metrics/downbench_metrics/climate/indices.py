"""Indices of daily rain as climatologists use them (ETCCDI), cell by cell, against those of the truth."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from downbench import Chunk, Curve, Metric, Null, Statistic, Totals, Value
from downbench_metrics.climate.days import LEAST_DAYS, Days, daily, days_of

WET_DAY = 1.0  # mm
Index = NDArray[np.float64]
_SHARES = np.linspace(0, 1, 41)


class ClimateIndex(Metric):
    """An index of daily rain: its error against that of the truth, cell by cell."""

    regional = False
    headline = "absolute"
    range = (float("-inf"), float("inf"))
    no_interval = "it hangs on all days in their order, which resampling would break"
    reference = "Zhang et al. (2011), doi:10.1002/wcc.147"
    about: ClassVar[str]

    def __init_subclass__(cls) -> None:
        cls.definition = (
            f"{cls.about}, of each cell over the scored days and of each member; mean by area over cells and "
            "members of the member's index less the truth's, absolute and signed. Days are calendar days "
            "(UTC) with all their frames, and a cell needs 30 of them. Of every s-th cell in y and x, with "
            "the least s that leaves at most 16 cells along a tile's edge and has no divisor in common with "
            "the factor"
        )

    @abstractmethod
    def index(self, days: Days) -> Index:
        """Index of truth and members (cell, 1 + m), NaN where there is none."""

    def statistics(self, chunk: Chunk) -> Mapping[str, Statistic]:
        """Daily rain of sampled cells."""
        return daily(chunk)

    def value(self, totals: Totals) -> Value:
        """Absolute and signed error."""
        return self.errors(totals, LEAST_DAYS)

    def errors(self, totals: Totals, least: int) -> dict[str, float | Null]:
        """Absolute and signed error over the cells with at least ``least`` whole days."""
        days = days_of(totals, least)
        if isinstance(days, Null):
            return {"absolute": days, "signed": days}
        index = self.index(days)
        error = index[:, 1:] - index[:, :1]
        seen = np.isfinite(error)
        if not seen.any():
            none = Null("no sampled cell has a wet day in truth and ensemble")
            return {"absolute": none, "signed": none}
        weights = np.broadcast_to(days.area[:, None], error.shape)[seen]
        return {
            "absolute": float(np.average(np.abs(error[seen]), weights=weights)),
            "signed": float(np.average(error[seen], weights=weights)),
        }

    def curve(self, totals: Totals) -> Curve | None:
        """The index itself, from the cell with the least to the one with the most."""
        days = days_of(totals)
        if isinstance(days, Null):
            return None
        index = self.index(days)
        sides = {"truth": index[:, 0], "ensemble": index[:, 1:]}
        if not all(np.isfinite(side).any() for side in sides.values()):
            return None
        series = {name: np.nanquantile(side, _SHARES) for name, side in sides.items()}
        return Curve(_SHARES, series, "share of cells below", f"{self.name} [{self.unit}]")


class Rx1day(ClimateIndex):
    """Rain of the wettest day."""

    name = "rx1day"
    unit = "mm"
    about = "rain of the wettest day"

    def index(self, days: Days) -> Index:
        """Largest daily rain [mm]."""
        return np.nanmax(days.rain, axis=0)


class SDII(ClimateIndex):
    """Mean rain of wet days."""

    name = "sdii"
    unit = "mm/d"
    about = "mean rain of the days with at least 1 mm (cells without one are left out)"

    def index(self, days: Days) -> Index:
        """Mean rain of wet days [mm/d]."""
        wet = days.rain >= WET_DAY
        number = wet.sum(axis=0)
        total = np.where(wet, days.rain, 0).sum(axis=0)
        return np.divide(total, number, out=np.full(total.shape, np.nan), where=number > 0)


class CDD(ClimateIndex):
    """Longest dry spell."""

    name = "cdd"
    unit = "d"
    about = "largest number of days in a row with less than 1 mm (a missing day ends them)"

    def index(self, days: Days) -> Index:
        """Longest run of dry days."""
        return longest_run(days.rain < WET_DAY, days.follows)


class CWD(ClimateIndex):
    """Longest wet spell."""

    name = "cwd"
    unit = "d"
    about = "largest number of days in a row with at least 1 mm (a missing day ends them)"

    def index(self, days: Days) -> Index:
        """Longest run of wet days."""
        return longest_run(days.rain >= WET_DAY, days.follows)


class R10mm(ClimateIndex):
    """Days with heavy rain."""

    name = "r10mm"
    unit = "d"
    about = "number of days with at least 10 mm"

    def index(self, days: Days) -> Index:
        """Number of such days."""
        return (days.rain >= 10).sum(axis=0).astype(np.float64)


class R20mm(ClimateIndex):
    """Days with very heavy rain."""

    name = "r20mm"
    unit = "d"
    about = "number of days with at least 20 mm"

    def index(self, days: Days) -> Index:
        """Number of such days."""
        return (days.rain >= 20).sum(axis=0).astype(np.float64)


class R95p(ClimateIndex):
    """Rain of very wet days."""

    name = "r95p"
    unit = "mm"
    about = (
        "total rain of the days above the 95th percentile of the truth's own wet days (at least 1 mm; "
        "interpolated linearly; cells without one are left out)"
    )

    def index(self, days: Days) -> Index:
        """Rain of very wet days [mm]."""
        truth, wet = days.rain[..., 0], days.rain[..., 0] >= WET_DAY
        limit = np.full(truth.shape[1], np.nan)
        for cell in np.flatnonzero(wet.any(axis=0)):
            limit[cell] = np.quantile(truth[wet[:, cell], cell], 0.95)
        total = np.where(days.rain > limit[:, None], days.rain, 0).sum(axis=0)
        return np.where(np.isnan(limit)[:, None], np.nan, total)


def longest_run(state: NDArray[np.bool_], follows: NDArray[np.bool_]) -> Index:
    """Longest run of days (day, ...) on which ``state`` holds, each following the one before it."""
    run = np.zeros(state.shape[1:])
    longest = run
    for now, goes_on in zip(state, follows, strict=True):
        run = np.where(now, (run if goes_on else 0) + 1, 0)
        longest = np.maximum(longest, run)
    return longest
