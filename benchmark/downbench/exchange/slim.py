"""Less of a run: what a table of many needs of it, and the paired intervals of its headlines.

All scores stay as they are, to the bit.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from math import prod

import numpy as np
import pandas as pd

from downbench.scoring.statistics import Statistics
from downbench.store.record_parts import CurvePart

FEW = 16  # numbers a time step that a metric may take in slim statistics
DIGITS = 6  # of a curve, which is there to be looked at
BITS = 15  # of the 23 of a single-precision mantissa that slim resamples keep: a step of 1.5e-5 of the value


def slim_statistics(statistics: Statistics) -> Statistics:
    """The statistics of the metrics that take few numbers a time step: no maps, no histograms."""
    small = {name for name, values in statistics.arrays.items() if prod(values.shape[1:]) <= FEW}
    keys = {metric: own for metric, own in statistics.keys.items() if small.issuperset(own.values())}
    names = {name for own in keys.values() for name in own.values()}
    return replace(
        statistics,
        keys=keys,
        arrays={name: values for name, values in statistics.arrays.items() if name in names},
        per={name: per for name, per in statistics.per.items() if name in names},
    )


def slim_curve(curve: CurvePart) -> CurvePart:
    """A curve in as many digits as can be seen."""
    series = {name: _few_digits(values) for name, values in curve.series.items()}
    return curve.model_copy(update={"x": _few_digits(curve.x), "series": series})


def _few_digits(values: Sequence[float | None]) -> list[float | None]:
    return [None if value is None else float(f"{value:.{DIGITS}g}") for value in values]


def slim_resamples(drawn: pd.DataFrame, headlines: Collection[str]) -> pd.DataFrame:
    """The resampled values of some columns, in as many bits as their differences need.

    Args:
        drawn: a column per ``metric|component``, single precision.
        headlines: columns that are kept, where they are there.
    """
    kept = drawn[[name for name in drawn.columns if name in headlines]]
    return kept.apply(_rounded)


def _rounded(column: pd.Series) -> pd.Series:
    """Round to the nearest number of so many bits; what is left compresses to two bytes."""
    dropped = 23 - BITS
    bits = column.to_numpy(np.float32).view(np.uint32)
    half = np.uint32(1 << (dropped - 1))
    mask = np.uint32((0xFFFFFFFF << dropped) & 0xFFFFFFFF)
    finite = np.isfinite(column.to_numpy())
    return pd.Series(np.where(finite, (bits + half) & mask, bits).astype(np.uint32).view(np.float32))
