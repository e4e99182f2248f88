"""Is the fine rain of a dataset where its coarse rain is, and in the same units?"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from downbench.contracts.dataset import FieldSequence
from downbench.plausible import unlike_in_amount, unlike_in_place
from downbench.resampling import block_mean

MOST_FRAMES = 16  # of each sequence
LEAST_RAIN = 1e-3  # mm/h; means of less say nothing about units
SEQUENCES = 4


def misplaced(sequences: Iterable[FieldSequence]) -> str:
    """How the fine rain would have to be turned or moved to lie where the coarse is; empty where it does.

    Args:
        sequences: of a split; some frames of the first few are looked at.
    """
    for sequence in tuple(sequences)[:SEQUENCES]:
        coarse, mean = _both(sequence)
        for tile in range(coarse.shape[1]):
            if text := unlike_in_place(mean[:, tile], coarse[:, tile]):
                return f"sequence {sequence.name!r}, tile {tile}: {text}"
    return ""


def in_other_units(sequences: Iterable[FieldSequence]) -> str:
    """How the mean fine rain is unlike the coarse, as in other units; empty where it is plausible."""
    sums = np.zeros(2)
    for sequence in tuple(sequences)[:SEQUENCES]:
        coarse, mean = _both(sequence)
        valid = np.isfinite(coarse) & np.isfinite(mean)
        sums += [mean[valid].sum() / max(valid.sum(), 1), coarse[valid].sum() / max(valid.sum(), 1)]
    if max(sums) < LEAST_RAIN:
        return ""
    return unlike_in_amount(*sums.tolist())


def _both(sequence: FieldSequence) -> tuple[np.ndarray, np.ndarray]:
    """Coarse rain and means of the fine over its cells, (time, tile, Y, X), of the first wet frames."""
    rain, each = sequence.coarse["precipitation"], sequence.time_factor
    count = len(sequence.times) // each
    frames = (
        np.unique(np.linspace(0, count - 1, min(count, MOST_FRAMES)).astype(int)) if count else np.arange(0)
    )
    fine = sequence.fine.isel(time=(frames[:, None] * each + np.arange(each)).ravel()).to_numpy()
    mean = block_mean(fine.astype(np.float64), sequence.fine.sizes["y"] // rain.sizes["y"])
    mean = mean.reshape(len(frames), each, *mean.shape[1:]).mean(axis=1)
    return rain.isel(time=sequence.warmup + frames).to_numpy().astype(np.float64), mean
