"""Coarse fields that somebody brings, read for ``bench apply``."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path

import numpy as np
import xarray as xr

from downbench import CoarseInput, UserError, digest_json, mask_values
from downbench_datasets.files.config import RainFilesConfig
from downbench_datasets.files.fine_template import Dims, fine_coordinates, fine_times, grid_mapping
from downbench_datasets.files.inputs.spec import FieldSource
from downbench_datasets.reading.conventions import in_cf_form, refuse_unknown_dims
from downbench_datasets.reading.open_record import open_record
from downbench_datasets.reading.record import RainRecord
from downbench_datasets.reading.series import join_files, tile_of
from downbench_datasets.reading.settings import ReadingConfig
from downbench_datasets.shared.axes import canonical, geographic, role_of
from downbench_datasets.shared.fingerprint import digest_stores
from downbench_datasets.shared.grids import Coordinate, check_same_grid, coordinates_of
from downbench_datasets.shared.predictor_names import PREDICTOR_NAMES, name_in_store
from downbench_datasets.shared.static_fields import static_fields
from downbench_datasets.shared.stores import open_store
from downbench_datasets.shared.times import with_times
from downbench_datasets.shared.undeclared import refuse_undeclared

STATIC = ("topography", "land_fraction", "area", "lat", "lon")
HANDED_ON = ("institution", "source", "references", "licence", "license")
_SAME_CELL = 0.25  # of a cell: how far the coordinates of static fields may be off


def open_coarse_file(
    path: Path,
    config: ReadingConfig,
    factor: int,
    inputs: Collection[str],
    static: Path | None,
) -> CoarseInput:
    """Open coarse rain, the predictors and static fields that are needed, and the fine grid.

    Args:
        path: file or group of any format that is read, or a folder with one series or with files per tile.
        config: what somebody says about files that do not say it themselves.
        factor: fine cells along the edge of a coarse one.
        inputs: names of predictors and static fields.
        static: file or group with static fields of the fine grid.

    Raises:
        UserError: cannot be read; lacks something; coordinates that cannot be refined.
    """
    coarse = open_record(path, config, static=False)
    sources, times = coarse.sources, coarse.rain["time"]
    bounds = coarse.bounds if coarse.bounds_stated else None
    first = sources[next(iter(coarse.grids))]
    name = coarse.variable
    dims = {role: dim for dim in first[name].dims if (role := role_of(dim, first[name].coords))}
    per_tile = coarse.rain.sizes["tile"] > 1 and "tile" not in dims
    names = dims | {"tile": "tile"} if per_tile else dims
    template = xr.Dataset(_spatial(sources, coarse, dims, factor))
    mapping, mappings = grid_mapping(first, first[name], factor)
    template = template.assign(fine_times(first[dims["time"]], times, bounds) | mappings)
    scalars = {str(k): v.variable for k, v in first.coords.items() if v.ndim == 0 and _number(v)}
    template = template.assign({k: v for k, v in scalars.items() if k not in template})
    shape = (coarse.rain.sizes["tile"], *(coarse.rain.sizes[dim] * factor for dim in ("y", "x")))
    roles = {str(dim): role for role, dim in names.items()}
    statics = _static(_latitude_longitude(template, roles), list(sources.values()), static, shape)
    fields = {"precipitation": coarse.rain}
    wanted = [n for n in inputs if n != "precipitation" and n not in STATIC]
    asked = config.predictors if isinstance(config, RainFilesConfig) else {}
    for predictor in wanted:
        field = _predictor(predictor, asked.get(predictor), coarse, sources, path)
        fields |= {} if field is None else {predictor: field}
    missing = [n for n in inputs if n not in fields and n not in statics]
    _refuse_missing(missing, path, list(sources.values()), static, shape)
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
        digest=_digest(coarse.files, static, config),
        attributes=attributes,
        origin={key: str(first.attrs[key]) for key in HANDED_ON if key in first.attrs},
    )


def _digest(files: tuple[Path, ...], static: Path | None, config: ReadingConfig) -> str:
    """Of the content, and of what somebody says about it."""
    stores = [sorted(digest_stores(files)), digest_stores([static] if static else [])]
    said = {name: getattr(config, name) for name in ReadingConfig.model_fields if name != "limit"}
    changed = {k: v for k, v in said.items() if v != ReadingConfig.model_fields[k].default}
    return digest_json([*stores, changed] if changed else stores)


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
    sources: Mapping[Path, xr.Dataset], coarse: RainRecord, dims: Dims, factor: int
) -> dict[str, xr.Variable]:
    """Fine coordinates; those of files per tile are stacked along ``tile``."""
    if coarse.rain.sizes["tile"] == 1 or "tile" in dims:
        return fine_coordinates(sources[next(iter(coarse.grids))], dims, factor)
    numbered = sorted((tile, path) for path in coarse.files if (tile := tile_of(path)) is not None)
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
    name: str,
    asked: FieldSource | None,
    coarse: RainRecord,
    sources: Mapping[Path, xr.Dataset],
    root: Path,
) -> xr.DataArray | None:
    """A predictor (time, tile, y, x) in its own units, or None where no file has it.

    Raises:
        UserError: its times or its grid are not those of the rain.
    """
    fields: dict[Path, xr.DataArray] = {}
    grids: dict[Path, dict[str, Coordinate]] = {}
    names = (asked.variable,) if asked is not None else PREDICTOR_NAMES.get(name, (name,))
    if asked is not None:
        refuse_unknown_dims(asked.select, sources.values(), str(root))
    for path, source in sources.items():
        if asked is not None and asked.select:
            source = in_cf_form(source, ReadingConfig(select=asked.select), str(path))
        key = name_in_store(source, names)
        if key is None:
            continue
        field = mask_values(with_times(canonical(source[key], str(path)), source, str(path)), ())
        units = (asked.units if asked is not None else None) or str(source[key].attrs.get("units", ""))
        fields[path] = field.astype(np.float32).assign_attrs(units=units)
        grids[path] = coordinates_of(source, source[key], str(path))
    if not fields:
        return None
    whole = refuse_undeclared(join_files(fields, root, grids), f"{root}, {name}")
    whole = whole.sel(time=np.isin(whole["time"].to_numpy(), coarse.rain["time"].to_numpy()))
    if whole.shape != coarse.rain.shape or not np.array_equal(whole["time"], coarse.rain["time"]):
        raise UserError(f"{root}: {name} has other times or another grid than the rain")
    path = next(iter(fields))
    if tile_of(path) is None:
        with_rain, grid = next(iter(coarse.grids.items()))
        check_same_grid(grid, grids[path], f"{root}: {name} in {path.name} and the rain in {with_rain.name}")
    return whole


def _refuse_missing(
    missing: list[str], path: Path, sources: list[xr.Dataset], static: Path | None, shape: tuple[int, ...]
) -> None:
    if not missing:
        return
    seen = sorted({str(name) for source in sources for name in source.data_vars})
    hint = f"its variables: {', '.join(seen)}"
    if any(name in STATIC for name in missing):
        hint += f"; {_static_hint(static, f'{shape[1]} x {shape[2]}')}"
    raise UserError(f"{path} lacks {', '.join(missing)}, which the method was fitted with", hint)


def _static_hint(static: Path | None, size: str) -> str:
    """What to give, or what the file that was given holds in its place."""
    if static is None:
        return f"give static fields of the fine grid ({size} cells) with --static FILE"
    fields = open_store(static).data_vars.items()
    held = [f"{name} ({' x '.join(map(str, field.shape))})" for name, field in fields]
    return f"{static} holds {', '.join(held) or 'no field'}, and the fine grid has {size} cells"
