"""Coarse training states, and the search for those nearest to a given one.

A state is a patch of coarse cells with its border. Its distance to another: squared differences of
log(1 + rain / 0.1 mm/h), those in the border at half weight, and of the other fields in the patch,
standardised, together at the weight ``predictors``. Missing cells count as dry, or as average.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple, Self

import numpy as np
import xarray as xr
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from downbench import FieldSequence, UserError

Array = NDArray[np.float32]
RAIN = "precipitation"
RAIN_SCALE = 0.1  # mm/h
BORDER_WEIGHT = 0.5
DRY = 1e-3  # mm/h; a patch below it has no structure to be found
MOST_BYTES = 2e9  # of the states; of a longer record fewer frames are kept, evenly spread
WORK = 5e7  # distances worked out at once


class Patch(NamedTuple):
    """Size of a patch in coarse cells, and of the border around it."""

    height: int
    width: int
    border: int


@dataclass(frozen=True)
class States:
    """Coarse training fields.

    Args:
        fields: transformed and standardised, (frame, tile, channel, y, x); rain is the first channel.
        valid: where coarse rain is known, (frame, tile, y, x).
        names: of the other channels.
        moments: their means and standard deviations, (channel, 2).
        weight: of the other channels together.
    """

    fields: Array
    valid: NDArray[np.bool_]
    names: tuple[str, ...]
    moments: NDArray[np.float64]
    weight: float

    @staticmethod
    def most_frames(train: tuple[FieldSequence, ...], weight: float) -> int:
        """Frames of training sequences whose states are held in memory, at most."""
        rain = train[0].coarse[RAIN]
        channels = len(train[0].coarse.data_vars) if weight > 0 else 1
        return max(1, int(MOST_BYTES // (4 * channels * rain.size // max(rain.sizes["time"], 1))))

    @classmethod
    def of(cls, train: tuple[FieldSequence, ...], frames: list[NDArray[np.intp]], weight: float) -> Self:
        """Collect ``frames`` of each training sequence."""
        names = tuple(str(name) for name in train[0].coarse if name != RAIN and weight > 0)
        parts = [
            sequence.coarse[[RAIN, *names]].isel(time=chosen + sequence.warmup)
            for sequence, chosen in zip(train, frames, strict=True)
        ]
        raw = np.concatenate([_stack(part, names) for part in parts])
        valid = np.isfinite(raw[:, :, 0])
        flat = [raw[:, :, 1 + i] for i in range(len(names))]
        moments = np.array([(np.nanmean(f, dtype=float), np.nanstd(f, dtype=float)) for f in flat])
        states = cls(raw, valid, names, moments.reshape(-1, 2), weight)
        return cls(states.transformed(raw), valid, names, states.moments, weight)

    def transformed(self, raw: Array) -> Array:
        """Rain [mm/h] and other fields (..., channel, y, x) as distances take them."""
        out = np.empty_like(raw)
        out[..., 0, :, :] = np.log1p(np.maximum(raw[..., 0, :, :], 0) / RAIN_SCALE)
        for i, (mean, std) in enumerate(self.moments):
            scale = np.sqrt(self.weight / len(self.names)) / (std if std > 0 else 1)
            out[..., 1 + i, :, :] = (raw[..., 1 + i, :, :] - mean) * scale
        return np.nan_to_num(out)

    def read(self, coarse: xr.Dataset) -> Array:
        """Transformed fields (time, channel, y, x) of coarse ones (time, y, x).

        Raises:
            UserError: a field that the training data had is missing.
        """
        absent = [name for name in self.names if name not in coarse]
        if absent:
            raise UserError(f"coarse fields lack {', '.join(absent)}, which the method was fitted with")
        return self.transformed(_stack(coarse, self.names))

    def write(self, file: Path) -> None:
        """Keep the fields in an npz file."""
        np.savez_compressed(
            file,
            fields=self.fields,
            valid=self.valid,
            names=np.array(self.names, np.str_),
            moments=self.moments,
            weight=self.weight,
        )

    @classmethod
    def open(cls, file: Path) -> Self:
        """Restore what :meth:`write` kept."""
        with np.load(file, allow_pickle=False) as kept:
            names = tuple(str(name) for name in kept["names"])
            return cls(kept["fields"], kept["valid"], names, kept["moments"], float(kept["weight"]))


def _stack(coarse: xr.Dataset, names: tuple[str, ...]) -> Array:
    fields = [coarse[name].to_numpy() for name in (RAIN, *names)]
    return np.stack(fields, axis=-3).astype(np.float32)


def features(fields: Array, patch: Patch) -> Array:
    """One row for each position of a patch in a frame.

    Args:
        fields: transformed, (channel, y, x).

    Returns:
        (y - height + 1, x - width + 1, features); beyond the edge the fields are continued.
    """
    b = patch.border
    padded = np.pad(fields[0], b, mode="edge")
    weights = np.full((patch.height + 2 * b, patch.width + 2 * b), BORDER_WEIGHT**0.5, np.float32)
    weights[b : b + patch.height, b : b + patch.width] = 1
    rain = sliding_window_view(padded, weights.shape) * weights
    others = sliding_window_view(fields[1:], patch[:2], axis=(1, 2)).transpose(1, 2, 0, 3, 4)
    return np.concatenate([rain.reshape(*rain.shape[:2], -1), others.reshape(*rain.shape[:2], -1)], -1)


@dataclass(frozen=True)
class Library:
    """Features of patches of the training record, and where each patch lies.

    Args:
        features: (entry, feature).
        positions: frame, tile, row and column (coarse cells) of each, (entry, 4).
    """

    features: Array
    positions: NDArray[np.intp]

    def nearest(self, queries: Array, count: int) -> NDArray[np.intp]:
        """Entries nearest to each query, nearest first: (query, count), fewer if there are fewer entries."""
        count = min(count, len(self.features))
        norms = np.square(self.features).sum(1)
        ranked = []
        for part in np.array_split(queries, max(1, int(np.ceil(len(queries) * len(norms) / WORK)))):
            distance = norms - 2 * part @ self.features.T
            near = np.argpartition(distance, count - 1, axis=1)[:, :count]
            order = np.take_along_axis(distance, near, 1).argsort(1, kind="stable")
            ranked.append(np.take_along_axis(near, order, 1))
        return np.concatenate(ranked)


def wet_patches(states: States, patch: Patch, most: int, seed: int) -> NDArray[np.intp]:
    """Places of patches with rain, whole ones if there are any: (entry, 4), sorted.

    If there are more than ``most``, so many are drawn at random.
    """
    wet = states.fields[:, :, 0] > np.log1p(DRY / RAIN_SCALE)
    whole = sliding_window_view(states.valid, patch[:2], axis=(2, 3)).all((-2, -1))
    some = sliding_window_view(wet, patch[:2], axis=(2, 3)).any((-2, -1))
    usable = whole & some if (whole & some).any() else some
    flat = np.flatnonzero(usable)
    if len(flat) > most:
        flat = np.sort(np.random.default_rng(seed).choice(flat, most, replace=False, shuffle=False))
    return np.stack(np.unravel_index(flat, usable.shape), 1)


def build_library(states: States, patch: Patch, positions: NDArray[np.intp]) -> Library:
    """Features of the patches at ``positions`` (entry, 4), which are sorted."""
    inner, outer = (
        patch.height * patch.width,
        (patch.height + 2 * patch.border) * (patch.width + 2 * patch.border),
    )
    rows = np.empty((len(positions), outer + len(states.names) * inner), np.float32)
    starts = np.flatnonzero(np.r_[True, (np.diff(positions[:, :2], axis=0) != 0).any(1)])
    for start, stop in zip(starts, [*starts[1:], len(positions)], strict=True):
        frame, tile, y, x = positions[start:stop].T
        rows[start:stop] = features(states.fields[frame[0], tile[0]], patch)[y, x]
    return Library(rows, positions)
