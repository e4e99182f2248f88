"""Coarse fields that somebody brings, read for ``bench apply``."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path

import numpy as np
import xarray as xr

from downbench import CoarseInput, UserError, digest_json
from downbench_datasets.files.fine_template import Dims, fine_coordinates, fine_times, grid_mapping
from downbench_datasets.files.rain_source import (
    TILE_FILE,
    RainSource,
    join_tiles,
    join_times,
    open_rain,
    rain_name,
)
from downbench_datasets.shared.axes import canonical, geographic, role_of
from downbench_datasets.shared.fingerprint import digest_stores
from downbench_datasets.shared.grids import Coordinate, check_same_grid, coordinates_of
from downbench_datasets.shared.predictor_names import PREDICTOR_NAMES, name_in_store
from downbench_datasets.shared.rain import RainLimits
from downbench_datasets.shared.static_fields import static_fields
from downbench_datasets.shared.stores import open_store
from downbench_datasets.shared.times import with_times

STATIC = ("topography", "land_fraction", "area", "lat", "lon")
HANDED_ON = ("institution", "source", "references", "licence", "license")
_SAME_CELL = 0.25  # of a cell: how far the coordinates of static fields may be off


def open_coarse_file(
    path: Path,
    variable: str | None,
    limits: RainLimits,
    factor: int,
    inputs: Collection[str],
    static: Path | None,
) -> CoarseInput:
    """Open coarse rain, the predictors and static fields that are needed, and the fine grid.

    Args:
        path: NetCDF file, zarr group, or a folder with one series of either or with files per tile.
        variable: of precipitation, where it cannot be made out.
        limits: of what counts as rain.
        factor: fine cells along the edge of a coarse one.
        inputs: names of predictors and static fields.
        static: file or group with static fields of the fine grid.

    Raises:
        UserError: cannot be read; lacks something; coordinates that cannot be refined.
    """
    coarse = open_rain(path, variable, limits, static=False)
    times = coarse.rain["time"]
    sources = {file: open_store(file) for file in coarse.files}
    with_rain = [sources[file] for file in coarse.files if file in coarse.grids]
    first = with_rain[0]
    name = rain_name(first, variable, str(path), alone=len(sources) == 1)
    assert name is not None
    dims = {role: dim for dim in first[name].dims if (role := role_of(dim, first[name].coords))}
    per_tile = coarse.rain.sizes["tile"] > 1 and "tile" not in dims
    names = dims | {"tile": "tile"} if per_tile else dims
    template = xr.Dataset(_spatial(sources, coarse, dims, factor))
    series = with_rain[:1] if per_tile else with_rain
    mapping, mappings = grid_mapping(first, first[name], factor)
    template = template.assign(fine_times(series, dims, times, str(path)) | mappings)
    scalars = {str(k): v.variable for k, v in first.coords.items() if v.ndim == 0 and _number(v)}
    template = template.assign({k: v for k, v in scalars.items() if k not in template})
    shape = (coarse.rain.sizes["tile"], *(coarse.rain.sizes[dim] * factor for dim in ("y", "x")))
    roles = {str(dim): role for role, dim in names.items()}
    statics = _static(_latitude_longitude(template, roles), list(sources.values()), static, shape)
    fields = {"precipitation": coarse.rain}
    wanted = [n for n in inputs if n != "precipitation" and n not in STATIC]
    fields |= {n: field for n in wanted if (field := _predictor(n, coarse, sources, path)) is not None}
    missing = [n for n in inputs if n not in fields and n not in statics]
    _refuse_missing(missing, path, list(sources.values()), shape)
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
        digest=_digest(coarse.files, static, limits),
        attributes=attributes,
        origin={key: str(first.attrs[key]) for key in HANDED_ON if key in first.attrs},
    )


def _digest(files: tuple[Path, ...], static: Path | None, limits: RainLimits) -> str:
    """Of the content, and of what counts as missing in it."""
    stores = [sorted(digest_stores(files)), digest_stores([static] if static else [])]
    return digest_json([*stores, list(limits.missing)] if limits.missing else stores)


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


def _spatial(
    sources: Mapping[Path, xr.Dataset], coarse: RainSource, dims: Dims, factor: int
) -> dict[str, xr.Variable]:
    """Fine coordinates; those of files per tile are stacked along ``tile``."""
    if coarse.rain.sizes["tile"] == 1 or "tile" in dims:
        return fine_coordinates(sources[next(iter(coarse.grids))], dims, factor)
    numbered = sorted(
        (int(match[1]), path) for path in coarse.files if (match := TILE_FILE.search(path.stem))
    )
    parts = [fine_coordinates(sources[path], dims, factor) for _, path in numbered]
    surfaces = {
        name: xr.Variable(
            ("tile", *first.dims), np.stack([part[name].to_numpy() for part in parts]), first.attrs
        )
        for name, first in parts[0].items()
        if first.ndim == 2 and all(name in part for part in parts) and "bnds" not in first.dims
    }
    return surfaces | {"tile": xr.Variable("tile", np.array([number for number, _ in numbered]))}


def _latitude_longitude(template: xr.Dataset, roles: dict[str, str]) -> xr.Dataset:
    """Latitude and longitude of the fine grid as ``lat`` and ``lon``, lines or surfaces."""
    fields: dict[str, xr.Variable] = {}
    for name, field in geographic(template).items():
        dims = tuple(roles.get(str(dim), str(dim)) for dim in field.dims)
        fields[name] = xr.Variable(dims, field.to_numpy(), field.attrs)
    return xr.Dataset(fields)


def _static(
    own: xr.Dataset, sources: list[xr.Dataset], path: Path | None, shape: tuple[int, ...]
) -> xr.Dataset:
    """Static fields (tile, y, x) of the fine grid: of the file for them, the input or its coordinates."""
    separate = [open_store(path)] if path is not None else []
    if separate:
        _check_position(static_fields(separate, shape), static_fields([own], shape), path)
    return static_fields([own, *separate, *sources], shape)


def _check_position(static: xr.Dataset, own: xr.Dataset, path: Path | None) -> None:
    for name in ("lat", "lon"):
        if name in static and name in own and min(own.sizes["y"], own.sizes["x"]) > 1:
            axis = -2 if name == "lat" else -1
            cell = np.abs((np.diff(own[name], axis=axis) + 180) % 360 - 180).max()
            off = np.abs((static[name] - own[name] + 180) % 360 - 180).max()
            if float(off) > _SAME_CELL * float(cell):
                raise UserError(
                    f"{path}: its {name} is up to {float(off):.3g} degrees off the fine grid",
                    "static fields must stand on the coarse cells cut into equal parts, in the same order",
                )


def _predictor(
    name: str, coarse: RainSource, sources: Mapping[Path, xr.Dataset], root: Path
) -> xr.DataArray | None:
    """A predictor (time, tile, y, x) in its own units, or None where no file has it.

    Raises:
        UserError: its times or its grid are not those of the rain.
    """
    tiles: dict[int, xr.DataArray] = {}
    series: list[tuple[Path, xr.DataArray]] = []
    grids: dict[Path, dict[str, Coordinate]] = {}
    for path, source in sources.items():
        key = name_in_store(source, PREDICTOR_NAMES.get(name, (name,)))
        if key is None:
            continue
        field = with_times(canonical(source[key], str(path)), source, str(path))
        field = field.astype(np.float32).assign_attrs(units=str(source[key].attrs.get("units", "")))
        grids[path] = coordinates_of(source, source[key], str(path))
        if match := TILE_FILE.search(path.stem):
            tiles[int(match[1])] = field
        else:
            series.append((path, field))
    if not tiles and not series:
        return None
    whole = join_tiles(tiles, root) if tiles else join_times(series, root, grids)
    if whole.shape != coarse.rain.shape or not np.array_equal(whole["time"], coarse.rain["time"]):
        raise UserError(f"{root}: {name} has other times or another grid than the rain")
    if series:
        path = series[0][0]
        with_rain, grid = next(iter(coarse.grids.items()))
        check_same_grid(grid, grids[path], f"{root}: {name} in {path.name} and the rain in {with_rain.name}")
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
