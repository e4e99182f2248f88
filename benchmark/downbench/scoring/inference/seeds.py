"""Differences of two methods over weather and seeds together: both are drawn anew in each resample."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from downbench.contracts.noise import derive_seed
from downbench.scoring.inference.intervals import KNOWN, bias_corrected

Run = tuple[float, NDArray[np.float64]]  # a value, and its resampled values (resample,)


def interval_over_seeds(
    first: Sequence[Run], second: Sequence[Run], blocks: int, block: int
) -> tuple[float, float, float] | None:
    """Mean difference over seeds, first less second, with its interval; None where it cannot be given.

    Args:
        first: the runs of one method, at least two, one a seed.
        second: those of the other.
        blocks: resampling blocks in the record.
        block: time bins in a block.
    """
    value = float(np.mean([v for v, _ in first]) - np.mean([v for v, _ in second]))
    drawn = over_seeds([d for _, d in first], "first") - over_seeds([d for _, d in second], "second")
    finite = drawn[np.isfinite(drawn)]
    if len(finite) < KNOWN * len(drawn):
        return None
    return value, *bias_corrected(value, finite, blocks=blocks, block=block)


def over_seeds(drawn: Sequence[NDArray[np.float64]], name: str) -> NDArray[np.float64]:
    """Means over as many drawn seeds (resample,); n drawn from n spread too little, by (n - 1) / n.

    Args:
        drawn: resampled values (resample,), one array a seed, at least two.
        name: of the method: the draws of seeds are others for each.
    """
    values = np.stack(drawn)
    n, resamples = values.shape
    rng = np.random.default_rng(derive_seed("seeds", name, n, resamples))
    picked = rng.integers(n, size=(n, resamples))
    means, weather = np.take_along_axis(values, picked, axis=0).mean(axis=0), values.mean(axis=0)
    return weather + (means - weather) * np.sqrt(n / (n - 1))
