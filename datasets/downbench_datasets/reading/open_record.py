"""The one way from any file or store to rain in mm/h: checked, and with notes of what was decided."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from pathlib import Path

import numpy as np
import xarray as xr

from downbench import UserError, mask_values, said_units
from downbench_datasets.reading.conventions import in_cf_form, refuse_unknown_dims
from downbench_datasets.reading.formats.open_file import open_file
from downbench_datasets.reading.meaning.even_times import even_times
from downbench_datasets.reading.meaning.rates import to_rates
from downbench_datasets.reading.meaning.stamp_words import said_stamp
from downbench_datasets.reading.meaning.time_stamps import SAID, gaps_of
from downbench_datasets.reading.quality import quality_note
from downbench_datasets.reading.rain_variable import (
    describe_variables,
    find_variable,
    rivals_of,
    snow_beside,
)
from downbench_datasets.reading.record import RainRecord
from downbench_datasets.reading.series import join_files, list_files, tile_of
from downbench_datasets.reading.settings import ReadingConfig, option
from downbench_datasets.shared.axes import canonical, role_of
from downbench_datasets.shared.grids import Coordinate, coordinates_of
from downbench_datasets.shared.static_fields import static_fields
from downbench_datasets.shared.times import read_dates, with_times

_DEFAULT = ReadingConfig()
_FILLED = 1e30  # bounds that nobody wrote hold NetCDF's 9.97e36, or NaN


def open_record(root: Path, config: ReadingConfig = _DEFAULT, static: bool = True) -> RainRecord:
    """Open the rain of a file, a zarr group, or a folder with one series of either, lazily.

    Args:
        root: file, group or folder; of NetCDF, HDF5, zarr, GRIB, RADOLAN or GeoTIFF.
        config: what somebody says about files that do not say it themselves.
        static: whether static fields of the same grid are read as well.

    Raises:
        UserError: nothing that can be opened, no precipitation, files that do not belong together, units or
            times that cannot be understood or leave several readings.
    """
    opened = {path: open_file(path, config) for path in list_files(root)}
    return record_of(opened, root, config, static)


def record_of(
    opened: Mapping[Path, xr.Dataset], root: Path, config: ReadingConfig = _DEFAULT, static: bool = True
) -> RainRecord:
    """The rain of files that are open, or of what somebody has in memory under names of their own.

    Args:
        opened: what each file holds, times undecoded.
        root: that they are of, for messages.
        config: what somebody says about files that do not say it themselves.
        static: whether static fields of the same grid are read as well.

    Raises:
        UserError: as :func:`open_record`.
    """
    files = list(opened)
    refuse_unknown_dims(config.select, opened.values(), str(root))
    sources = {path: in_cf_form(source, config, str(path)) for path, source in opened.items()}
    fields: dict[Path, xr.DataArray] = {}
    grids: dict[Path, dict[str, Coordinate]] = {}
    names: dict[Path, str] = {}
    for path, source in sources.items():
        name = rain_name(source, config.variable, str(path), alone=len(files) == 1)
        if name is not None:
            names[path] = name
            fields[path] = _field(source, name, path, config)
            grids[path] = coordinates_of(source, source[name], str(path))
    if not fields:
        raise UserError(f"{root} has no precipitation", describe_variables(list(sources.values())))
    series = join_files(fields, root, grids)
    joined, evened = even_times(series)
    chosen = None if config.variable is not None else _rivals_note(sources, names)
    remarks = (
        chosen,
        _names_note(names),
        _shared_note(fields, series),
        evened,
        _snow_note(sources, names),
        quality_note(sources, names),
    )
    rates = to_rates(joined, config, f"{root}, variable {names[next(iter(names))]!r}")
    shape = tuple(rates.rain.sizes[dim] for dim in ("tile", "y", "x"))
    attrs = next(iter(sources.values())).attrs
    return RainRecord(
        rain=rates.rain,
        bounds=rates.bounds,
        bounds_stated=rates.bounds_stated,
        stamp=rates.stamp,
        other_bounds=rates.other_bounds,
        gaps=gaps_of(rates.frames),
        static=_static(sources, shape, config.members is not None) if static else xr.Dataset(),
        variable=names[next(iter(names))],
        files=tuple(files),
        sources=sources,
        grids=grids,
        licence=str(attrs.get("licence") or attrs.get("license") or ""),
        notes=(*rates.notes, *(note for note in remarks if note)),
        members=_labels(opened, config.members) if config.members is not None else None,
    )


def _labels(opened: Mapping[Path, xr.Dataset], dim: str) -> tuple[str, ...]:
    """What the files call their members; nothing where they do not, or not alike."""
    labels = {
        tuple(str(label) for label in source[dim].to_numpy().tolist())
        for source in opened.values()
        if dim in source.dims and dim in source.variables
    }
    return labels.pop() if len(labels) == 1 else ()


def rain_name(source: xr.Dataset, variable: str | None, where: str, alone: bool) -> str | None:
    """Name of the rain in the only file, or in one of a folder's files; None where that has none."""
    if variable is not None and variable not in source and "precipitation" in source and len(source) == 1:
        return "precipitation"  # of a format that names quantities and not variables
    if variable is not None and not alone and variable not in source:
        return None
    return find_variable(source, variable, where)


