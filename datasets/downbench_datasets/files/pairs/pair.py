"""Coarse rain of another source than the fine: brought onto the fine grid's blocks and times."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from downbench import UserError, calendar_of
from downbench_datasets.files.pairs.conservative import line_weights, regrid, sines
from downbench_datasets.files.pairs.intervals import Matched, match_intervals
from downbench_datasets.files.pairs.lines import Lines, lines_of
from downbench_datasets.reading.open_record import open_record
from downbench_datasets.reading.record import RainRecord
from downbench_datasets.reading.settings import ReadingConfig


@dataclass(frozen=True)
class Pair:
    """Fine rain and coarse rain of the same times.

    Args:
        fine: frames that have a coarse one, (time, tile, y, x) in mm/h.
        coarse: rain on blocks of fine cells, (time, tile, Y, X) in mm/h; a frame bears the time of the last
            of its fine frames.
        time_factor: fine frames in the time of a coarse one.
        files: that the coarse rain comes from, where these are others.
        notes: how it was made.
    """

    fine: xr.DataArray
    coarse: xr.DataArray
    time_factor: int
    files: tuple[Path, ...]
    notes: tuple[str, ...]


def open_pair(
    record: RainRecord, fine: xr.DataArray, factor: int, coarse: str, config: ReadingConfig, root: Path
) -> Pair:
    """Open coarse rain and bring it onto the blocks and times of fine rain.

    Args:
        record: that the fine rain comes from.
        fine: of the record, cut to whole blocks.
        factor: fine cells along the edge of a block.
        coarse: a file or folder, or the name of a variable of the record's own files.
        config: how coarse files are read; of the record's own files, how these are.
        root: of the record.

    Raises:
        UserError: no such file or variable; other calendars, times or places; grids that cannot be brought
            onto each other.
    """
    source, own = _open(record, coarse, config, root)
    return pair_of(record, source, fine, factor, "coarse rain of " + _short(coarse, own), str(root), own)


def pair_of(
    record: RainRecord,
    source: RainRecord,
    fine: xr.DataArray,
    factor: int,
    what: str,
    root: str,
    own: bool = False,
) -> Pair:
    """Bring the rain of a coarse record onto the blocks and times of fine rain.

    Args:
        record: that the fine rain comes from.
        source: coarse rain.
        fine: of the record, cut to whole blocks.
        factor: fine cells along the edge of a block.
        what: the coarse rain is called.
        root: the fine rain is called.
        own: whether both come from the same files.

    Raises:
        UserError: as :func:`open_pair`, but for the file.
    """
    names = f"{what} and {root}"
    if calendar_of(source.rain["time"]) != calendar_of(fine["time"]):
        raise UserError(f"{names} have different calendars", "bring both to one calendar first")
    matched = match_intervals(source.bounds, record.bounds, names)
    kept = fine.isel(time=matched.fine.ravel())
    moved, how = _on_blocks(source, record, fine, factor, names)
    rain = _in_time(moved, matched).assign_coords(
        time=kept["time"][matched.time_factor - 1 :: matched.time_factor]
    )
    frames = np.unique(np.linspace(0, rain.sizes["time"] - 1, 16).round().astype(int))
    if not rain.isel(time=frames).notnull().any() and not rain.notnull().any():
        raise UserError(f"{names} cover no block together", "are they of one place?")
    files = () if own else source.files
    notes = (f"{what}, {how}", *_time_notes(matched, record), *source.notes)
    return Pair(kept, rain, matched.time_factor, files, tuple(dict.fromkeys(notes)))


def _open(record: RainRecord, coarse: str, config: ReadingConfig, root: Path) -> tuple[RainRecord, bool]:
    """The coarse record, and whether it is a variable of the fine one's own files."""
    path = find_file(coarse, root)
    if path is not None:
        return open_record(path, config, static=False), False
    if any(coarse in source for source in record.sources.values()):
        own = config.model_copy(update={"variable": coarse})
        return open_record(root, own, static=False), True
    seen = sorted({str(name) for source in record.sources.values() for name in source.data_vars})
    raise UserError(
        f"files.coarse = {coarse!r} is neither a file nor a variable of {root}",
        f"its variables: {', '.join(seen)}",
    )


