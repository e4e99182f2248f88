"""Indices of climate and change signals along an independent path: pandas, a column for each cell."""

from __future__ import annotations

from collections.abc import Callable
from math import gcd

import numpy as np
import pandas as pd

from downbench import Subset
from downbench_metrics.oracles.ensemble import Array

LARGEST = 16  # sampled cells along a tile's edge


def _daily(subset: Subset) -> tuple[list[pd.DataFrame], Array]:
    """Daily rain [mm] of sampled cells, days without all their frames missing: truth, members; and areas."""
    step = -(-max(subset.truth.shape[2:]) // LARGEST)
    while gcd(step, subset.factor) > 1:
        step += 1
    frames = round(24 / subset.step_hours) if subset.step_hours <= 24 else 0
    if not frames or abs(frames * subset.step_hours - 24) > 1e-9:
        return [], np.empty(0)
    fields = []
    for field in (subset.truth, *subset.members):
        here = np.moveaxis(field[..., ::step, ::step], 1, 0).reshape(field.shape[1], -1)
        rain = pd.DataFrame(here * subset.step_hours, index=pd.DatetimeIndex(subset.times))
        days = rain.resample("D").sum(min_count=frames)
        fields.append(days.reindex(pd.date_range(days.index[0], days.index[-1])))
    seen = fields[0].notna().any()
    return [field.loc[:, seen] for field in fields], subset.area[:, ::step, ::step].ravel()[seen]


def _errors(subset: Subset, index: Callable[[pd.DataFrame, pd.DataFrame], pd.Series]) -> dict[str, float]:
    """Absolute and signed error of an index of daily rain (second argument: of the truth's)."""
    fields, area = _daily(subset)
    if not fields or not len(area):
        return {}
    truth = index(fields[0], fields[0])
    error = np.stack([(index(member, fields[0]) - truth).to_numpy(float) for member in fields[1:]])
    use = np.isfinite(error)
    if not use.any():
        return {}
    weights = np.broadcast_to(area, error.shape)[use]
    return {
        "absolute": float(np.average(np.abs(error[use]), weights=weights)),
        "signed": float(np.average(error[use], weights=weights)),
    }


def rx1day(subset: Subset) -> dict[str, float]:
    """Largest daily rain."""
    return _errors(subset, lambda rain, truth: rain.max())


def sdii(subset: Subset) -> dict[str, float]:
    """Mean of the days with at least 1 mm."""
    return _errors(subset, lambda rain, truth: rain.where(rain >= 1).mean())


def r10mm(subset: Subset) -> dict[str, float]:
    """Days with at least 10 mm."""
    return _errors(subset, lambda rain, truth: (rain >= 10).sum())


def r20mm(subset: Subset) -> dict[str, float]:
    """Days with at least 20 mm."""
    return _errors(subset, lambda rain, truth: (rain >= 20).sum())


def r95p(subset: Subset) -> dict[str, float]:
    """Rain of the days above the 95th percentile of the truth's wet days."""

    def index(rain: pd.DataFrame, truth: pd.DataFrame) -> pd.Series:
        limit = truth.where(truth >= 1).quantile(0.95)
        return rain.where(rain > limit).sum().where(limit.notna())

    return _errors(subset, index)


def cdd(subset: Subset) -> dict[str, float]:
    """Longest run of days with less than 1 mm."""
    return _errors(subset, lambda rain, truth: (rain < 1).apply(_longest))


def cwd(subset: Subset) -> dict[str, float]:
    """Longest run of days with at least 1 mm."""
    return _errors(subset, lambda rain, truth: (rain >= 1).apply(_longest))


def _longest(state: pd.Series) -> int:
    """Size of the largest group of equal days in a row on which ``state`` holds."""
    return int(state.groupby((~state).cumsum()).sum().max())


def sides_of_periods(subset: Subset) -> dict[str, float]:
    """Means, and quantiles of numpy, in the first half of the time bins and in the second."""
    values = {}
    for which, sides in _halves(subset).items():
        for half, (rain, areas) in zip(("first half", "second half"), sides, strict=True):
            values[f"mean of the {which}, {half}"] = float(np.average(rain, weights=areas))
            values[f"p99.9 of the {which}, {half}"] = _high(rain, areas)
    return values


def _halves(subset: Subset) -> dict[str, list[tuple[Array, Array]]]:
    """Values and areas of both halves, of truth and of all members."""
    bins = pd.DatetimeIndex(subset.times).floor(pd.Timedelta(subset.time_bin))
    dates = bins.unique().sort_values()
    if len(dates) < 2:
        return {}
    later = np.asarray(bins >= dates[len(dates) // 2])
    halves: dict[str, list[tuple[Array, Array]]] = {"truth": [], "ensemble": []}
    for chosen in (~later, later):
        use = subset.valid[:, chosen]
        areas, members = subset.weights[:, chosen][use], subset.members[:, :, chosen][:, use]
        halves["truth"].append((subset.truth[:, chosen][use], areas))
        halves["ensemble"].append((members.ravel(), np.tile(areas, len(members))))
    return halves if all(len(areas) for _, areas in halves["truth"]) else {}


def _high(values: Array, weights: Array) -> float:
    return float(np.quantile(values, 0.999, method="inverted_cdf", weights=weights))