def _shared_note(fields: Mapping[Path, xr.DataArray], series: xr.DataArray) -> str | None:
    """How many frames of a series stand in two files."""
    frames = sum(
        field.sizes["time"] for field in fields.values() if field.sizes["tile"] == series.sizes["tile"]
    )
    shared = frames - series.sizes["time"]
    return f"{shared} frames that stand in two files, alike, count once" if shared > 0 else None


def _names_note(names: Mapping[Path, str]) -> str | None:
    """Which files of a series call their rain otherwise than the first one."""
    by_name: dict[str, list[str]] = {}
    for path, name in names.items():
        by_name.setdefault(name, []).append(path.name)
    if len(by_name) < 2:
        return None
    said = "; ".join(
        f"{name!r} in {files[0]}" + (f" and {len(files) - 1} more" if len(files) > 1 else "")
        for name, files in by_name.items()
    )
    return f"files call their rain otherwise: {said}"


def _rivals_note(sources: Mapping[Path, xr.Dataset], names: Mapping[Path, str]) -> str | None:
    """Which variable was taken, where others of the file might be meant."""
    path, name = next(iter(names.items()))
    rivals = rivals_of(sources[path], name)
    if not rivals:
        return None
    return f"rain is {name!r}, not {', '.join(rivals)}: {option('variable', rivals[0])} takes another one"


def _snow_note(sources: Mapping[Path, xr.Dataset], names: Mapping[Path, str]) -> str | None:
    """What to know of files that have snow beside rain."""
    path, name = next(iter(names.items()))
    snow = snow_beside(sources[path], name)
    if snow is None:
        return None
    return f"rain alone, without the snow in {snow!r}: {option('variable', f'{name}+{snow}')} adds it"


def _field(source: xr.Dataset, name: str, path: Path, config: ReadingConfig) -> xr.DataArray:
    """Rain (time, tile, y, x) in its own units, with coordinates ``start``, ``end`` and ``file``."""
    where = str(path)
    variable = source[name]
    if config.members is not None and "tile" not in variable.dims:
        raise UserError(
            f"{where}: {name!r} has no dim {config.members!r} of members",
            f"its dims: {', '.join(map(str, variable.dims))}",
        )
    extra = [
        dim for dim in variable.dims if role_of(dim, variable.coords) is None and variable.sizes[dim] > 1
    ]
    if extra:
        dim = extra[0]
        _refuse_cells(variable, dim, where)
        entry = variable[dim].to_numpy()[0] if dim in variable.coords else 0
        raise UserError(
            f"{where}: {name!r} has the dim {dim!r} with {variable.sizes[dim]} entries",
            f"choose one of them: {option('select', f'{{{dim}: {entry}}}')}; or, if they are members of an "
            f"ensemble, take all: {option('members', str(dim))}; or name dims time, tile, y and x",
        )
    _refuse_dry_as_missing(variable, where, config)
    field = mask_values(with_times(canonical(variable, where), source, where), config.missing)
    start, end = _bounds(source, name, len(field["time"]), where)
    field = field.astype(np.float32).assign_attrs(units=said_units(variable.attrs) or config.units or "")
    axis = next(source[dim] for dim in variable.dims if role_of(dim, source.coords) == "time")
    if "climatology" in axis.attrs:
        raise UserError(
            f"{where}: {name!r} is a climatology (by the attribute 'climatology' of its times): means over "
            "years, and no series of frames",
            "give the series that it was made of",
        )
    if (stamp := said_stamp(axis.attrs, variable.attrs)) is not None:
        field = field.assign_attrs({SAID: stamp})
    return field.assign_coords(
        start=("time", start), end=("time", end), file=("time", np.full(len(start), path.name))
    )


