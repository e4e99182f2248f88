"""Coarse fields that somebody brings, read for ``bench apply``."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

import numpy as np
import xarray as xr

from downbench import CoarseInput, UserError, digest_json
from downbench_datasets.files.fine_template import (
    Dims,
    fine_coordinates,
    fine_times,
    grid_mapping,
    is_latitude,
    is_longitude,
)
from downbench_datasets.files.rain_source import (
    TILE_FILE,
    RainSource,
    chunked_in_time,
    find_variable,
    join_tiles,
    join_times,
    open_rain,
)
from downbench_datasets.shared.fingerprint import digest_stores
from downbench_datasets.shared.predictor_names import PREDICTOR_NAMES, name_in_store
from downbench_datasets.shared.static_fields import static_fields
from downbench_datasets.shared.stores import canonical, open_store, role_of, with_times

STATIC = ("topography", "land_fraction", "area", "lat", "lon")
HANDED_ON = ("institution", "source", "references", "licence", "license")
_SAME_CELL = 0.25  # of a cell: how far the coordinates of static fields may be off


def open_coarse_file(
    path: Path, variable: str | None, factor: int, inputs: Collection[str], static: Path | None
) -> CoarseInput:
    """Open coarse rain, the predictors and static fields that are needed, and the fine grid.

    Args:
        path: NetCDF file, zarr group, or a folder with one series of either or with files per tile.
        variable: of precipitation, where it cannot be told.
        factor: fine cells along the edge of a coarse one.
        inputs: names of predictors and static fields.
        static: file or group with static fields of the fine grid.

    Raises:
        UserError: cannot be read; lacks something; coordinates that cannot be refined.
    """
    found = open_rain(path, variable)
    times = found.rain["time"].to_numpy()
    sources = [open_store(file, chunks=None) for file in found.files]
    with_rain = [source for source in sources if _has_rain(source, variable, str(path))]
    first = with_rain[0]
    name = find_variable(first, variable, str(path))
    assert name is not None
    dims = {role: dim for dim in first[name].dims if (role := role_of(dim, first[name].coords))}
    per_tile = found.rain.sizes["tile"] > 1 and "tile" not in dims
    names = dims | {"tile": "tile"} if per_tile else dims
    template = xr.Dataset(_spatial(with_rain, found, dims, factor))
    series = with_rain[:1] if per_tile else with_rain
    mapping, mappings = grid_mapping(first, first[name], factor)
    template = template.assign(fine_times(series, dims, times, str(path)) | mappings)
    scalars = {str(k): v.variable for k, v in first.coords.items() if v.ndim == 0 and _number(v)}
    template = template.assign({k: v for k, v in scalars.items() if k not in template})
    shape = (found.rain.sizes["tile"], *(found.rain.sizes[dim] * factor for dim in ("y", "x")))
    roles = {str(dim): role for role, dim in names.items()}
    statics = _static(_places(template, roles), sources, static, shape)
    fields = {"precipitation": found.rain}
    wanted = [n for n in inputs if n != "precipitation" and n not in STATIC]
    fields |= {n: field for n in wanted if (field := _predictor(n, found, path)) is not None}
    _refuse_missing([n for n in inputs if n not in fields and n not in statics], path, sources, shape)
    order = [str(names[role]) for role in ("time", "tile", "y", "x") if role in names]
    aside = _auxiliary(template.drop_vars(list(mappings)), order)
    attributes = {key: str(v) for key, v in first[name].attrs.items() if key == "cell_methods"}
    attributes |= {"grid_mapping": mapping} if mapping else {}
    attributes |= {"coordinates": " ".join(aside)} if aside else {}
    return CoarseInput(
        fields=xr.Dataset(fields),
        static=statics,
        template=template,
        dims=tuple(order),
        digest=digest_json([sorted(digest_stores(found.files)), digest_stores([static] if static else [])]),
        attributes=attributes,
        origin={key: str(first.attrs[key]) for key in HANDED_ON if key in first.attrs},
    )


def _has_rain(source: xr.Dataset, variable: str | None, where: str) -> bool:
    if variable is not None:
        return variable in source
    return find_variable(source, None, where) is not None


def _number(field: xr.DataArray) -> bool:
    return bool(np.issubdtype(field.dtype, np.number))


def _auxiliary(template: xr.Dataset, order: list[str]) -> list[str]:
    """Names of coordinates that no dim is named after."""
    bounds = {str(variable.attrs.get("bounds")) for variable in template.variables.values()}
    return [
        str(name)
        for name, variable in template.variables.items()
        if name not in order and name not in bounds and set(variable.dims) <= set(order)
    ]


def _spatial(sources: list[xr.Dataset], found: RainSource, dims: Dims, factor: int) -> dict[str, xr.Variable]:
    """Fine coordinates; those of files per tile are stacked along ``tile``."""
    if found.rain.sizes["tile"] == 1 or "tile" in dims:
        return fine_coordinates(sources[0], dims, factor)
    numbered = sorted((int(match[1]), path) for path in found.files if (match := TILE_FILE.search(path.stem)))
    parts = [fine_coordinates(open_store(path, chunks=None), dims, factor) for _, path in numbered]
    surfaces = {
        name: xr.Variable(
            ("tile", *first.dims), np.stack([part[name].to_numpy() for part in parts]), first.attrs
        )
        for name, first in parts[0].items()
        if first.ndim == 2 and all(name in part for part in parts) and "bnds" not in first.dims
    }
    return surfaces | {"tile": xr.Variable("tile", np.array([number for number, _ in numbered]))}


def _places(template: xr.Dataset, roles: dict[str, str]) -> xr.Dataset:
    """Latitude and longitude of the fine grid as ``lat`` and ``lon``, lines or surfaces."""
    found: dict[str, tuple[tuple[str, ...], np.ndarray]] = {}
    for key in template.variables:
        field = template[key]
        for name, fits in (("lat", is_latitude), ("lon", is_longitude)):
            if field.ndim and name not in found and fits(field):
                found[name] = tuple(roles.get(str(dim), str(dim)) for dim in field.dims), field.to_numpy()
    return xr.Dataset(found)


def _static(
    places: xr.Dataset, sources: list[xr.Dataset], static: Path | None, shape: tuple[int, ...]
) -> xr.Dataset:
    """Static fields (tile, y, x) of the fine grid: given, found, or worked out from its coordinates."""
    given = [open_store(static, chunks=None)] if static is not None else []
    if given:
        _check_place(static_fields(given, shape), static_fields([places], shape), static)
    return static_fields([places, *given, *sources], shape)


def _check_place(given: xr.Dataset, own: xr.Dataset, path: Path | None) -> None:
    for name in ("lat", "lon"):
        if name in given and name in own and min(own.sizes["y"], own.sizes["x"]) > 1:
            axis = -2 if name == "lat" else -1
            cell = np.abs((np.diff(own[name], axis=axis) + 180) % 360 - 180).max()
            off = np.abs((given[name] - own[name] + 180) % 360 - 180).max()
            if float(off) > _SAME_CELL * float(cell):
                raise UserError(
                    f"{path}: its {name} is up to {float(off):.3g} degrees off the fine grid",
                    "static fields must stand on the coarse cells cut into equal parts, in the same order",
                )


def _predictor(name: str, found: RainSource, root: Path) -> xr.DataArray | None:
    """A predictor (time, tile, y, x) in its own units, or None where no file has it.

    Raises:
        UserError: its times are not those of the rain.
    """
    tiles: dict[int, xr.DataArray] = {}
    series: list[tuple[Path, xr.DataArray]] = []
    for path in found.files:
        source = open_store(path, chunks=None)
        key = name_in_store(source, PREDICTOR_NAMES.get(name, (name,)))
        if key is None:
            continue
        field = with_times(canonical(chunked_in_time(source, key)[key], str(path)), source, str(path))
        field = field.astype(np.float32).assign_attrs(units=str(source[key].attrs.get("units", "")))
        if match := TILE_FILE.search(path.stem):
            tiles[int(match[1])] = field
        else:
            series.append((path, field))
    if not tiles and not series:
        return None
    whole = join_tiles(tiles, root) if tiles else join_times(series, root)
    if whole.shape != found.rain.shape or not np.array_equal(whole["time"], found.rain["time"]):
        raise UserError(f"{root}: {name} has other times or another grid than the rain")
    return whole


def _refuse_missing(
    missing: list[str], path: Path, sources: list[xr.Dataset], shape: tuple[int, ...]
) -> None:
    if not missing:
        return
    seen = sorted({str(name) for source in sources for name in source.data_vars})
    hint = f"its variables: {', '.join(seen)}"
    if any(name in STATIC for name in missing):
        hint += f"; give static fields of the fine grid ({shape[1]} x {shape[2]} cells) with --static FILE"
    raise UserError(f"{path} lacks {', '.join(missing)}, which the method was fitted with", hint)
