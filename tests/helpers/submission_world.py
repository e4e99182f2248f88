"""A small dataset of moving rain with latitudes and longitudes, and good predictions for it."""

from __future__ import annotations

from contextlib import closing
from functools import cache
from pathlib import Path
from typing import ClassVar

import numpy as np
import xarray as xr

from downbench import Config, Dataset, FieldSequence, block_mean, digest_json, upsample
from downbench.scoring.frames import Frames, open_frames
from downbench.submission.predictions import find_predictions
from downbench.submission.template import write_template

FACTOR, CELLS, FRAMES = 4, 32, 10


def moving_rain(tiles: int, frames: int) -> np.ndarray:
    """Rain (time, tile, y, x) in mm/h: blobs that differ between tiles and move by three cells a step."""
    random = np.random.default_rng(3)
    noise = random.standard_normal((tiles, CELLS, CELLS))
    scale = 1 + (np.hypot(*np.meshgrid(np.fft.rfftfreq(CELLS), np.fft.fftfreq(CELLS))) * 24) ** 2
    smooth = np.fft.irfft2(np.fft.rfft2(noise) / scale)
    rain = np.maximum(smooth / smooth.std() - 0.5, 0) * 2
    moved = [np.roll(rain, 3 * step, axis=-1) * (1 + 0.2 * np.sin(step)) for step in range(frames)]
    return np.stack(moved).astype(np.float32)


class SmallWorld(Dataset):
    """The test split of a record with the given tiles; its other splits are empty."""

    name = "small"
    factor = FACTOR
    step = np.timedelta64(3, "h")
    predictors = ("precipitation",)
    time_bin = np.timedelta64(1, "D")
    resampling_block = np.timedelta64(1, "D")
    gap = np.timedelta64(1, "D")
    splits: ClassVar = {"test": "all"}
    coarse_is_mean = True
    tiles = 1

    def open(self, split: str) -> tuple[FieldSequence, ...]:
        """All of it as test."""
        if split != "test":
            return ()
        times = np.datetime64("2021-06-01T03", "ns") + np.arange(FRAMES) * self.step
        coords = {"time": times, "tile": np.arange(self.tiles)}
        dims = ("time", "tile", "y", "x")
        fine = xr.DataArray(moving_rain(self.tiles, FRAMES), dims=dims, coords=coords)
        coarse = xr.DataArray(block_mean(fine.to_numpy(), FACTOR), dims=dims, coords=coords)
        return (FieldSequence("rain", coarse.to_dataset(name="precipitation"), fine, self._static()),)

    def _static(self) -> xr.Dataset:
        rows, columns = np.meshgrid(50 - 0.1 * np.arange(CELLS), 0.1 * np.arange(CELLS) - 1, indexing="ij")
        east = np.stack([columns + 10 * tile for tile in range(self.tiles)])
        north = np.stack([rows] * self.tiles)
        return xr.Dataset({"lat": (("tile", "y", "x"), north), "lon": (("tile", "y", "x"), east)})

    def fingerprint(self) -> str:
        """Of the number of tiles."""
        return digest_json(["small", self.tiles])


class TwoTiles(SmallWorld):
    """The same with two tiles."""

    tiles = 2


@cache
def small_frames(tiles: int = 1) -> Frames:
    """Frames of the small world."""
    return open_frames((SmallWorld if tiles == 1 else TwoTiles)(Config()), None)


def good_predictions(folder: Path, tiles: int = 1, members: int = 3) -> xr.Dataset:
    """A filled template in memory: upsampled coarse rain with noise of its own for each member."""
    frames = small_frames(tiles)
    path = folder / f"template-{tiles}-{members}.nc"
    if not path.exists():
        write_template(frames, path, members)
    data = xr.load_dataset(path)
    coarse = frames.sequences[0].coarse["precipitation"].to_numpy()
    smooth = np.maximum(upsample(coarse, FACTOR), 0)
    noise = np.random.default_rng(1).lognormal(-0.02, 0.2, (members, *smooth.shape))
    rain = (smooth * noise).astype(np.float32)
    dims = ("member", "time", "tile", "y", "x")
    filled = xr.DataArray(rain, dims=dims)
    filled = filled.isel(tile=0) if tiles == 1 else filled
    filled = filled.isel(member=0) if members == 1 else filled
    variable = data["precipitation"]
    data["precipitation"] = variable.copy(data=filled.transpose(*variable.dims).to_numpy())
    return data


def values_of(path: Path, tiles: int = 2, members: int = 2) -> np.ndarray:
    """Everything that is read of predictions, tile by tile: (tile, member, time, y, x)."""
    with closing(find_predictions(path, small_frames(tiles))) as predictions:
        located = predictions.sequences["rain"]
        return np.stack([located.read(tile, slice(0, FRAMES), members) for tile in range(tiles)])
