"""Do the splits of a dataset share frames? Then a method has seen what it is scored on."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from itertools import combinations

import numpy as np
import xarray as xr

from downbench.contracts.dataset import FieldSequence
from downbench.dates import date_text

MOST_FRAMES = 12  # of each sequence, spread over it
LEAST_WET = 5  # cells of a field that two fields must have in common


def shared_frames(splits: Mapping[str, Iterable[FieldSequence]], most: int = MOST_FRAMES) -> str:
    """Which frame two splits share, in one sentence; empty where there is none among those looked at.

    Frames are compared by their coarse rain: some of each sequence, spread over it, whatever their times, and
    some of those whose times are in both splits.

    Args:
        splits: name to sequences.
        most: frames of each sequence that are looked at.
    """
    opened = {name: tuple(sequences) for name, sequences in splits.items()}
    seen: dict[str, dict[bytes, str]] = {}
    for name, sequences in opened.items():
        seen[name] = dict(_digests(sequences, most))
    for one, other in combinations(opened, 2):
        common = seen[one].keys() & seen[other].keys()
        if common:
            digest = min(common)
            return f"{seen[one][digest]} of {one!r} is also {seen[other][digest]} of {other!r}"
        for a in opened[one]:
            for b in opened[other]:
                if text := _at_one_time(a, b, most):
                    return f"{text} is in {one!r} and in {other!r}"
    return ""


def _digests(sequences: Iterable[FieldSequence], most: int) -> Iterator[tuple[bytes, str]]:
    for sequence in sequences:
        count = sequence.coarse.sizes["time"] - sequence.warmup
        if count:
            frames = sequence.warmup + np.unique(np.linspace(0, count - 1, min(count, most)).astype(int))
            yield from _frames(sequence, frames)


def _frames(sequence: FieldSequence, frames: np.ndarray) -> Iterator[tuple[bytes, str]]:
    """Digest and description of each frame and tile with rain in some cells."""
    rain = sequence.coarse["precipitation"].isel(time=frames)
    times = rain["time"].to_numpy()
    for t, fields in enumerate(rain.to_numpy()):
        for tile, field in enumerate(fields):
            wet = field[np.isfinite(field) & (field > 0)]
            if np.unique(wet).size >= LEAST_WET:
                digest = hashlib.sha256(field.astype(np.float32).tobytes()).digest()
                yield digest, f"{date_text(times[t], sequence.calendar)}, tile {tile}, of {sequence.name!r}"


def _at_one_time(one: FieldSequence, other: FieldSequence, most: int) -> str:
    """A frame that two sequences share at a time that both have; empty where there is none."""
    times = np.intersect1d(_times(one), _times(other))
    if not len(times) or one.coarse.sizes["tile"] == 0:
        return ""
    chosen = times[np.unique(np.linspace(0, len(times) - 1, min(len(times), most)).astype(int))]
    mine, theirs = (dict(_frames(s, np.flatnonzero(np.isin(_all(s.coarse), chosen)))) for s in (one, other))
    common = mine.keys() & theirs.keys()
    return mine[min(common)] if common else ""


def _times(sequence: FieldSequence) -> np.ndarray:
    return _all(sequence.coarse)[sequence.warmup :]


def _all(fields: xr.Dataset) -> np.ndarray:
    return fields["time"].to_numpy()
