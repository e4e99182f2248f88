"""Static fields that somebody names: topography and land of the fine grid, from files of any grid."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
import xarray as xr

from downbench import UserError
from downbench_datasets.files.inputs.fields import open_field, open_sources
from downbench_datasets.files.inputs.spec import FieldSource, no_file, no_file_of_entries
from downbench_datasets.files.pairs.on_blocks import on_blocks
from downbench_datasets.files.pairs.place import Place
from downbench_datasets.reading.record import RainRecord
from downbench_datasets.shared.static_fields import static_fields
from downbench_datasets.shared.undeclared import without_marks


def open_statics(
    asked: Mapping[str, FieldSource], record: RainRecord, place: Place, find: Callable[[str], Path | None]
) -> tuple[xr.Dataset, tuple[Path, ...]]:
    """The record's static fields with those that are named, and the files these come from.

    Args:
        asked: by name: ``topography``, ``land_fraction``.
        record: of the fine rain.
        place: of its grid.
        find: the path of a file by what somebody calls it.

    Raises:
        UserError: no such file or variable, or a grid that does not cover the rain's.
    """
    statics, files = record.static, list[Path]()
    frame = record.rain.isel(time=slice(0, 1))
    if record.members is not None:  # of one place
        frame = frame.isel(tile=[0])
    shape = tuple(frame.sizes[dim] for dim in ("tile", "y", "x"))
    for name, source in asked.items():
        what = f"static field {name!r}"
        if source.file is None and source.select:
            raise no_file_of_entries(what)
        path = find(source.file) if source.file is not None else None
        if source.file is not None and path is None:
            raise no_file(what, source.file)
        sources = record.sources if path is None else open_sources(path, source)
        field = open_field(source, sources, what)
        values = field.values.isel(time=0, drop=True) if "time" in field.values.dims else field.values
        values = values.copy(data=without_marks(values.to_numpy()))
        moved, _ = on_blocks(values.expand_dims("time"), field.place, place, frame, 1, what)
        covered, _ = on_blocks(xr.ones_like(values).expand_dims("time"), field.place, place, frame, 1, what)
        count = int(covered.notnull().sum())
        if count < covered.size:
            raise UserError(
                f"{what}: its grid covers {count} of the {covered.size} fine cells of the rain",
                "give a field of the whole domain, or a smaller domain",
            )
        named = moved.isel(time=0).rename(name).assign_attrs(values.attrs)
        made = static_fields([named.to_dataset()], shape)[[name]]
        if record.members is not None:
            made = made.isel(tile=np.zeros(record.rain.sizes["tile"], int))
        statics = statics.assign(made)
        files += field.files if path is not None else ()
    return statics, tuple(dict.fromkeys(files))
