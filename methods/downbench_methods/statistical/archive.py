"""The fine fields of the training record, kept with a method that draws from them.

zarr, one compressed chunk a frame and tile: rain is mostly dry and shrinks well, and a record that does not
fit into memory is read frame by frame.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any, Self

import numpy as np
import zarr
from numpy.typing import NDArray
from zarr.codecs import BloscCodec

from downbench import FieldSequence, FitContext, UserError
from downbench_methods.fields.at_once import frames_at_once
from downbench_methods.statistical.location import Location, TrainingGrid

Array = NDArray[np.float32]
FRAMES_AT_ONCE = 64
NAME = "archive.zarr"
IN_MEMORY = 4e9  # bytes up to which a record is held


def spread_frames(train: tuple[FieldSequence, ...], most: int | None) -> list[NDArray[np.intp]]:
    """Indices of at most ``most`` frames, evenly spread over all sequences; one array a sequence."""
    lengths = [len(sequence.times) for sequence in train]
    total = sum(lengths)
    kept = np.unique(np.linspace(0, total - 1, min(most or total, total)).round().astype(int))
    edges = np.cumsum([0, *lengths])
    return [kept[(kept >= low) & (kept < high)] - low for low, high in pairwise(edges)]


@dataclass
class Archive:
    """Fine rain of the training record.

    Args:
        directory: of the zarr group.
        grid: of the fields.
        times: of the frames, (frame,).
        fields: mm/h, (frame, tile, y, x), in memory or on disk.
    """

    directory: Path
    grid: TrainingGrid
    times: NDArray[np.datetime64]
    fields: Any

    @classmethod
    def write(
        cls, train: tuple[FieldSequence, ...], frames: list[NDArray[np.intp]], context: FitContext
    ) -> Self:
        """Copy ``frames`` of each training sequence into the folder for checkpoints.

        Raises:
            UserError: there are none, or the sequences do not share a grid.
        """
        count = sum(map(len, frames))
        if not count:
            raise UserError("the training split has no frames")
        grid = TrainingGrid.of(train)
        directory = context.directory / NAME
        group = zarr.open_group(directory, mode="w")
        together = frames_at_once(train[0].fine, FRAMES_AT_ONCE)  # all have its grid
        fields = group.create_array(
            "fine",
            shape=(count, len(grid.tiles), *grid.size),
            chunks=(1, 1, *grid.size),
            shards=(together, 1, *grid.size),
            dtype="float32",
            compressors=BloscCodec(cname="zstd", clevel=3, shuffle="bitshuffle"),
        )
        at = 0
        for sequence, chosen in zip(train, frames, strict=True):
            for start in range(0, len(chosen), together):
                part = sequence.fine.isel(time=chosen[start : start + together]).to_numpy()
                fields[at : at + len(part)] = part.astype(np.float32)
                at += len(part)
                context.progress(at, count, "archive")
        times = [sequence.times[chosen] for sequence, chosen in zip(train, frames, strict=True)]
        group["times"] = np.concatenate(times).astype("datetime64[s]").astype(np.int64)
        for name, array in grid.arrays().items():
            group[name] = array
        return cls.open(context.directory)

    @classmethod
    def open(cls, directory: Path) -> Self:
        """Open the archive in a folder; one that is small is read whole."""
        group = zarr.open_group(directory / NAME, mode="r")
        fields = group["fine"]
        assert isinstance(fields, zarr.Array)
        times = np.asarray(group["times"]).astype("datetime64[s]")
        small = 4 * np.prod(fields.shape) <= IN_MEMORY
        return cls(directory, TrainingGrid.from_arrays(group), times, fields[:] if small else fields)

    def copy(self, directory: Path) -> None:
        """Write a copy into another folder."""
        shutil.copytree(self.directory / NAME, directory / NAME)

    def window(self, frame: int, location: Location, shape: tuple[int, ...]) -> Array:
        """Rain [mm/h] of a window, (y, x); one that leaves the tile comes in again on its other side."""
        field = self.fields[frame, location.tile]
        y, x = (
            np.arange(first, first + n) % size
            for first, n, size in zip(location[1:], shape, self.grid.size, strict=True)
        )
        return field[np.ix_(y, x)]
