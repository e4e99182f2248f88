"""Measures how the coarse rain of a dataset is related to the mean of its fine rain, for every table."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from downbench.contracts.dataset import SPLITS, Dataset, FieldSequence
from downbench.contracts.open_split import open_split
from downbench.errors import UserError
from downbench.guard import defined_at
from downbench.resampling import block_mean
from downbench.scoring.relation import Relation

TOLERANCE = 1e-3  # of the mean's root mean square: packed and rounded fields are off by that much
MOST_BYTES = 32 << 20  # of fine rain that is looked at in a split
CHECKED_BYTES = 1 << 20  # of one that is the mean by construction
STRETCHES = 8  # of consecutive frames in a longer split, evenly spread over it

Values = NDArray[np.float64]


def measure_splits(dataset: Dataset, splits: Sequence[str] = SPLITS) -> dict[str, Relation]:
    """Measure it in each of these splits that has frames, in their order.

    A dataset that makes its coarse rain of the fine is held to that in a few frames of the test split.

    Raises:
        UserError: its coarse rain is not the mean of the fine, although the dataset says so.
    """
    if dataset.coarse_is_mean:
        return {"test": _checked(dataset)} if "test" in splits else {}
    opened = {split: open_split(dataset, split) for split in splits}
    return {split: measure_relation(sequences) for split, sequences in opened.items() if sequences}


def _checked(dataset: Dataset) -> Relation:
    relation = measure_relation(open_split(dataset, "test")[:1], CHECKED_BYTES)
    if relation.cells and not relation.perfect:
        raise UserError(
            f"{dataset.label}: {relation.text}; the dataset says that it is ({defined_at(type(dataset))})",
            "leave out coarse_is_mean = True, or mend the mean",
        )
    return replace(relation, perfect=True)


def measure_relation(sequences: Iterable[FieldSequence], most_bytes: int = MOST_BYTES) -> Relation:
    """Measure how coarse and fine rain of a split are related.

    All of a split is read if its fine rain takes up at most ``most_bytes``, else that much of it, in
    stretches that are evenly spread over its time.

    Args:
        sequences: of the split; coarse frames without counterpart in the fine rain are left out.
        most_bytes: of fine rain as float32.
    """
    sums, frames = np.zeros(7), 0
    sequences = tuple(sequences)
    share = most_bytes // max(1, len(sequences))
    for sequence in sequences:
        for part in _stretches(sequence, share):
            coarse, mean = coarse_and_mean(sequence, part)
            frames += len(coarse)
            valid = np.isfinite(coarse) & np.isfinite(mean)
            c, m = coarse[valid], mean[valid]
            sums += [c.size, c.sum(), m.sum(), c @ c, m @ m, c @ m, (c - m) @ (c - m)]
    return _relation(sums, frames)


def _stretches(sequence: FieldSequence, most_bytes: int) -> Iterator[slice]:
    """Coarse frames to look at, counted from the first one that has fine rain."""
    factor = sequence.time_factor
    count = len(sequence.times) // factor
    cells = int(np.prod(sequence.fine.shape[1:])) * factor
    most = max(1, most_bytes // max(4 * cells, 1))
    number = min(STRETCHES, most)
    length = max(1, min(count, most) // number)
    starts = np.linspace(0, count - length, number).astype(int) if count > most else range(0, count, length)
    for first in map(int, starts):
        yield slice(first, min(first + length, count))


def coarse_and_mean(sequence: FieldSequence, part: slice) -> tuple[Values, Values]:
    """Coarse rain and the mean of the fine rain, both (time, tile, Y, X) in mm/h.

    Args:
        sequence: of any split.
        part: coarse frames, counted from the first one that has fine rain.
    """
    rain = sequence.coarse["precipitation"]
    coarse = rain.isel(time=slice(sequence.warmup + part.start, sequence.warmup + part.stop))
    times = sequence.time_factor
    fine = sequence.fine.isel(time=slice(part.start * times, part.stop * times)).to_numpy()
    area = sequence.static["area"].to_numpy() if "area" in sequence.static else None
    mean = block_mean(fine.astype(np.float64), sequence.fine.sizes["y"] // rain.sizes["y"], area)
    mean = mean.reshape(-1, times, *mean.shape[1:]).mean(axis=1)
    return coarse.to_numpy().astype(np.float64), mean


def _relation(sums: Values, frames: int) -> Relation:
    n, c, m, cc, mm, cm, square = sums.tolist()
    if not n:
        return Relation(False, frames, 0, None, None, None)
    spread = (cc / n - (c / n) ** 2) * (mm / n - (m / n) ** 2)
    together = cm / n - c * m / n**2
    rmse = (square / n) ** 0.5
    return Relation(
        perfect=rmse <= TOLERANCE * (mm / n) ** 0.5,
        frames=frames,
        cells=int(n),
        correlation=min(1.0, together / spread**0.5) if spread > 0 else None,
        bias_ratio=c / m if m > 0 else None,
        rmse=rmse,
    )
