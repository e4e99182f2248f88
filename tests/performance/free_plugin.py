"""A plug-in file for the figures: rain made chunk by chunk as it is read, and a method that costs nothing."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import ClassVar

import dask.array as da
import numpy as np
import xarray as xr

from downbench import (
    DIMS,
    Config,
    Dataset,
    DatasetInfo,
    FieldSequence,
    Method,
    MethodInfo,
    SampleContext,
    block_mean,
    digest_json,
    hookimpl,
    upsample,
)

FACTOR, STRETCH, TRAIN = 8, 24, 48


class SimulatedConfig(Config):
    """How much there is to score."""

    frames: int = 240
    tiles: int = 1
    size: int = 64


class Simulated(Dataset):
    """Mostly dry rain of three-hourly frames; no field is ever held whole."""

    Config = SimulatedConfig
    licence = "none"
    step = np.timedelta64(3, "h")
    predictors = ("precipitation",)
    time_bin = np.timedelta64(1, "D")
    resampling_block = np.timedelta64(1, "D")
    gap = np.timedelta64(1, "D")
    splits: ClassVar = {"train": "48 frames", "validation": "48 frames", "test": "all others"}

    def __init__(self, config: SimulatedConfig, root: Path | None = None) -> None:
        super().__init__(config, root)

    def open(self, split: str) -> tuple[FieldSequence, ...]:
        """One sequence."""
        first = {"train": 0, "validation": TRAIN, "test": 2 * TRAIN}[split]
        frames = self.config.frames if split == "test" else TRAIN
        tiles, size = self.config.tiles, self.config.size

        lengths = tuple(min(STRETCH, frames - start) for start in range(0, frames, STRETCH))
        # one layer of dask, as a zarr store has it: what is read is cut out of all layers each time
        fine = da.map_blocks(
            partial(_rain, first, lengths, size), chunks=(lengths, (1,) * tiles, size, size), dtype=np.float32
        )
        coarse_chunks = (fine.chunks[0], fine.chunks[1], (size // FACTOR,), (size // FACTOR,))
        coarse = da.map_blocks(block_mean, fine, FACTOR, chunks=coarse_chunks, dtype=np.float32)
        times = np.datetime64("2020-01-01", "ns") + (first + np.arange(frames)) * self.step
        coords = {"time": times, "tile": np.arange(tiles)}
        return (
            FieldSequence(
                "s",
                xr.Dataset({"precipitation": (DIMS, coarse)}, coords),
                xr.DataArray(fine, coords, DIMS),
            ),
        )

    def fingerprint(self) -> str:
        """Of the parameters."""
        return digest_json(["simulated", self.config.model_dump()])


def _rain(first: int, lengths: tuple[int, ...], size: int, block_id: tuple[int, ...] = ()) -> np.ndarray:
    """A stretch of a tile."""
    stretch, tile = block_id[:2]
    rng = np.random.default_rng((first + STRETCH * stretch, tile))
    return np.maximum(rng.standard_normal((lengths[stretch], 1, size, size), np.float32) * 3 - 3, 0)


class Free(Method):
    """The coarse rain in each fine cell, a little more of it in each further member."""

    def sample(
        self, coarse: xr.Dataset, static: xr.Dataset, members: int, context: SampleContext
    ) -> Iterator[xr.DataArray]:
        """Eight frames at a time."""
        rain = coarse["precipitation"]
        scale = np.linspace(0.5, 1.5, members, dtype=np.float32)[:, None, None, None]
        for first in range(context.start, rain.sizes["time"], 8):
            part = rain.isel(time=slice(first, first + 8))
            fine = scale * upsample(part.to_numpy(), context.factor, "nearest")
            yield xr.DataArray(fine, dims=("member", "time", "y", "x"), coords={"time": part["time"]})


@hookimpl
def downbench_datasets() -> list[DatasetInfo]:
    """Declare the dataset."""
    return [DatasetInfo(name="simulated", target="free_plugin:Simulated", title="Simulated rain")]


@hookimpl
def downbench_methods() -> list[MethodInfo]:
    """Declare the method."""
    return [MethodInfo(name="free", target="free_plugin:Free", title="Nothing", cuts=("tile", "time"))]
