"""The steps of a recipe on a lazy record of rain."""

from __future__ import annotations

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from downbench import UserError
from downbench_datasets.fetching.cut import within
from downbench_datasets.preparing.recipe import Mask, Recipe
from downbench_datasets.preparing.rounding import rounded

_SPACE = ("y", "x")


def apply_recipe(record: xr.Dataset, recipe: Recipe, where: str) -> xr.Dataset:
    """Take the steps of a recipe, lazily.

    Args:
        record: ``precipitation`` (time, tile, y, x) in mm/h; ``lat`` and ``lon``, lines or surfaces (tile, y,
            x), lines ``y`` and ``x``, ``time_bnds``, as far as there are any.
        recipe: the steps.
        where: the record stands, for messages.

    Raises:
        UserError: nothing is left, or the grid lacks what a step needs.
    """
    record = _period(record, recipe, where)
    record = _box(record, recipe, where)
    rain = record["precipitation"]
    if recipe.missing_above is not None:
        rain = rain.where(~(rain > recipe.missing_above))
    if recipe.dry_below is not None:
        rain = rain.where(~(rain < recipe.dry_below), np.float32(0))
    for mask in recipe.masks:
        rain = rain.where(~_masked(record, mask, where))
    record = record.assign(precipitation=rain.astype(np.float32))
    record = _coarsened(record, recipe, where)
    record = _turned(record) if recipe.north_first else record
    for dim, span in (("y", recipe.rows), ("x", recipe.columns)):
        if span is not None:
            if not 0 <= span[0] < span[1] <= record.sizes[dim]:
                raise UserError(
                    f"{where}: {'rows' if dim == 'y' else 'columns'} {list(span)} are not in its grid of "
                    f"{record.sizes['y']} x {record.sizes['x']}",
                    "mend the card's prepare",
                )
            record = record.isel({dim: slice(*span)})
    record = _hourly_means(record, recipe, where)
    if recipe.bits is not None:
        exact = xr.apply_ufunc(
            rounded,
            record["precipitation"],
            kwargs={"bits": recipe.bits},
            dask="parallelized",
            output_dtypes=[np.float32],
        )
        record = record.assign(precipitation=exact)
    return record


def _period(record: xr.Dataset, recipe: Recipe, where: str) -> xr.Dataset:
    period = recipe.cut.period
    if period is None:
        return record
    times = record["time"].to_numpy()
    inside = np.flatnonzero((times >= period[0]) & (times <= period[1]))
    if not len(inside):
        raise UserError(f"{where} has no time from {period[0]} to {period[1]}", "check the card's prepare")
    return record.isel(time=slice(int(inside[0]), int(inside[-1]) + 1))


def _box(record: xr.Dataset, recipe: Recipe, where: str) -> xr.Dataset:
    """Keep the rectangle of rows and columns that holds all cells of the box."""
    if recipe.box is None:
        return record
    inside = _in_box(record, recipe.box, where)
    for dim in _SPACE:
        others = [other for other in inside.dims if other != dim]
        kept = np.flatnonzero(inside.any(others).to_numpy())
        if not len(kept):
            raise UserError(f"{where} has no cell in the box {recipe.box}", "check the card's prepare")
        first, last = int(kept[0]), int(kept[-1])
        if last - first + 1 != len(kept) and dim == "x" and first == 0:  # over the seam
            start = int(kept[np.flatnonzero(np.diff(kept) > 1)[0] + 1])
            order = np.concatenate([np.arange(start, last + 1), np.arange(0, start)])
            order = order[np.isin(order, kept)]
            record = record.isel({dim: order})
        else:
            record = record.isel({dim: slice(first, last + 1)})
    return record


def _in_box(record: xr.Dataset, box: tuple[float, float, float, float], where: str) -> xr.DataArray:
    if "lat" not in record or "lon" not in record:
        raise UserError(f"{where} has no latitude and longitude", "give rows and columns in place of a box")
    west, south, east, north = box
    lat = xr.DataArray(within(record["lat"].to_numpy(), south, north, False), dims=record["lat"].dims)
    lon = xr.DataArray(within(record["lon"].to_numpy(), west, east, True), dims=record["lon"].dims)
    return lat & lon


def _masked(record: xr.Dataset, mask: Mask, where: str) -> xr.DataArray:
    inside = _in_box(record, mask.box, where)
    if not mask.times:
        return inside
    wanted = np.array(mask.times, "datetime64[s]")
    times = np.isin(record["time"].to_numpy().astype("datetime64[s]"), wanted)
    return inside & xr.DataArray(times, {"time": record["time"]}, ("time",))


