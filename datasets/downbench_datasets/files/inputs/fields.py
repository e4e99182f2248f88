"""Fields besides rain: opened from their files, each with its times and the place of its grid."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import xarray as xr

from downbench import UserError, mask_values
from downbench_datasets.files.inputs.spec import FieldSource
from downbench_datasets.files.pairs.place import Place, place_of
from downbench_datasets.reading.conventions import in_cf_form, refuse_unknown_dims
from downbench_datasets.reading.formats.open_file import open_file
from downbench_datasets.reading.series import join_files, list_files
from downbench_datasets.reading.settings import ReadingConfig
from downbench_datasets.shared.axes import canonical, role_of
from downbench_datasets.shared.grids import Coordinate, coordinates_of
from downbench_datasets.shared.times import with_times

Sources = Mapping[Path, xr.Dataset]


@dataclass(frozen=True)
class PlacedField:
    """A field and where it lies.

    Args:
        values: (time, tile, y, x), or without time where it has none; its units are an attribute.
        place: of its grid.
        files: that it comes from.
    """

    values: xr.DataArray
    place: Place
    files: tuple[Path, ...]


def open_field(asked: FieldSource, sources: Sources, where: str) -> PlacedField:
    """A field of files that are open.

    Args:
        asked: which.
        sources: what the files hold in CF's form, times undecoded.
        where: they are, for messages.

    Raises:
        UserError: no file has it, or its dims, times or grids cannot be understood.
    """
    fields: dict[Path, xr.DataArray] = {}
    grids: dict[Path, dict[str, Coordinate]] = {}
    place = None
    for path, source in sources.items():
        if asked.variable not in source.data_vars:
            continue
        field = source[asked.variable]
        values = canonical(field, str(path))
        timed = any(role_of(dim, source.coords) == "time" for dim in field.dims)
        values = mask_values(with_times(values, source, str(path)) if timed else values, ())
        units = asked.units or str(field.attrs.get("units", ""))
        fields[path] = values.astype(np.float32).drop_attrs().assign_attrs(units=units)
        if timed:
            fields[path]["time"].attrs.update(values["time"].attrs)
            fields[path] = fields[path].assign_coords(file=("time", np.full(values.sizes["time"], path.name)))
        grids[path] = coordinates_of(source, field, str(path))
        place = place or place_of(source, asked.variable, str(path))
    if place is None:
        seen = sorted({str(name) for source in sources.values() for name in source.data_vars})
        raise UserError(
            f"{where} has no variable {asked.variable!r}", f"its variables: {', '.join(seen) or 'none'}"
        )
    first = next(iter(fields.values()))
    joined = join_files(fields, Path(where), grids) if "time" in first.dims else first
    return PlacedField(joined.drop_vars("file", errors="ignore"), place, tuple(fields))


def open_sources(path: Path, asked: FieldSource) -> dict[Path, xr.Dataset]:
    """What a file or folder holds, in CF's form.

    Raises:
        UserError: it cannot be opened.
    """
    config = ReadingConfig(select=asked.select)
    opened = {each: open_file(each, config) for each in list_files(path)}
    refuse_unknown_dims(asked.select, opened.values(), str(path))
    return {each: in_cf_form(source, config, str(each)) for each, source in opened.items()}
