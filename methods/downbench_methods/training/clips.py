"""Training examples: patches of short clips, each drawn from its index alone, so that resuming is exact."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from copy import copy
from typing import Self

import numpy as np
import torch
import xarray as xr
from numpy.typing import NDArray
from torch import Tensor

from downbench import FieldSequence, UserError, derive_seed
from downbench_methods.fields.transform import Array, Transform, coarse_topography

CANDIDATES = 3  # patches drawn for one example
READERS = 8  # threads that read data which are not in memory, at most
DRY_WEIGHT = 0.05  # chance of a dry patch relative to a wet one


class Source:
    """Transformed windows of one sequence, from memory or read when asked for."""

    def __init__(self, sequence: FieldSequence, transform: Transform, factor: int, in_memory: bool) -> None:
        self.sequence, self.transform, self.factor = sequence, transform, factor
        self.frames, self.tiles, self.height, self.width = sequence.coarse["precipitation"].shape
        self.frames -= sequence.warmup
        self.relief: Array | None = None
        self.topography: Array | None = None
        if transform.topography is not None:
            self.relief = transform.relief(sequence.static["topography"].to_numpy())
            self.topography = coarse_topography(sequence.static, factor)
        self._coarse: list[Array] | None = None
        if in_memory:
            whole = (slice(0, self.frames), slice(0, self.height), slice(0, self.width))
            self._coarse = [self._read_coarse(tile, *whole) for tile in range(self.tiles)]
            self._fine = [self._read_fine(tile, *whole) for tile in range(self.tiles)]

    def lazy(self, tile: int, time: slice, y: slice, x: slice) -> tuple[xr.Dataset, xr.DataArray]:
        """Coarse fields and rain in mm/h of a box as they are: what is lazy stays so."""
        shown = slice(time.start + self.sequence.warmup, time.stop + self.sequence.warmup)
        names = ["precipitation", *self.transform.names]
        coarse = self.sequence.coarse[[name for name in names if name in self.sequence.coarse]]
        fine = self.sequence.fine.isel(time=time, tile=tile, y=self.fine(y), x=self.fine(x))
        coarse = coarse.isel(time=shown, tile=tile, y=y, x=x)
        return coarse.transpose("time", "y", "x"), fine.transpose("time", "y", "x")

    def channels(self, coarse: xr.Dataset, tile: int, y: slice, x: slice) -> Array:
        """Channels (time, C, y, x) of the coarse fields of a box."""
        topography = None if self.topography is None else self.topography[tile, y, x]
        return self.transform.coarse(coarse, topography)

    def _read_coarse(self, tile: int, time: slice, y: slice, x: slice) -> Array:
        return self.channels(self.lazy(tile, time, y, x)[0], tile, y, x)

    def _read_fine(self, tile: int, time: slice, y: slice, x: slice) -> Array:
        return self.transform.forward(self.lazy(tile, time, y, x)[1].to_numpy())

    def fine(self, coarse: slice) -> slice:
        """The fine cells of a slice of coarse ones."""
        return slice(coarse.start * self.factor, coarse.stop * self.factor)

    def window(self, tile: int, time: slice, y: slice, x: slice) -> tuple[Array, Array]:
        """Coarse channels (time, C, y, x) and fine rain (time, Y, X), NaN where missing."""
        if self._coarse is None:
            return self._read_coarse(tile, time, y, x), self._read_fine(tile, time, y, x)
        return self._coarse[tile][time, :, y, x], self._fine[tile][time, self.fine(y), self.fine(x)]

    def rain(self, tile: int, time: int, y: slice, x: slice) -> Array:
        """Coarse transformed rain (y, x) of one frame."""
        if self._coarse is None:
            return self._read_coarse(tile, slice(time, time + 1), y, x)[0, 0]
        return self._coarse[tile][time, 0, y, x]


class Clips:
    """Random patches of clips.

    An example is the best of three candidates, drawn in proportion to their coarse wet area: a choice that
    depends on the input alone leaves the distribution of truth given input as it is.

    Args:
        sequences: all of one dataset and split.
        patch: fine cells a side, cut down to the domain where that is smaller.
        length: frames of a clip.
        seed: of the draws.
        memory: bytes up to which everything is kept in memory; what is larger stays on disk, and at most so
            many bytes of it are in memory at once (:mod:`downbench_methods.training.stream`).
        halo: fine cells along the cut edges of a patch that networks see, but that do not count: what lies
            there lacks its surroundings.

    Raises:
        UserError: no sequence is as long as a clip, or the halo leaves nothing of a patch.
    """

    def __init__(
        self,
        sequences: Sequence[FieldSequence],
        transform: Transform,
        factor: int,
        patch: int,
        length: int,
        seed: int,
        memory: float = 4e9,
        halo: int = 0,
    ) -> None:
        if 2 * halo >= patch:
            raise UserError(f"a halo of {halo} cells leaves nothing of a patch of {patch}", "lower 'halo'")
        usable = [sequence for sequence in sequences if len(sequence.times) >= length]
        if not usable:
            longest = max((len(sequence.times) for sequence in sequences), default=0)
            raise UserError(
                f"a clip has {length} frames, but the longest sequence has {longest}", "lower 'clip'"
            )
        size = sum(sequence.fine.size * 4 * (1 + transform.channels / factor**2) for sequence in usable)
        self.sources = [Source(sequence, transform, factor, size <= memory) for sequence in usable]
        self.in_memory, self.memory = size <= memory, memory
        self.transform, self.length, self.seed, self.patch = transform, length, seed, patch // factor
        self.factor, self.halo = factor, halo
        weights = np.array([(s.frames - length + 1) * s.tiles * s.height * s.width for s in self.sources])
        self.weights = weights / weights.sum()
        self.wet = float(transform.forward(np.array([0.05]))[0])

    @property
    def hours(self) -> float:
        """Between frames."""
        times = self.sources[0].sequence.times
        return float((times[1] - times[0]) / np.timedelta64(1, "h")) if len(times) > 1 else 1.0

    def of_length(self, length: int) -> Self:
        """The same with clips of another length, no longer than the shortest sequence."""
        other = copy(self)
        other.length = min(length, *(source.frames for source in self.sources))
        return other

    def extent(self, source: Source) -> tuple[int, int]:
        """Coarse cells of a patch in y and x."""
        return min(self.patch, source.height), min(self.patch, source.width)

    @property
    def example_bytes(self) -> int:
        """Memory of the largest example."""
        cells = max(h * w for h, w in map(self.extent, self.sources))
        fine = cells * self.factor**2
        return 4 * self.length * cells * self.transform.channels + fine * (5 * self.length + 4)

    def place(self, generator: np.random.Generator) -> tuple[Source, int, int, int, int]:
        """A source, tile, first frame, row and column (coarse cells) at random."""
        source = self.sources[generator.choice(len(self.sources), p=self.weights)]
        time = int(generator.integers(source.frames - self.length + 1))
        h, w = self.extent(source)
        y, x = (int(generator.integers(n + 1)) for n in (source.height - h, source.width - w))
        return source, int(generator.integers(source.tiles)), time, y, x

    def _candidate(self, generator: np.random.Generator) -> tuple[Source, int, slice, slice, slice]:
        source, tile, time, y, x = self.place(generator)
        h, w = self.extent(source)
        return source, tile, slice(time, time + self.length), slice(y, y + h), slice(x, x + w)

    def __getitem__(self, index: int) -> dict[str, Tensor]:
        """Draw example ``index``.

        Returns:
            coarse (T, C, h, w), relief (0 or 1, H, W), fine (T, H, W) with gaps filled as dry, and valid
            (T, H, W), false in gaps and halo; time (), which orders examples; index and seed (), for their
            noise.
        """
        generator = np.random.default_rng(derive_seed(self.seed, "clip", index))
        candidates = [self._candidate(generator) for _ in range(CANDIDATES)]
        wet = [
            (source.rain(tile, time.stop - 1, y, x) > self.wet).mean() + DRY_WEIGHT
            for source, tile, time, y, x in candidates
        ]
        source, tile, time, y, x = candidates[generator.choice(CANDIDATES, p=np.divide(wet, np.sum(wet)))]
        return self.example(source, tile, time, y, x, index, *source.window(tile, time, y, x))

    def example(
        self,
        source: Source,
        tile: int,
        time: slice,
        y: slice,
        x: slice,
        index: int,
        coarse: Array,
        fine: Array,
    ) -> dict[str, Tensor]:
        """Example ``index`` from the channels (T, C, h, w) and the transformed rain (T, H, W) of a patch."""
        finite = np.isfinite(fine)
        relief = np.zeros((0, *fine.shape[1:]), np.float32)
        if source.relief is not None:
            relief = source.relief[tile, source.fine(y), source.fine(x)][None]
        return {
            "coarse": torch.from_numpy(np.ascontiguousarray(coarse)),
            "relief": torch.from_numpy(np.ascontiguousarray(relief)),
            "fine": torch.from_numpy(np.where(finite, fine, np.float32(self.transform.dry))),
            "valid": torch.from_numpy(finite & self._counts(source, y, x)),
            "time": torch.tensor(self.sources.index(source) * 2**32 + time.start),
            "index": torch.tensor(index),
            "seed": torch.tensor(derive_seed(self.seed, "noise", index)),
        }

    def _counts(self, source: Source, y: slice, x: slice) -> NDArray[np.bool_]:
        """Where a patch lies within its halo, (H, W); the edges of the domain have none."""
        counts = np.ones(((y.stop - y.start) * self.factor, (x.stop - x.start) * self.factor), bool)
        if self.halo:
            counts[: self.halo] &= y.start == 0
            counts[-self.halo :] &= y.stop == source.height
            counts[:, : self.halo] &= x.start == 0
            counts[:, -self.halo :] &= x.stop == source.width
        return counts

    def in_time_order(self, count: int) -> list[dict[str, Tensor]]:
        """The first ``count`` examples in order of time, so that halves of them are two stretches of time."""
        return sorted((self[i] for i in range(count)), key=lambda example: int(example["time"]))

    def batch(self, indices: Sequence[int]) -> dict[str, Tensor]:
        """Stack examples ``indices``: each tensor gets a leading batch dimension."""
        if self.in_memory:
            return stack([self[i] for i in indices])
        with ThreadPoolExecutor(READERS) as pool:
            return stack(list(pool.map(self.__getitem__, indices)))


def stack(examples: Sequence[dict[str, Tensor]]) -> dict[str, Tensor]:
    """Stack examples: each tensor gets a leading batch dimension."""
    return {name: torch.stack([example[name] for example in examples]) for name in examples[0]}
