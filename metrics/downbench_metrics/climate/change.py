"""The change signal: how rain differs between two periods of the split, in truth and in the ensemble."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from downbench import (
    Chunk,
    Curve,
    Metric,
    Null,
    Statistic,
    Totals,
    Value,
    histogram_edges,
    histogram_quantile,
)
from downbench_metrics.climate.periods import Periods, by_period, period_bins
from downbench_metrics.shared.beyond import COUNT, LEAST_BINS, LEAST_VALUES, highest_filled
from downbench_metrics.shared.thresholds import WET
from downbench_metrics.shared.when import when

LEVEL, LABEL = 0.999, "p99.9"
SIDES, HALVES = ("truth", "ensemble"), ("first half", "second half")
LEAST_DRAWN = 10  # true values beyond the last quantile of the curve, in each period
Change = Mapping[str, float] | Null  # of truth and ensemble
_WHAT = (
    "relative change of the mean and of the 99.9th percentile of all values from the first half of the "
    "scored time bins to the second (members pooled with weights area / m)"
)


class _Change(Metric):
    """Compares two periods: the halves of the split, or ``periods`` where a subclass names two.

    ``periods`` has the first and the last date of each, as ``("2001-01", "2005-12")``; the last one counts
    whole, whether it is a day, a month or a year.
    """

    periods: ClassVar[Periods | None] = None
    unit = "1"
    fair = False
    no_interval = "it compares two periods, which resampling would mix"
    reference = "Maraun (2016), doi:10.1007/s40641-016-0050-x"

    def statistics(self, chunk: Chunk) -> Mapping[str, Statistic]:
        """Histograms of truth and ensemble, and when their bins are."""
        histograms = {"truth": chunk.histogram("truth"), "ensemble": chunk.histogram("ensemble")}
        return {"when": when(chunk), **histograms}


class ChangeError(_Change):
    """Error of the change signal."""

    name = "change-error"
    range = (float("-inf"), float("inf"))
    headline = "mean"
    definition = (
        f"{_WHAT}, ensemble less truth, absolute and signed. Null unless each half has at least 10 time "
        "bins, and for the percentile at least 100 true values in 10 time bins beyond it in each half. A "
        "subclass can name other periods"
    )

    def value(self, totals: Totals) -> Value:
        """Absolute and signed errors of both changes."""
        return errors(changes(totals, self.periods))

    def curve(self, totals: Totals) -> Curve | None:
        """Relative change of quantiles against the probability of exceeding them."""
        chosen = period_bins(totals, self.periods)
        both = {which: by_period(totals, which, chosen) for which in SIDES}
        if not both["truth"][:, 0].any(axis=1).all():
            return None
        exceedance = np.geomspace(0.3, 1e-7, 80)
        quantiles = {which: _quantiles(both[which], exceedance) for which in SIDES}
        drawn = [_values_beyond(*pair) for pair in zip(both["truth"], quantiles["truth"], strict=True)]
        use = (quantiles["truth"] > WET).all(axis=0) & (np.min(drawn, axis=0) >= LEAST_DRAWN)
        with np.errstate(invalid="ignore", divide="ignore"):
            series = {which: after[use] / before[use] - 1 for which, (before, after) in quantiles.items()}
        return Curve(exceedance[use], series, "probability of exceedance", "relative change", log_x=True)


class ChangeSignal(_Change):
    """The change signal itself."""

    name = "change-signal"
    direction = "none"
    range = (-1.0, float("inf"))
    headline = "mean of the ensemble"
    definition = f"{_WHAT}, of truth and of ensemble. change-error has their difference"

    def value(self, totals: Totals) -> Value:
        """Both changes of both sides."""
        return signals(changes(totals, self.periods))


def changes(totals: Totals, periods: Periods | None) -> dict[str, Change]:
    """Relative changes of truth and ensemble from one period to the other, by what changes."""
    chosen = period_bins(totals, periods)
    number = int(chosen.sum(axis=1).min())
    if number < LEAST_BINS:
        why = Null(f"{number} time bins in one of the two periods, {LEAST_BINS} are needed")
        return {"mean": why, LABEL: why}
    both = {which: by_period(totals, which, chosen) for which in SIDES}
    if not both["truth"][:, 0].any(axis=1).all():
        why = Null("no valid cell in one of the two periods")
        return {"mean": why, LABEL: why}
    means = {which: one[:, 1].sum(axis=1) / one[:, 0].sum(axis=1) for which, one in both.items()}
    quantiles = {which: _quantiles(one, np.array([1 - LEVEL]))[:, 0] for which, one in both.items()}
    highest = totals.each("truth", highest_filled)
    few: Null | None = None
    for mine, histogram, true in zip(chosen, both["truth"], quantiles["truth"], strict=True):
        values = int(_values_beyond(histogram, true))
        bins = int((highest[mine] >= np.searchsorted(histogram_edges(), true, side="right")).sum())
        if values < LEAST_VALUES or bins < LEAST_BINS:
            few = Null(
                f"{values} true values in {bins} time bins of one period lie beyond it, {LEAST_VALUES} in "
                f"{LEAST_BINS} are needed"
            )
    return {"mean": _relative(means), LABEL: few or _relative(quantiles)}


def errors(both: Mapping[str, Change]) -> dict[str, float | Null]:
    """Errors of changes by component."""
    values: dict[str, float | Null] = {}
    for label, change in both.items():
        error = change if isinstance(change, Null) else change["ensemble"] - change["truth"]
        values[label] = error if isinstance(error, Null) else abs(error)
        values[f"{label} signed"] = error
    return values


def signals(both: Mapping[str, Change]) -> dict[str, float | Null]:
    """Changes themselves by component."""
    return {
        f"{label} of the {which}": change if isinstance(change, Null) else change[which]
        for label, change in both.items()
        for which in SIDES
    }


def sides_of_periods(totals: Totals) -> dict[str, float]:
    """Means and quantiles [mm/h] that changes are made of, each for itself, for ``bench verify``."""
    chosen = period_bins(totals, None)
    values: dict[str, float] = {}
    for which in SIDES:
        for half, histogram in zip(HALVES, by_period(totals, which, chosen), strict=True):
            if histogram[0].any():
                values[f"mean of the {which}, {half}"] = float(histogram[1].sum() / histogram[0].sum())
                quantile = histogram_quantile(histogram, np.array([LEVEL]))[0]
                values[f"{LABEL} of the {which}, {half}"] = float(quantile)
    return values


def _relative(values: Mapping[str, NDArray[np.float64]]) -> Change:
    """Relative changes of values (2,) of truth and ensemble."""
    for which, (before, _) in values.items():
        if not before > 0:
            return Null(f"it is zero in the first period, in the {which}")
    return {which: float(after / before) - 1 for which, (before, after) in values.items()}


def _quantiles(histograms: NDArray[np.float64], exceedance: NDArray[np.float64]) -> NDArray[np.float64]:
    """Quantiles [mm/h] (2, n) of two histograms (2, 3, bin)."""
    return np.stack([histogram_quantile(one, 1 - exceedance) for one in histograms])


def _values_beyond(
    histogram: NDArray[np.float64], quantiles: NDArray[np.float64] | float
) -> NDArray[np.float64]:
    """How many values of a histogram (3, bin) lie beyond the bins of some quantiles [mm/h]."""
    above = np.append(histogram[COUNT][::-1].cumsum()[::-1], 0)
    first = np.searchsorted(histogram_edges(), quantiles, side="right")
    return above[np.minimum(first, len(above) - 1)]
