"""The stand-in in blocks of days: any block on its own, kept in the user's cache folder where possible."""

from __future__ import annotations

import threading
import zipfile
import zlib
from dataclasses import asdict, dataclass
from functools import cache, lru_cache
from pathlib import Path

import dask
import dask.array as da
import numpy as np
import xarray as xr
from numpy.typing import NDArray

from downbench import DIMS, atomic_file, block_mean, cache_folder, digest_json
from downbench_datasets.shared.cubed_sphere import TILES, cubed_sphere
from downbench_datasets.standin.flow import FACTOR
from downbench_datasets.standin.predictors import UNITS, predictors, sun_forcing
from downbench_datasets.standin.rain import TileRain, texture_points
from downbench_datasets.standin.relief import relief

VERSION = 1  # raise it with any change of values; version 1 is frozen
START = np.datetime64("2020-01-01T01:30:00", "ns")  # middle of the first frame
STEP = np.timedelta64(3, "h")
FRAMES_PER_DAY = 8
BLOCK = 5 * FRAMES_PER_DAY
_WRITING = threading.Lock()  # temporary names differ between processes, not between threads
Block = tuple[NDArray[np.float32], NDArray[np.float32]]


@dataclass(frozen=True)
class Parameters:
    """What the stand-in is made from: cells along a tile's edge, days, and seed."""

    size: int = 64
    days: int = 1000
    seed: int = 0

    @property
    def key(self) -> str:
        """Identifies the fields; days are left out, since they only say where the record ends.

        The generator's sources count, so that fields of a version in the making are never read later.
        """
        made_by = {"version": VERSION, "sources": _sources(), "block": BLOCK}
        return digest_json(made_by | {"size": self.size, "seed": self.seed})[:16]

    @property
    def identity(self) -> dict[str, object]:
        """Everything the fingerprint rests on."""
        return {"generator": "stand-in", "version": VERSION, **asdict(self)}


@cache
def _sources() -> dict[str, str]:
    """The generator's files as text, by name."""
    return {
        file.name: file.read_text(encoding="utf-8") for file in sorted(Path(__file__).parent.glob("*.py"))
    }


def times(first: int, last: int) -> NDArray[np.datetime64]:
    """Middles of the frames [first, last)."""
    return START + np.arange(first, last) * STEP


@lru_cache(maxsize=32)
def _area(size: int, tile: int) -> NDArray[np.float64]:
    return cubed_sphere(384, size)["area"].isel(tile=tile).to_numpy()


def _generate(parameters: Parameters, tile: int, block: int) -> Block:
    """Fine rain (time, y, x) and coarse predictors (predictor, time, y, x) of one tile and block."""
    size, seed = parameters.size, parameters.seed
    rain, area = TileRain(seed, tile, size), _area(size, tile)
    height, land = (
        block_mean(field, FACTOR, area) for field in relief(seed, tile, size, texture_points(size))
    )
    fine, coarse = [], []
    for frame in range(block * BLOCK, (block + 1) * BLOCK):
        when, weather = times(frame, frame + 1)[0], rain.weather(frame)
        # Rounded to 0.001 mm/h: rates below half of that are dry.
        fine.append(np.round(rain.rain(frame, weather, sun_forcing(rain, when)), 3))
        mean = block_mean(fine[-1].astype(np.float64), FACTOR, area)
        fields = predictors(rain, frame, when, STEP, weather, mean, height.astype(float), land.astype(float))
        coarse.append(np.stack(list(fields.values())).astype(np.float32))
    return np.stack(fine), np.stack(coarse, axis=1)


def _cached(path: Path) -> Block | None:
    try:
        with np.load(path, allow_pickle=False) as stored:
            return stored["fine"], stored["coarse"]
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile, zlib.error):
        return None  # not there, or damaged: made again


@lru_cache(maxsize=8)
def block_of(parameters: Parameters, tile: int, block: int) -> Block:
    """One tile's block, from the cache folder or made anew."""
    path = cache_folder() / "stand-in" / parameters.key / f"tile{tile}-{block:04d}.npz"
    if (known := _cached(path)) is not None:
        return known
    fine, coarse = _generate(parameters, tile, block)
    try:
        with _WRITING, atomic_file(path) as temporary, temporary.open("wb") as file:
            np.savez_compressed(file, fine=fine, coarse=coarse)
    except OSError:
        pass  # no cache, then
    return fine, coarse


@lru_cache(maxsize=16)  # a run opens the same splits several times
def _lazy(parameters: Parameters, first: int, last: int) -> tuple[da.Array, da.Array]:
    """Fine (time, tile, y, x) and coarse (predictor, time, tile, y, x) of the frames [first, last)."""
    size, coarse_size = parameters.size, parameters.size // FACTOR
    fine_rows, coarse_rows = [], []
    for block in range(first // BLOCK, -(-last // BLOCK)):
        parts = [
            dask.delayed(block_of, nout=2, pure=True)(Parameters(size, 0, parameters.seed), tile, block)
            for tile in range(TILES)
        ]
        inside = slice(max(first - block * BLOCK, 0), min(last - block * BLOCK, BLOCK))
        fine = [da.from_delayed(part[0], (BLOCK, size, size), np.float32)[inside] for part in parts]
        shape = (len(UNITS), BLOCK, coarse_size, coarse_size)
        coarse = [da.from_delayed(part[1], shape, np.float32)[:, inside] for part in parts]
        fine_rows.append(da.stack(fine, axis=1))
        coarse_rows.append(da.stack(coarse, axis=2))
    return da.concatenate(fine_rows, axis=0), da.concatenate(coarse_rows, axis=1)


def fields(parameters: Parameters, first: int, last: int) -> tuple[xr.Dataset, xr.DataArray]:
    """Coarse predictors and fine rain of the frames [first, last), lazily."""
    fine, coarse = _lazy(parameters, first, last)
    coords = {"time": times(first, last)}
    variables = {
        name: xr.DataArray(coarse[k], coords, DIMS, attrs={"units": units})
        for k, (name, units) in enumerate(UNITS.items())
    }
    return xr.Dataset(variables), xr.DataArray(fine, coords, DIMS, "precipitation", {"units": "mm h-1"})


def static(parameters: Parameters) -> xr.Dataset:
    """Fine topography, land fraction, area, latitude and longitude, (tile, y, x)."""
    size, points = parameters.size, texture_points(parameters.size)
    pairs = [relief(parameters.seed, tile, size, points) for tile in range(TILES)]
    dims = ("tile", "y", "x")
    out = cubed_sphere(384, size)[["area", "lat", "lon"]].astype(np.float32)
    out["topography"] = dims, np.stack([pair[0] for pair in pairs]), {"units": "m"}
    out["land_fraction"] = dims, np.stack([pair[1] for pair in pairs]), {"units": "1"}
    return out
