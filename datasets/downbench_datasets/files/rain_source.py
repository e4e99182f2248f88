"""Rain in files that somebody made: which files belong together."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
import xarray as xr

from downbench import UserError, calendar_of
from downbench_datasets.files.rain_variable import find_variable
from downbench_datasets.shared.grids import Coordinate, check_same_grid, coordinates_of
from downbench_datasets.shared.rain import RainLimits, rain_of
from downbench_datasets.shared.static_fields import static_fields
from downbench_datasets.shared.stores import is_netcdf, is_zarr, open_store

LIMITS = RainLimits(dataset="files")
TILE_FILE = re.compile(r"\.tile([1-6])$")


@dataclass(frozen=True)
class RainSource:
    """Rain of files that belong together.

    Args:
        rain: in mm/h (time, tile, y, x), lazy; times increase.
        static: fine static fields (tile, y, x).
        files: that it comes from.
        licence: as the file says it.
        grids: coordinates of each file with rain, as far as it has any.
    """

    rain: xr.DataArray
    static: xr.Dataset
    files: tuple[Path, ...]
    licence: str
    grids: dict[Path, dict[str, Coordinate]]


def open_rain(
    root: Path, variable: str | None = None, limits: RainLimits = LIMITS, static: bool = True
) -> RainSource:
    """Open the rain of a file, a zarr group, or a folder with one series of either, lazily.

    Args:
        root: file, group or folder.
        variable: of precipitation, where it cannot be made out.
        limits: of what counts as rain.
        static: whether static fields of the same grid are read as well.

    Raises:
        UserError: nothing that can be opened, no precipitation, or files that do not belong together.
    """
    paths = _candidates(root)
    sources = {path: open_store(path) for path in paths}
    tiles: dict[int, xr.DataArray] = {}
    series: list[tuple[Path, xr.DataArray]] = []
    grids: dict[Path, dict[str, Coordinate]] = {}
    for path, source in sources.items():
        name = rain_name(source, variable, str(path), alone=len(paths) == 1)
        if name is None:
            continue
        rain = rain_of(source, name, str(path), limits)
        grids[path] = coordinates_of(source, source[name], str(path))
        if tile := TILE_FILE.search(path.stem):
            tiles[int(tile[1])] = rain
        else:
            series.append((path, rain))
    if tiles and series:
        raise UserError(f"{root} holds files per tile beside others", "give one series of files")
    if not tiles and not series:
        raise UserError(f"{root} has no precipitation", _what_there_is(list(sources.values())))
    rain = join_tiles(tiles, root) if tiles else join_times(series, root, grids)
    shape = tuple(rain.sizes[dim] for dim in ("tile", "y", "x"))
    attrs = next(iter(sources.values())).attrs
    return RainSource(
        rain=rain,
        static=_static(sources, shape, bool(tiles)) if static else xr.Dataset(),
        files=tuple(paths),
        licence=str(attrs.get("licence") or attrs.get("license") or ""),
        grids=grids,
    )


def _candidates(root: Path) -> list[Path]:
    if is_zarr(root) or root.is_file():
        return [root]
    if not root.is_dir():
        raise UserError(f"{root} does not exist", "give a NetCDF file, a zarr group, or a folder of them")
    stores = sorted(path for path in root.iterdir() if is_zarr(path) or is_netcdf(path))
    if not stores:
        raise UserError(
            f"{root} holds no NetCDF file and no zarr group", "give the file itself, if it is named otherwise"
        )
    return stores


def rain_name(source: xr.Dataset, variable: str | None, where: str, alone: bool) -> str | None:
    """Name of the rain in the only file, or in one of a folder's files; None where that has none."""
    if variable is not None and not alone and variable not in source:
        return None
    return find_variable(source, variable, where)


def _what_there_is(sources: list[xr.Dataset]) -> str:
    described = {}
    for source in sources:
        for name, field in source.data_vars.items():
            said = ", ".join(
                str(field.attrs[key]) for key in ("standard_name", "units") if key in field.attrs
            )
            described[str(name)] = f"{name} ({said})" if said else str(name)
    seen = ", ".join(described[name] for name in sorted(described))
    return f"its variables: {seen or 'none'}; if one of them is rain, say so: --set files.variable=NAME"


def _static(sources: dict[Path, xr.Dataset], shape: tuple[int, ...], per_tile: bool) -> xr.Dataset:
    if not per_tile:
        return static_fields(sources.values(), shape)
    numbered: dict[int, list[xr.Dataset]] = {}
    for path, source in sources.items():
        if tile := TILE_FILE.search(path.stem):
            numbered.setdefault(int(tile[1]), []).append(source)
    return xr.concat([static_fields(numbered[k], (1, *shape[1:])) for k in sorted(numbered)], "tile")


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


def join_times(
    parts: list[tuple[Path, xr.DataArray]], root: Path, grids: dict[Path, dict[str, Coordinate]]
) -> xr.DataArray:
    """Join the files of one series in order of time.

    Args:
        parts: a field (time, tile, y, x) of each file.
        root: folder of the files.
        grids: coordinates of each file.

    Raises:
        UserError: they differ in size, place or calendar, or overlap in time.
    """
    parts = sorted(parts, key=lambda part: part[1]["time"].to_numpy()[0])
    first, rain = parts[0]
    for path, late in parts[1:]:
        names = f"{root}: {path.name} and {first.name}"
        if late.shape[1:] != rain.shape[1:]:
            raise UserError(f"{names} are on different grids", "give one file, or one series of files")
        check_same_grid(grids[first], grids[path], names)
        if calendar_of(late["time"]) != calendar_of(rain["time"]):
            raise UserError(f"{names} have different calendars", "give one series of files")
    for (before, early), (path, late) in pairwise(parts):
        if late["time"].to_numpy()[0] <= early["time"].to_numpy()[-1]:
            raise UserError(
                f"{root}: {path.name} and {before.name} overlap in time", "give one series of files"
            )
    if len(parts) == 1:
        return rain
    return xr.concat([part for _, part in parts], "time", combine_attrs="override")
