"""Habits of models and archives that CF does not know, put into CF's form: expver, steps, WRF's Times."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from downbench import UserError
from downbench_datasets.reading.dims import with_plane, with_time_dim
from downbench_datasets.reading.forecasts import leads_as_times, time_variable
from downbench_datasets.reading.grid_mapping import with_surfaces
from downbench_datasets.reading.settings import ReadingConfig, option

_WRF_SUMS: tuple[tuple[str, ...], ...] = (
    ("RAINC", "RAINSH", "RAINNC"),  # of cumulus scheme, shallow cumulus and grid scale
    ("RAINC", "RAINNC"),
    ("PREC_ACC_C", "PREC_ACC_NC"),
)
_ECMWF_SUM = ("cp", "lsp")  # convective and large-scale precipitation, which tp is the sum of
_WRF_BUCKET = {"RAINC": "I_RAINC", "RAINNC": "I_RAINNC"}


def in_cf_form(source: xr.Dataset, config: ReadingConfig, where: str) -> xr.Dataset:
    """A dataset whose rain has dims that CF knows: chosen entries, merged versions, one axis of time.

    Args:
        source: opened, times undecoded.
        config: what somebody says.
        where: it comes from, for messages.

    Raises:
        UserError: an entry that is not there, times that cannot be read, a variable of a sum that is missing.
    """
    source = source.copy()
    for dim, entry in config.select.items():
        source = select_entry(source, dim, entry, where)
    source = _members_as_tiles(_merge_versions(source), config.members)
    source = leads_as_times(source, where)
    source = with_surfaces(with_plane(_wrf(source, where), where), where)
    source = with_time_dim(source, where)
    return _sums(source, config.variable, where)


def select_entry(source: xr.Dataset, dim: str, entry: int | float | str, where: str) -> xr.Dataset:
    """One entry of a dim, by its label; without labels by its number. Without the dim, all as it is.

    A single value of that name is the label of the one entry that the file has.

    Raises:
        UserError: there is no such entry; names the first ones.
    """
    if not _has(source, dim):
        return source
    labels = source[dim].to_numpy() if dim in source.variables else np.arange(source.sizes[dim])
    labels = np.atleast_1d(labels)
    matches = np.flatnonzero([str(label) == str(entry) or label == entry for label in labels.tolist()])
    if not len(matches):
        seen = ", ".join(map(str, labels[:8].tolist()))
        raise UserError(f"{where}: {dim!r} has no entry {entry!r}", f"there are {seen}")
    return source.isel({dim: int(matches[0])}, missing_dims="ignore")


def refuse_unknown_dims(select: Iterable[str], sources: Iterable[xr.Dataset], where: str) -> None:
    """Refuse entries of dims that none of the files has, as where a name is misspelt.

    Raises:
        UserError: there is no such dim; names those that there are.
    """
    sources = list(sources)
    for dim in select:
        if not any(_has(source, dim) for source in sources):
            dims = list(dict.fromkeys(str(each) for source in sources for each in source.dims))
            close = get_close_matches(dim, dims, n=1)
            hint = f"did you mean {close[0]!r}?" if close else f"its dims: {', '.join(dims) or 'none'}"
            raise UserError(f"{where}: an entry of {dim!r} is selected, but there is no such dim", hint)


def _has(source: xr.Dataset, dim: str) -> bool:
    return dim in source.dims or (dim in source.variables and source[dim].ndim == 0)


def _members_as_tiles(source: xr.Dataset, members: str | None) -> xr.Dataset:
    if members is None or members not in source.dims or "tile" in source.dims:
        return source
    return source.drop_vars(members, errors="ignore").rename_dims({members: "tile"})


def _merge_versions(source: xr.Dataset) -> xr.Dataset:
    """ERA5 with final and preliminary data: one of the entries of ``expver`` is valid, the others NaN."""
    if "expver" not in source.dims:
        return source
    merged = source.isel(expver=0, drop=True)
    for k in range(1, source.sizes["expver"]):
        other = source.isel(expver=k, drop=True)
        changed = {
            name: merged[name].fillna(other[name]).assign_attrs(merged[name].attrs)
            for name, field in source.data_vars.items()
            if "expver" in field.dims and field.dtype.kind == "f"
        }
        merged = merged.assign(changed)
    return merged


def _wrf(source: xr.Dataset, where: str) -> xr.Dataset:
    """Times that WRF writes as text, and latitudes that it repeats for each time."""
    if "Times" in source.variables and "Time" in source.dims and "Time" not in source.variables:
        times = time_variable(_text_times(source["Times"], where))
        source = source.assign_coords(Time=("Time", times.to_numpy(), times.attrs))
    fixed = {}
    for name in ("XLAT", "XLONG", "HGT", "LANDMASK"):
        if name in source.variables and "Time" in source[name].dims:
            fixed[name] = source[name].isel(Time=0, drop=True)
    return source.drop_vars(list(fixed)).assign(fixed) if fixed else source


def _text_times(times: xr.DataArray, where: str) -> NDArray[np.datetime64]:
    values = times.to_numpy()
    if values.ndim == 2:  # characters
        values = np.array([b"".join(row).decode("ascii", "replace") for row in values.astype("S1")])
    words = [value.decode("ascii", "replace") if isinstance(value, bytes) else str(value) for value in values]
    try:
        return np.array([np.datetime64(word.strip().replace("_", "T"), "s") for word in words])
    except ValueError as error:
        raise UserError(f"{where}: its Times {words[0]!r} cannot be read: {error}") from error


def _sums(source: xr.Dataset, wanted: str | None, where: str) -> xr.Dataset:
    """Rain that is the sum of variables: as asked for with A+B, or WRF's of cumulus scheme and grid scale.

    Raises:
        UserError: a variable of the sum is missing.
    """
    source = _with_buckets(source)
    sums = [pair for pair in _WRF_SUMS if set(pair) <= set(source.data_vars)]
    if wanted is None and set(_ECMWF_SUM) <= set(source.data_vars) and "tp" not in source:
        sums.append(_ECMWF_SUM)
    if wanted is not None and "+" in wanted and wanted not in source:
        sums.append(tuple(part.strip() for part in wanted.split("+")))
    for parts in sums:
        missing = [part for part in parts if part not in source]
        if missing:
            known = ", ".join(map(str, source.data_vars))
            raise UserError(f"{where} has no variable {missing[0]!r}", f"its variables: {known}")
        units = {str(source[part].attrs.get("units", "")) for part in parts}
        if len(units) > 1:
            raise UserError(
                f"{where}: {' and '.join(parts)} have different units", option("variable", "NAME")
            )
        total = sum((source[part] for part in parts[1:]), source[parts[0]])
        source["+".join(parts)] = total.assign_attrs(source[parts[0]].attrs)
    return source


def _with_buckets(source: xr.Dataset) -> xr.Dataset:
    """WRF's totals where it counts full buckets aside: RAINNC + BUCKET_MM x I_RAINNC."""
    size = float(source.attrs.get("BUCKET_MM", -1))
    if size <= 0:
        return source
    for name, counter in _WRF_BUCKET.items():
        if name in source and counter in source:
            attrs = source[name].attrs
            source[name] = (source[name] + size * source[counter]).assign_attrs(attrs)
    return source
