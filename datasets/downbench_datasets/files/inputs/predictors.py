"""Coarse predictors besides rain: on the blocks and at the times of the coarse rain."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from downbench import UserError, calendar_of, date_text
from downbench_datasets.files.inputs.fields import PlacedField, Sources, open_field, open_sources
from downbench_datasets.files.inputs.spec import FieldSource, no_file, no_file_of_entries
from downbench_datasets.files.pairs.on_blocks import on_blocks
from downbench_datasets.files.pairs.place import Place
from downbench_datasets.shared.undeclared import refuse_undeclared

Find = Callable[[str], Path | None]


@dataclass(frozen=True)
class Blocks:
    """The coarse frames and cells that predictors are for.

    Args:
        fine: fine rain, cut to whole blocks.
        place: of its grid.
        factor: fine cells along the edge of a block.
        area: of fine cells (tile, y, x), if it is known.
        times: of coarse frames, as the suite names them.
        stamps: times of their own source, (n, each).
        bounds: first and last moment of each, (n, 2).
    """

    fine: xr.DataArray
    place: Place
    factor: int
    area: xr.DataArray | None
    times: xr.DataArray
    stamps: NDArray[np.datetime64]
    bounds: NDArray[np.datetime64]


def open_predictors(
    asked: Mapping[str, FieldSource], own: Sources, blocks: Blocks, find: Find, where: str
) -> tuple[xr.Dataset, tuple[Path, ...], tuple[str, ...]]:
    """Predictors (time, tile, Y, X) in their own units, the files they come from, and notes.

    Args:
        asked: by name.
        own: files of the coarse rain, for those that name no file.
        blocks: frames and cells.
        find: the path of a file by what somebody calls it.
        where: the rain comes from, for messages.

    Raises:
        UserError: no such file or variable; times or places that do not cover those of the rain.
    """
    fields: dict[str, xr.DataArray] = {}
    files: list[Path] = []
    notes: list[str] = []
    opened: dict[str, Sources] = {}
    for name, source in asked.items():
        what = f"predictor {name!r} of {where}"
        sources = _sources(source, own, opened, find, what)
        field = open_field(source, sources, what)
        field = replace(field, values=refuse_undeclared(field.values, f"{what}, {source.variable!r}"))
        moved, how = _on_blocks(field, blocks, what)
        fields[name] = _at_times(moved, blocks, what).assign_coords(time=blocks.times)
        _refuse_nothing(fields[name], what)
        files += field.files if source.file is not None else ()
        notes.append(f"predictors {how}")
    return xr.Dataset(fields), tuple(dict.fromkeys(files)), tuple(dict.fromkeys(notes))


def _sources(source: FieldSource, own: Sources, opened: dict[str, Sources], find: Find, what: str) -> Sources:
    if source.file is None and not source.select:
        return own
    if source.file is None:
        raise no_file_of_entries(what)
    path = find(source.file)
    if path is None:
        raise no_file(what, source.file)
    key = f"{path} {sorted(source.select.items())}"
    if key not in opened:
        opened[key] = open_sources(path, source)
    return opened[key]


def _on_blocks(field: PlacedField, blocks: Blocks, what: str) -> tuple[xr.DataArray, str]:
    if "time" not in field.values.dims:
        raise UserError(f"{what} has no time", "fields that do not change are static: files.statics")
    return on_blocks(field.values, field.place, blocks.place, blocks.fine, blocks.factor, what, blocks.area)


def _refuse_nothing(field: xr.DataArray, what: str) -> None:
    """Refuse a field that is missing everywhere, as where its file is of another place.

    Raises:
        UserError: it is.
    """
    frames = np.unique(np.linspace(0, field.sizes["time"] - 1, 16).round().astype(int))
    if not field.isel(time=frames).notnull().any() and not field.notnull().any():
        raise UserError(f"{what} has no value on any block of the rain", "is it of the same place?")


def _at_times(field: xr.DataArray, blocks: Blocks, what: str) -> xr.DataArray:
    """A predictor of each coarse frame: that of its own time, else the mean of those in its interval.

    Raises:
        UserError: a coarse frame has none, or one has more than another.
    """
    frames = _frames(field["time"].to_numpy().astype("datetime64[s]"), blocks)
    if frames is None:
        calendar = calendar_of(field["time"])
        span = " to ".join(date_text(field["time"].to_numpy()[k], calendar)[:-3] for k in (0, -1))
        raise UserError(
            f"{what}: its times ({span}) do not give each coarse frame of the rain as many",
            "cut both to their common period, and fill what is missing",
        )
    chosen = field.isel(time=frames.ravel()).drop_vars("time")
    if (each := frames.shape[1]) == 1:
        return chosen
    together: Any = chosen.coarsen(time=each)
    mean: xr.DataArray = together.construct(time=("time", "part")).mean("part", keep_attrs=True)
    return mean.transpose(*chosen.dims).astype(np.float32)


def _frames(times: NDArray[np.datetime64], blocks: Blocks) -> NDArray[np.int_] | None:
    """Positions of the predictor's frames for each coarse one, (n, each)."""
    stamps = blocks.stamps.astype("datetime64[s]")
    exact = np.minimum(np.searchsorted(times, stamps), len(times) - 1)
    if (times[exact] == stamps).all():
        return exact
    start, end = blocks.bounds[:, 0], blocks.bounds[:, 1]
    for side in ("right", "left"):  # (start, end], as of means that stand at their end; else [start, end)
        first, last = (np.searchsorted(times, moment, side) for moment in (start, end))
        counts = last - first
        if len(counts) and counts[0] > 0 and (counts == counts[0]).all():
            return np.asarray(first[:, None] + np.arange(counts[0]))
    return None
