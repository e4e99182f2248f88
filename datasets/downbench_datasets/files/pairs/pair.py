"""Coarse rain of another source than the fine: brought onto the fine grid's blocks and times."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from downbench import UserError, calendar_of
from downbench_datasets.files.pairs.alignment import shift_note
from downbench_datasets.files.pairs.intervals import Matched
from downbench_datasets.files.pairs.nesting import nesting
from downbench_datasets.files.pairs.on_blocks import on_blocks
from downbench_datasets.files.pairs.place import place_of_record
from downbench_datasets.files.pairs.readings import match_records
from downbench_datasets.reading.open_record import open_record
from downbench_datasets.reading.record import RainRecord
from downbench_datasets.reading.settings import ReadingConfig, coarse_files


@dataclass(frozen=True)
class Pair:
    """Fine rain and coarse rain of the same times.

    Args:
        fine: frames that have a coarse one, (time, tile, y, x) in mm/h.
        coarse: rain on blocks of fine cells, (time, tile, Y, X) in mm/h; a frame bears the time of the last
            of its fine frames.
        time_factor: fine frames in the time of a coarse one.
        stamps: times that the coarse source gives each frame, (n, each) where several are averaged.
        bounds: first and last moment of each, (n, 2).
        sources: what the coarse files hold in CF's form.
        files: that the coarse rain comes from, where these are others.
        notes: how it was made.
        parts: coarse frames that are averaged to one, first to last, each as ``coarse``; else none.
    """

    fine: xr.DataArray
    coarse: xr.DataArray
    time_factor: int
    stamps: NDArray[np.datetime64]
    bounds: NDArray[np.datetime64]
    sources: Mapping[Path, xr.Dataset]
    files: tuple[Path, ...]
    notes: tuple[str, ...]
    parts: tuple[xr.DataArray, ...] = ()


@dataclass(frozen=True)
class Source:
    """Coarse rain of its own.

    Args:
        record: of it.
        what: it is called.
        own: whether it comes from the files of the fine rain.
    """

    record: RainRecord
    what: str
    own: bool = False


def open_source(
    record: RainRecord, coarse: str, path: Path | None, config: ReadingConfig, root: Path
) -> Source:
    """Open coarse rain.

    Args:
        record: of the fine rain.
        coarse: a file or folder, or the name of a variable of the record's own files.
        path: of the file or folder, where it is one.
        config: how coarse files are read; of the record's own files, how these are.
        root: of the record.

    Raises:
        UserError: there is no such file or variable, or it cannot be read.
    """
    opened, own = _open(record, coarse, path, config, root)
    return Source(opened, "coarse rain of " + _short(coarse, own), own)


def factor_between(record: RainRecord, source: Source) -> int | None:
    """Fine cells along the edge of a coarse one, where both grids say it exactly.

    Args:
        record: of the fine rain.
        source: coarse rain.
    """
    rain, coarse = record.rain, source.record.rain
    places = place_of_record(record), place_of_record(source.record)
    return nesting(*places, (rain.sizes["y"], rain.sizes["x"]), (coarse.sizes["y"], coarse.sizes["x"]))


def pair_of(record: RainRecord, coarse: Source, fine: xr.DataArray, factor: int, root: str) -> Pair:
    """Bring coarse rain onto the blocks and times of fine rain.

    Args:
        record: that the fine rain comes from.
        coarse: the other rain.
        fine: of the record, cut to whole blocks.
        factor: fine cells along the edge of a block.
        root: the fine rain is called.

    Raises:
        UserError: other calendars, times or places; grids that cannot be brought onto each other.
    """
    source, what, own = coarse.record, coarse.what, coarse.own
    names = f"{what} and {root}"
    calendars = _matched_calendars(calendar_of(source.rain["time"]), calendar_of(fine["time"]), names)
    matched, coarse_bounds, told = match_records(source, record, names)
    kept = fine.isel(time=matched.fine.ravel())
    places = place_of_record(source), place_of_record(record)
    moved, how = on_blocks(_as_members(source, record, names), *places, fine, factor, names)
    times = kept["time"][matched.time_factor - 1 :: matched.time_factor]
    rain = _in_time(moved, matched).assign_coords(time=times)
    frames = np.unique(np.linspace(0, rain.sizes["time"] - 1, 16).round().astype(int))
    if not rain.isel(time=frames).notnull().any() and not rain.notnull().any():
        raise UserError(f"{names} cover no block together", "are they of one place?")
    files = () if own else source.files
    same_steps = not own and matched.time_factor == matched.coarse.shape[1] == 1
    shifted = shift_note(rain, kept, factor, source, record) if same_steps else None
    told = [*told, *([shifted] if shifted else [])]
    notes = (f"{what}, {how}", *calendars, *told, *_time_notes(matched, record), *source.notes)
    stamps = source.rain["time"].to_numpy()[matched.coarse]
    bounds = np.stack([coarse_bounds[matched.coarse[:, 0], 0], coarse_bounds[matched.coarse[:, -1], 1]], 1)
    parts = [moved.isel(time=frames).assign_coords(time=times) for frames in matched.coarse.T]
    return Pair(
        fine=kept,
        coarse=rain,
        time_factor=matched.time_factor,
        stamps=stamps,
        bounds=bounds,
        sources=source.sources,
        files=files,
        notes=tuple(dict.fromkeys(notes)),
        parts=tuple(parts) if len(parts) > 1 else (),
    )


def _as_members(source: RainRecord, record: RainRecord, names: str) -> xr.DataArray:
    """Coarse rain with its members in the order of the fine ones, where both label them.

    Raises:
        UserError: they are labelled otherwise.
    """
    if not source.members or not record.members or source.members == record.members:
        return source.rain
    if sorted(source.members) != sorted(record.members):
        seen = [", ".join(labels[:8]) for labels in (source.members, record.members)]
        raise UserError(
            f"{names}: they have other members: {seen[0]} (coarse) and {seen[1]} (fine)",
            "give both the same ones, under the same labels",
        )
    return source.rain.isel(tile=[source.members.index(label) for label in record.members])


def _matched_calendars(coarse: str, fine: str, names: str) -> list[str]:
    """A note where calendars differ that have the same dates but for 29 February.

    Raises:
        UserError: others, such as one with 30 days in each month.
    """
    if coarse == fine:
        return []
    if not {coarse, fine} <= {"noleap", "standard", "proleptic_gregorian"}:
        raise UserError(
            f"{names} have different calendars: {coarse} and {fine}", "bring both to one calendar first"
        )
    how = "are matched by date, without the end of February in leap years"
    return [f"calendars {coarse} (coarse) and {fine} (fine) {how}"]


def _open(
    record: RainRecord, coarse: str, path: Path | None, config: ReadingConfig, root: Path
) -> tuple[RainRecord, bool]:
    """The coarse record, and whether it is a variable of the fine one's own files."""
    if path is not None:
        with coarse_files(config):
            return open_record(path, config, static=False), False
    if any(coarse in source for source in record.sources.values()):
        own = config.model_copy(update={"variable": coarse})
        return open_record(root, own, static=False), True
    seen = sorted({str(name) for source in record.sources.values() for name in source.data_vars})
    raise UserError(
        f"files.coarse = {coarse!r} is neither a file nor a variable of {root}",
        f"its variables: {', '.join(seen)}",
    )


def find_file(name: str, root: Path, homes: Sequence[Path] = ()) -> Path | None:
    """The file or folder that is meant: where the command runs, beside the fine files, or in other folders.

    Args:
        name: that somebody calls it.
        root: of the fine rain.
        homes: further folders, such as that of a card.
    """
    places = (Path(name), root / name, root.parent / name, *(home / name for home in homes))
    return next((path for path in places if path.exists()), None)


def _short(coarse: str, own: bool) -> str:
    return f"the variable {coarse}" if own else Path(coarse).name


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
