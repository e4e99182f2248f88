"""Files of one series: which there are, and how their fields join."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import numpy as np
import xarray as xr

from downbench import UserError, calendar_of, date_text, no_such, same_rain_units
from downbench_datasets.reading.formats.open_file import is_data_file, looks_like_data
from downbench_datasets.reading.settings import option
from downbench_datasets.shared.grids import Coordinate, check_same_grid
from downbench_datasets.shared.stores import is_zarr

TILE_FILE = re.compile(r"\.tile([1-6])$")
_NAMED = 5  # files that a message names one by one


def list_files(root: Path) -> list[Path]:
    """The file or group itself, or those in a folder; where it has none, those in its folders.

    Raises:
        UserError: there is nothing.
    """
    if is_zarr(root) or root.is_file():
        return [root]
    if not root.is_dir():
        raise no_such(root, hint="give a file, a zarr group, or a folder of them")
    stores = sorted(path for path in root.iterdir() if is_zarr(path) or is_data_file(path))
    stores = stores or list(_below(root))
    stores = stores or sorted(path for path in root.iterdir() if looks_like_data(path))
    if not stores:
        raise UserError(
            f"{root} holds no NetCDF file, no zarr group, and no HDF5, GRIB, RADOLAN or GeoTIFF file",
            "give the file itself, if it is named otherwise",
        )
    return stores


def _below(folder: Path, above: tuple[Path, ...] = ()) -> Iterator[Path]:
    """Files and groups in folders of a folder, such as those of years and months, and of links to folders."""
    above = (*above, folder.resolve())
    for path in sorted(folder.iterdir()):
        if is_zarr(path) or is_data_file(path):
            yield path
        elif path.is_dir() and path.resolve() not in above:  # a link may lead round in a circle
            yield from _below(path, above)


def tile_of(path: Path) -> int | None:
    """Number of the tile that a file holds, by its name; None where it names none."""
    match = TILE_FILE.search(path.stem)
    return int(match[1]) if match else None


def join_files(
    fields: dict[Path, xr.DataArray], root: Path, grids: dict[Path, dict[str, Coordinate]]
) -> xr.DataArray:
    """Join the fields (time, tile, y, x) of a series in time, or of files per tile.

    Raises:
        UserError: they do not belong together.
    """
    tiles = {number: field for path, field in fields.items() if (number := tile_of(path)) is not None}
    if tiles and len(tiles) < len(fields):
        raise UserError(f"{root} holds files per tile beside others", "give one series of files")
    return join_tiles(tiles, root) if tiles else join_times(list(fields.items()), root, grids)


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
        UserError: they differ in size, place, units or calendar, or overlap in time with other values.
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
        units = [str(field.attrs.get("units", "")) for field in (late, rain)]
        if not same_rain_units(*units):
            raise UserError(f"{names} have different units: {units[0]!r} and {units[1]!r}", _one_unit(units))
    parts = _without_repeats(parts)
    _refuse_overlaps(parts, root)
    if len(parts) == 1:
        return parts[0][1]
    return xr.concat([part for _, part in parts], "time", combine_attrs="override")


def _without_repeats(parts: list[tuple[Path, xr.DataArray]]) -> list[tuple[Path, xr.DataArray]]:
    """The files of a series, each without frames that it shares with one before it, value for value."""
    kept, early = parts[:1], parts[0][1]
    for path, late in parts[1:]:
        times, before = late["time"].to_numpy(), early["time"].to_numpy()
        shared = int(np.searchsorted(times, before[-1], "right"))
        first = int(np.searchsorted(before, times[0]))
        same = np.array_equal(before[first : first + shared], times[:shared]) and all(
            _same(early.isel(time=first + k), late.isel(time=k)) for k in range(shared)
        )
        fresh = late.isel(time=slice(shared if same else 0, None))
        kept += [(path, fresh)] if fresh.sizes["time"] else []
        early = late if times[-1] >= before[-1] else early
    return kept


def _same(one: xr.DataArray, other: xr.DataArray) -> bool:
    return np.array_equal(one.to_numpy(), other.to_numpy(), equal_nan=True)


def _one_unit(units: list[str]) -> str:
    """What to do where files of a folder have different units: those without any may be told theirs."""
    named = [unit for unit in units if unit]
    if len(named) == 1:
        return f"{option('units', named[0])} says that files without units have these, too"
    return "give a folder with one series of files"


def _refuse_overlaps(parts: list[tuple[Path, xr.DataArray]], root: Path) -> None:
    overlaps = []
    for (before, early), (path, late) in pairwise(parts):
        last, begin = early["time"].to_numpy()[-1], late["time"].to_numpy()[0]
        if begin <= last:
            calendar = calendar_of(late["time"])
            dates = [date_text(moment, calendar)[:-3] for moment in (begin, last)]
            overlaps.append(f"{path.name} and {before.name} overlap in time ({dates[0]} to {dates[1]})")
    if overlaps:
        more = f"; and {len(overlaps) - _NAMED} more" if len(overlaps) > _NAMED else ""
        raise UserError(f"{root}: {'; '.join(overlaps[:_NAMED])}{more}", "give one series of files")