def _coarsened(record: xr.Dataset, recipe: Recipe, where: str) -> xr.Dataset:
    k = recipe.coarsen
    if k == 1:
        return record
    sizes = {dim: record.sizes[dim] // k * k for dim in _SPACE}
    if 0 in sizes.values():
        raise UserError(f"{where} is smaller than a block of {k} x {k} cells", "coarsen less")
    record = record.isel({dim: slice(0, size) for dim, size in sizes.items()})
    rain = record["precipitation"]
    if rain.chunks is not None:
        rain = rain.chunk({"y": -1, "x": -1})
    coarse = xr.apply_ufunc(
        _block_mean,
        rain,
        kwargs={"k": k, "least": recipe.least_valid},
        input_core_dims=[list(_SPACE)],
        output_core_dims=[["row", "column"]],
        dask="parallelized",
        output_dtypes=[np.float32],
        dask_gufunc_kwargs={"output_sizes": {"row": sizes["y"] // k, "column": sizes["x"] // k}},
    ).rename(row="y", column="x")
    others = record.drop_vars("precipitation")
    made = {name: _mean_of(field, k) for name, field in others.variables.items()}
    coordinates = {name: made.pop(name) for name in list(others.coords)}
    coarse = coarse.drop_vars([name for name in coarse.coords if name != "time"])
    return xr.Dataset(made, coordinates, record.attrs).assign(precipitation=coarse.assign_attrs(rain.attrs))


def _mean_of(field: xr.Variable, k: int) -> xr.Variable:
    """Even means of a field of places over blocks of cells; other fields as they are."""
    dims = [dim for dim in _SPACE if dim in field.dims]
    if not dims or field.dtype.kind not in "iuf":
        return field
    wide = field.astype(np.float64)
    for dim in dims:
        axis = wide.dims.index(dim)
        shape = (*wide.shape[:axis], wide.shape[axis] // k, k, *wide.shape[axis + 1 :])
        wide = xr.Variable(wide.dims, np.asarray(wide.to_numpy()).reshape(shape).mean(axis + 1), wide.attrs)
    return wide


def _block_mean(field: NDArray[np.float32], k: int, least: float) -> NDArray[np.float32]:
    """Means of the valid cells of blocks, in double precision; missing where too few are valid."""
    *lead, ny, nx = field.shape
    blocks = field.reshape(*lead, ny // k, k, nx // k, k).astype(np.float64)
    valid = np.isfinite(blocks)
    count = valid.sum(axis=(-3, -1))
    total = np.where(valid, blocks, 0).sum(axis=(-3, -1))
    mean = np.divide(total, count, out=np.full(total.shape, np.nan), where=count >= least * k * k)
    return mean.astype(np.float32)


def _turned(record: xr.Dataset) -> xr.Dataset:
    """Turn rows round where the first one is the southernmost."""
    name = "lat" if "lat" in record else "y"
    if name not in record or "y" not in record[name].dims or record.sizes["y"] < 2:
        return record
    line = record[name].mean([dim for dim in record[name].dims if dim != "y"])
    return record.isel(y=slice(None, None, -1)) if float(line[-1]) > float(line[0]) else record


def _hourly_means(record: xr.Dataset, recipe: Recipe, where: str) -> xr.Dataset:
    """Means over whole groups of frames, each with the time of its last one."""
    if recipe.hours is None:
        return record
    times = record["time"].to_numpy().astype("datetime64[s]")
    step = np.diff(times).min() if len(times) > 1 else np.timedelta64(0, "s")
    span = np.timedelta64(recipe.hours, "h")
    if not step or span % step or span == step:
        raise UserError(
            f"{where}: its step of {step} does not divide {recipe.hours} hours", "choose other hours"
        )
    count = int(span / step)
    group = -((-times.astype(np.int64)) // span.astype("timedelta64[s]").astype(np.int64))
    ends = np.flatnonzero(np.diff(np.append(group, group[-1] + 1)))
    whole = [end for end in ends if end + 1 >= count and group[end - count + 1] == group[end]]
    if not whole:
        raise UserError(f"{where} has no {recipe.hours} whole hours", "choose a longer period")
    rain = record["precipitation"]
    index = np.array([[end - count + 1 + j for j in range(count)] for end in whole])
    mean = sum(rain.isel(time=index[:, j]).drop_vars("time").astype(np.float64) for j in range(count)) / count
    made = record.isel(time=index[:, -1]).drop_vars("time_bnds", errors="ignore")
    if "time_bnds" in record:
        bounds = record["time_bnds"].to_numpy()
        made["time_bnds"] = (("time", "bnds"), np.stack([bounds[index[:, 0], 0], bounds[index[:, -1], 1]], 1))
    return made.assign(precipitation=mean.astype(np.float32))  # type: ignore[union-attr]
