"""Where the frames of a split stand in arrays of statistics: by step and by time bin, by sequence."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from downbench.errors import UserError


def bin_starts(times: NDArray[np.datetime64], width: np.timedelta64) -> NDArray[np.datetime64]:
    """Start of the time bin of each time, counted from 1970."""
    seconds = np.asarray(times, "datetime64[s]").astype(np.int64)
    size = int(width / np.timedelta64(1, "s"))
    return (seconds // size * size).astype("datetime64[s]")


@dataclass(frozen=True, eq=False)
class TimeLayout:
    """All frames of a split.

    Args:
        names: of the sequences.
        times: of all frames, one sequence after the other, (step,).
        owner: index of each frame's sequence, (step,).
        width: of a time bin. Bins never span two sequences.
    """

    names: tuple[str, ...]
    times: NDArray[np.datetime64]
    owner: NDArray[np.int64]
    width: np.timedelta64

    @classmethod
    def of(cls, frames: Sequence[tuple[str, NDArray[np.datetime64]]], width: np.timedelta64) -> TimeLayout:
        """Lay out the frames (name, times) of each sequence."""
        times = [np.asarray(each, "datetime64[s]") for _, each in frames]
        owner = np.repeat(np.arange(len(times)), [len(each) for each in times])
        return cls(tuple(name for name, _ in frames), np.concatenate(times), owner, width)

    @cached_property
    def _bins(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        starts = bin_starts(self.times, self.width).astype(np.int64)
        return np.unique(np.stack([self.owner, starts]), axis=1, return_inverse=True)

    @property
    def step_bin(self) -> NDArray[np.int64]:
        """Index of each frame's time bin, (step,)."""
        return self._bins[1].ravel()

    @property
    def bin_owner(self) -> NDArray[np.int64]:
        """Index of each bin's sequence, (bin,)."""
        return self._bins[0][0]

    @property
    def bin_times(self) -> NDArray[np.datetime64]:
        """Start of each bin, (bin,)."""
        return self._bins[0][1].astype("datetime64[s]")

    @cached_property
    def _steps(self) -> Mapping[str, tuple[NDArray[np.datetime64], int]]:
        return {
            name: (self.times[self.owner == i], int(np.argmax(self.owner == i)))
            for i, name in enumerate(self.names)
        }

    def steps_of(self, sequence: str, times: NDArray[np.datetime64]) -> NDArray[np.int64]:
        """Indices of frames of a sequence.

        Raises:
            UserError: a frame that is not in the layout.
        """
        own, first = self._steps.get(sequence, (self.times[:0], 0))
        index = np.searchsorted(own, times)
        if not len(own) or (index == len(own)).any() or (own[index] != times).any():
            raise UserError(f"a chunk of sequence {sequence!r} has frames outside the scored ones")
        return index + first

    def first_step(self, sequence: str) -> int:
        """Index of a sequence's first frame."""
        return self._steps[sequence][1]

    def index(self, per: str, steps: NDArray[np.int64]) -> NDArray[np.int64]:
        """Rows that a statistic of these frames adds to: the frames themselves, or their bins."""
        return steps if per == "step" else np.unique(self.step_bin[steps])

    def rows(self, per: str) -> int:
        """Number of steps or bins."""
        return len(self.times) if per == "step" else len(self.bin_times)