def find_file(coarse: str, root: Path) -> Path | None:
    """The file or folder that is meant: where the command runs, or beside the fine files."""
    places = (Path(coarse), root / coarse, root.parent / coarse)
    return next((path for path in places if path.exists()), None)


def _short(coarse: str, own: bool) -> str:
    return f"the variable {coarse}" if own else Path(coarse).name


def _on_blocks(
    source: RainRecord, record: RainRecord, fine: xr.DataArray, factor: int, names: str
) -> tuple[xr.DataArray, str]:
    """Coarse rain on blocks of fine cells (time, tile, Y, X), in its own times, and a word on how."""
    blocks = tuple(fine.sizes[dim] // factor for dim in ("y", "x"))
    fits = source.rain.shape[-2:] == blocks and source.rain.sizes["tile"] == fine.sizes["tile"]
    ours, theirs = _lines(record), _lines(source)
    if ours is None or theirs is None or source.rain.sizes["tile"] > 1 or fine.sizes["tile"] > 1:
        if fits:
            return source.rain, "cell by cell as it lies, since coordinates do not say where"
        raise UserError(
            f"{names}: {source.rain.sizes['y']} x {source.rain.sizes['x']} coarse cells are not the "
            f"{blocks[0]} x {blocks[1]} blocks of {factor} x {factor} fine cells, and only grids of straight "
            "lines of latitude and longitude, or of one projection, can be regridded here",
            "regrid the coarse rain conservatively onto these blocks first, or choose another files.factor",
        )
    if ours.on_sphere != theirs.on_sphere:
        raise UserError(
            f"{names}: one grid is in latitude and longitude, the other in a projection",
            "bring the coarse rain onto the fine grid's projection first",
        )
    target = ours.first(*fine.shape[-2:]).nested(factor)
    if target.is_same(theirs):
        return source.rain, "on blocks of the fine grid"
    return _regridded(source.rain, target, theirs), f"regridded conservatively from {theirs.text}"


def _lines(record: RainRecord) -> Lines | None:
    path = next(iter(record.grids))
    return lines_of(record.sources[path], record.variable, str(path))


def _regridded(rain: xr.DataArray, target: Lines, source: Lines) -> xr.DataArray:
    if target.on_sphere:
        rows = line_weights(sines(target.y), sines(source.y))
        return regrid(rain, rows, line_weights(target.x, source.x, 360.0))
    return regrid(rain, line_weights(target.y, source.y), line_weights(target.x, source.x))


def _in_time(rain: xr.DataArray, matched: Matched) -> xr.DataArray:
    """Coarse frames that match, each the mean of those that fill a fine one where these are several."""
    each = matched.coarse.shape[1]
    chosen = rain.isel(time=matched.coarse.ravel())
    if each == 1:
        return chosen
    together: Any = chosen.drop_vars("time").coarsen(time=each)
    mean: xr.DataArray = together.construct(time=("time", "part")).mean("part", skipna=False)
    return mean.transpose(*chosen.dims).astype(np.float32)


def _time_notes(matched: Matched, record: RainRecord) -> list[str]:
    notes = []
    if (each := matched.coarse.shape[1]) > 1:
        notes.append(f"{each} coarse frames are averaged to a fine one")
    if matched.time_factor > 1:
        notes.append(f"a coarse frame lasts {matched.time_factor} fine ones")
    lost = len(record.bounds) - matched.fine.size
    if lost:
        notes.append(f"{lost} of {len(record.bounds)} fine frames have no coarse one and are left out")
    return notes


def on_fine(field: xr.DataArray, fine: xr.DataArray, factor: int, time_factor: int) -> xr.DataArray:
    """A field of blocks (time, tile, Y, X), on the fine cells and in the fine frames of ``fine``."""
    rows, columns = (np.arange(fine.sizes[dim]) // factor for dim in ("y", "x"))
    frames = np.arange(fine.sizes["time"]) // time_factor
    return field.isel(y=rows, x=columns, time=frames).assign_coords(time=fine["time"])