def _refuse_dry_as_missing(variable: xr.DataArray, where: str, config: ReadingConfig) -> None:
    """Refuse rain of which the file declares zero as missing: no cell of it is dry, but by mistake.

    Raises:
        UserError: it does, and nobody says that it is meant so.
    """
    encoding = variable.encoding
    marks = [np.ravel(encoding[key]) for key in ("_FillValue", "missing_value") if key in encoding]
    if 0 in config.missing or encoding.get("add_offset", 0) or not any((mark == 0).any() for mark in marks):
        return
    name = variable.name
    raise UserError(
        f"{where}: {name!r} declares 0 as its missing value, so that every dry cell is missing",
        f"if 0 is dry, take the mark out of the file: ncatted -a _FillValue,{name},d,, -a "
        f"missing_value,{name},d,, FILE; if 0 does mark missing cells: {option('missing', 0)}",
    )


def _refuse_cells(variable: xr.DataArray, dim: Hashable, where: str) -> None:
    """Refuse rain on a list of cells or stations, which has no rows and columns, or on dims of any names.

    Raises:
        UserError: a field without y and x.
    """
    roles = {each: role_of(each, variable.coords) for each in variable.dims}
    if {"y", "x"} & set(roles.values()):
        return
    nameless = [repr(each) for each, role in roles.items() if role is None and variable.sizes[each] > 1]
    if len(nameless) > 1:
        raise UserError(
            f"{where}: nothing says which of the dims {', '.join(nameless)} of {variable.name!r} are rows "
            "and columns: they have no usual names, and no coordinates",
            "name them y and x in the file (ncrename and xarray's rename_dims do), or latitude and longitude",
        )
    raise UserError(
        f"{where}: {variable.name!r} lies on a list of {variable.sizes[dim]} cells or stations "
        f"({dim!r}), without rows and columns",
        "bring it onto a grid of latitudes and longitudes first, conservatively (as cdo remapcon does); "
        "or, if there are rows and columns, name dims time, tile, y and x",
    )


def _bounds(source: xr.Dataset, name: str, frames: int, where: str) -> tuple[np.ndarray, np.ndarray]:
    """First and last moments of the intervals of frames, NaT where the file has none."""
    none = np.full(frames, np.datetime64("NaT"), "datetime64[s]")
    dim = next(dim for dim in source[name].dims if role_of(dim, source.coords) == "time")
    axis = source[dim]
    usual = [f"{dim}_bnds", f"{dim}_bounds", f"{dim}_bound", "time_bnds", "time_bounds"]
    keys = [str(axis.attrs["bounds"])] if "bounds" in axis.attrs else usual
    found = (
        key for key in keys if key in source.variables and sorted(source[key].shape) == sorted((frames, 2))
    )
    key = next((key for key in found if dim in source[key].dims), None)
    if key is None or "point" in str(source[name].attrs.get("cell_methods", "")).lower():
        return none, none
    bounds = source[key].transpose(dim, ...).load()
    if bounds.dtype.kind in "iuf" and not (np.abs(bounds.to_numpy()) < _FILLED).all():
        return none, none
    inherited = {k: axis.attrs[k] for k in ("units", "calendar") if k in axis.attrs}
    moments = read_dates(bounds.assign_attrs(inherited | bounds.attrs), f"{where}, {key}")
    if (moments[:, 0] > moments[:, 1]).all():
        moments = moments[:, ::-1]
    if not (moments[:, 0] < moments[:, 1]).all():
        return none, none
    return moments[:, 0], moments[:, 1]


def _static(sources: dict[Path, xr.Dataset], shape: tuple[int, ...], members: bool) -> xr.Dataset:
    if members:  # of one place
        fields = static_fields(sources.values(), (1, *shape[1:]))
        return fields.isel(tile=np.zeros(shape[0], int), missing_dims="ignore")
    numbered: dict[int, list[xr.Dataset]] = {}
    for path, source in sources.items():
        if (tile := tile_of(path)) is not None:
            numbered.setdefault(tile, []).append(source)
    if len(numbered) < 6:
        return static_fields(sources.values(), shape)
    return xr.concat([static_fields(numbered[k], (1, *shape[1:])) for k in sorted(numbered)], "tile")
