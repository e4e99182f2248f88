"""Finding rain in files that somebody made: which variable, which files belong together."""

from __future__ import annotations

import re
from dataclasses import dataclass
from difflib import get_close_matches
from itertools import pairwise
from pathlib import Path

import numpy as np
import xarray as xr

from downbench import UserError
from downbench_datasets.shared.static_fields import static_fields
from downbench_datasets.shared.stores import is_netcdf, is_zarr, open_store, rain_of

NAMES = (
    "precipitation", "precipitation_rate", "pr", "prate", "PRATEsfc", "PRATEsfc_coarse", "precip",
    "precipitationCal", "rain_rate", "rainfall_rate", "rainfall", "rain", "rainrate",
    "tprate", "mtpr", "avg_tprate", "rr",
)  # fmt: skip
STANDARD_NAMES = ("lwe_precipitation_rate", "precipitation_flux", "rainfall_rate", "rainfall_flux")
RATES = re.compile(r"(mm|kg\s*(m-2|/\s*m(\*\*|\^)?2)).*(h|hr|day|d|s)(-1)?$")  # not m s-1: that may be a wind
TILE_FILE = re.compile(r"\.tile([1-6])$")
_CHUNK = 32 << 20  # bytes of a dask chunk


@dataclass(frozen=True)
class RainSource:
    """Rain as it was found.

    Args:
        rain: in mm/h (time, tile, y, x), lazy; times increase.
        static: fine static fields (tile, y, x).
        files: that it comes from.
        licence: as the file says it.
    """

    rain: xr.DataArray
    static: xr.Dataset
    files: tuple[Path, ...]
    licence: str


def find_variable(source: xr.Dataset, wanted: str | None, where: str) -> str | None:
    """Name of the precipitation variable: the one asked for, else by standard name, name or units.

    Raises:
        UserError: the one asked for is not there, or several have units of a rate.
    """
    names = [str(name) for name in source.data_vars]
    if wanted is not None:
        if wanted not in names:
            close = get_close_matches(wanted, names, n=1)
            hint = f"did you mean {close[0]!r}?" if close else f"its variables: {', '.join(names) or 'none'}"
            raise UserError(f"{where} has no variable {wanted!r}", hint)
        return wanted
    fields = [name for name in names if source[name].ndim >= 2]
    for name in fields:
        if source[name].attrs.get("standard_name") in STANDARD_NAMES:
            return name
    lower = {name.lower(): name for name in reversed(fields)}
    for name in NAMES:
        if name.lower() in lower:
            return lower[name.lower()]
    rates = [name for name in fields if RATES.match(str(source[name].attrs.get("units", "")).strip())]
    if len(rates) > 1:
        raise UserError(
            f"{where}: which of {', '.join(rates)} is precipitation?", "say so: --set files.variable=NAME"
        )
    return rates[0] if rates else None


def chunked_in_time(source: xr.Dataset, name: str) -> xr.Dataset:
    """Chunk the variable in time only, by whole chunks of its store."""
    variable = source[name]
    dim = next(
        (dim for dim in variable.dims if str(dim).lower() in ("time", "t", "valid_time")), variable.dims[0]
    )
    stored = variable.encoding.get("preferred_chunks", {}).get(dim, 1)
    frame = variable.nbytes // max(1, variable.sizes[dim])
    frames = max(1, _CHUNK // max(1, frame))
    return source.assign({name: variable.chunk({dim: max(stored, frames // stored * stored)})})


def _candidates(root: Path) -> list[Path]:
    if is_zarr(root) or root.is_file():
        return [root]
    if not root.is_dir():
        raise UserError(f"{root} does not exist", "give a NetCDF file, a zarr group, or a folder of them")
    found = sorted(path for path in root.iterdir() if is_zarr(path) or is_netcdf(path))
    if not found:
        raise UserError(
            f"{root} holds no NetCDF file and no zarr group", "give the file itself, if it is named otherwise"
        )
    return found


def join_tiles(parts: dict[int, xr.DataArray], root: Path) -> xr.DataArray:
    """Join the six tiles of a cubed sphere.

    Raises:
        UserError: one is missing, or they differ in size or times.
    """
    if sorted(parts) != list(range(1, 7)):
        raise UserError(
            f"{root}: tiles {sorted(parts)} are there", "files name.tile1.nc to name.tile6.nc are needed"
        )
    ordered = [parts[number] for number in sorted(parts)]
    for part in ordered[1:]:
        if part.shape != ordered[0].shape or not np.array_equal(part["time"], ordered[0]["time"]):
            raise UserError(f"{root}: the tiles' files differ in size or times")
    return xr.concat(ordered, "tile", coords="minimal", compat="override")


def join_times(parts: list[tuple[Path, xr.DataArray]], root: Path) -> xr.DataArray:
    """Join the files of one series in order of time.

    Raises:
        UserError: they differ in size, or overlap in time.
    """
    parts = sorted(parts, key=lambda part: part[1]["time"].to_numpy()[0])
    first = parts[0]
    for (before, early), (path, late) in pairwise(parts):
        if late.shape[1:] != first[1].shape[1:]:
            raise UserError(
                f"{root}: {path.name} and {first[0].name} are on different grids",
                "give one file, or one series of files",
            )
        if late["time"].to_numpy()[0] <= early["time"].to_numpy()[-1]:
            raise UserError(
                f"{root}: {path.name} and {before.name} overlap in time", "give one series of files"
            )
    return xr.concat([part for _, part in parts], "time") if len(parts) > 1 else first[1]


def open_rain(root: Path, variable: str | None = None) -> RainSource:
    """Open the rain of a file, a zarr group, or a folder with one series of either, lazily.

    Raises:
        UserError: nothing that can be opened, no precipitation, or files that do not belong together.
    """
    tiles: dict[int, xr.DataArray] = {}
    series: list[tuple[Path, xr.DataArray]] = []
    sources: list[tuple[Path, xr.Dataset]] = []
    per_tile: dict[int, list[xr.Dataset]] = {}
    paths = _candidates(root)
    for path in paths:
        source = open_store(path, chunks=None)
        sources.append((path, source))
        tile = TILE_FILE.search(path.stem)
        if tile:
            per_tile.setdefault(int(tile[1]), []).append(source)
        name = find_variable(source, variable if len(paths) == 1 else None, str(path))
        if len(paths) > 1 and variable is not None:
            name = variable if variable in source else None
        if name is None:
            continue
        rain = rain_of(chunked_in_time(source, name), name, str(path))
        if tile:
            tiles[int(tile[1])] = rain
        else:
            series.append((path, rain))
    if tiles and series:
        raise UserError(f"{root} holds files per tile beside others", "give one series of files")
    if not tiles and not series:
        seen = sorted({str(name) for _, source in sources for name in source.data_vars})
        raise UserError(
            f"{root} has no precipitation",
            f"its variables: {', '.join(seen) or 'none'}; or --set files.variable=NAME",
        )
    rain = join_tiles(tiles, root) if tiles else join_times(series, root)
    shape = tuple(rain.sizes[dim] for dim in ("tile", "y", "x"))
    if tiles:
        one = (1, *shape[1:])
        static = xr.concat([static_fields(per_tile[k], one) for k in sorted(per_tile)], "tile")
    else:
        static = static_fields([source for _, source in sources], shape)
    attrs = sources[0][1].attrs
    licence = str(attrs.get("licence") or attrs.get("license") or "")
    return RainSource(rain, static, tuple(path for path, _ in sources), licence)
