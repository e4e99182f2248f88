"""zarr groups at an address: read with retries, and a cut of them copied as it stands."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import xarray as xr
import zarr
from zarr.storage import FsspecStore, WrapperStore

from downbench import RunFailed, UserError
from downbench_datasets.fetching.cut import Cut, cut_of
from downbench_datasets.fetching.pieces import Tell, pieces_of, silent
from downbench_datasets.fetching.systems import LONGEST_WAIT, protocol_of, refuse_page, storage_options
from downbench_datasets.fetching.where import Where

PIECE = 64 << 20  # bytes copied at once
_NAMING = ("coordinates", "bounds", "grid_mapping")  # attributes that name other variables


class RetryingStore(WrapperStore):
    """A store whose failed requests are tried again, and that refuses web pages in place of data."""

    def __init__(self, store: Any, retries: int = 5, wait: float = 1.0, name: str = "") -> None:
        super().__init__(store)
        self._retries, self._wait, self._name = retries, wait, name

    def _with_store(self, store: Any) -> RetryingStore:
        return type(self)(store, self._retries, self._wait, self._name)

    async def get(self, key: str, prototype: Any, byte_range: Any = None) -> Any:
        """A value; None where there is none.

        Raises:
            UserError: a web page in place of data.
            RunFailed: it failed more often than was asked for.
        """
        for tried in range(self._retries + 1):
            try:
                value = await self._store.get(key, prototype, byte_range)
                break
            except Exception as error:  # each file system raises its own
                if tried == self._retries:
                    raise RunFailed(
                        f"{self._name}/{key} failed after {tried + 1} tries: {error or type(error).__name__}",
                        "what was fetched is kept; the same command goes on there",
                    ) from error
                await asyncio.sleep(min(self._wait * 2**tried, LONGEST_WAIT))
        if value is not None:
            refuse_page(value.to_bytes()[:512], f"{self._name}/{key}")
        return value


def open_remote(address: str, where: Where, wait: float = 1.0) -> tuple[xr.Dataset, int]:
    """Open a zarr group at an address lazily and undecoded, with its zarr format.

    Raises:
        UserError: it cannot be opened.
        RunFailed: the connection failed too often.
    """
    protocol = protocol_of(address)
    options = storage_options(protocol, where.timeout, where.options)
    try:
        if protocol in ("http", "https"):
            options |= {"asynchronous": True}
        store = RetryingStore(
            FsspecStore.from_url(address, storage_options=options, read_only=True),
            where.retries,
            wait,
            address,
        )
        version = zarr.open_group(store, mode="r").metadata.zarr_format
        source = xr.open_zarr(store, decode_cf=False, chunks=None, consolidated=None)
    except (UserError, RunFailed):
        raise
    except ImportError as error:
        raise UserError(f"{address} needs the package {error.name}", f"pip install {error.name}") from error
    except Exception as error:  # each store raises its own
        reason = (str(error) or type(error).__name__).splitlines()[0]
        raise UserError(
            f"{address} cannot be opened as a zarr group: {reason}", "is the address right, and open to all?"
        ) from error
    return source, int(version)


def copy_cut(
    address: str, target: Path, where: Where, cut: Cut, tell: Tell = silent, wait: float = 1.0
) -> Path:
    """Copy the wanted variables, period and box of a remote zarr group, undecoded, in its own zarr format.

    It is copied in pieces along time; an interrupted copy goes on.

    Raises:
        UserError: it cannot be opened, or holds nothing that is wanted.
        RunFailed: the connection failed too often.
    """
    if target.exists():
        return target
    source, version = open_remote(address, where, wait)
    source = cut_of(chosen(source, where.variables, address), cut, address)
    return copy_group(source, version, target, address, tell)


def copy_group(source: xr.Dataset, version: int, target: Path, address: str, tell: Tell = silent) -> Path:
    """Copy an open group in pieces along time; an interrupted copy of the same goes on.

    Args:
        source: undecoded.
        version: of the zarr format that is written.
        target: of the copy.
        address: the group is at.
        tell: hears about progress.

    Raises:
        UserError: something else stands at the target.
        RunFailed: the connection failed too often.
    """
    key = "-".join([address, *sorted(map(str, source.variables)), *map(str, source.sizes.items())])
    with pieces_of(target, key) as pieces:
        series = _along_time(source)
        length = source.sizes[series] if series else 0
        step = _frames(source, series)
        starts = range(0, length, step)
        if pieces.done == 0:
            _write_template(source, pieces.data, version, series, step)
            pieces.finish("template")
        for number, start in enumerate(starts):
            if number + 1 < pieces.done:
                continue
            for name in _moving(source, series):
                _copy_frames(source[name], pieces.data / name, series, start, step)
            pieces.finish()
            tell(f"{address}: {min(start + step, length)} of {length} time steps")
    return target


def chosen(source: xr.Dataset, names: Sequence[str], address: str) -> xr.Dataset:
    """Some variables of a group, with what they name: places, bounds and the mapping of their grid.

    Raises:
        UserError: there is no such variable.
    """
    missing = [name for name in names if name not in source]
    if missing:
        raise UserError(
            f"{address} has no variable {missing[0]!r}",
            f"its variables: {', '.join(map(str, source.data_vars))}",
        )
    if not names:
        return source
    wanted = source[list(names)]
    named = {
        word.rstrip(":")
        for field in wanted.variables.values()
        for key in _NAMING
        for word in str(field.attrs.get(key, "")).split()
    }
    more = [name for name in sorted(named) if name in source and name not in wanted.variables]
    return source[[*names, *more]]


def _along_time(source: xr.Dataset) -> str:
    from downbench_datasets.shared.axes import role_of

    return next((str(dim) for dim in source.dims if role_of(dim, source.coords) == "time"), "")


def _moving(source: xr.Dataset, series: str) -> list[str]:
    """Fields along time, that are copied piece by piece; lines go with the template."""
    return [str(n) for n, v in source.data_vars.items() if series in v.dims and v.ndim > 1]


def _frames(source: xr.Dataset, series: str) -> int:
    frame = sum(source[name].nbytes // max(1, source.sizes[series]) for name in _moving(source, series))
    stored = [
        source[name].encoding.get("preferred_chunks", {}).get(series, 1) for name in _moving(source, series)
    ]
    whole = max([1, *map(int, stored)])
    return int(max(1, PIECE // max(1, frame) // whole) * whole)


def _copy_frames(field: xr.DataArray, target: Path, series: str, start: int, step: int) -> None:
    """Copy some frames of a field, value by value."""
    array: Any = zarr.open_array(target, mode="r+")
    values = field.isel({series: slice(start, start + step)}).to_numpy()
    axis = field.dims.index(series)
    array[(slice(None),) * axis + (slice(start, start + values.shape[axis]),)] = values


def _write_template(source: xr.Dataset, folder: Path, version: int, series: str, step: int) -> None:
    """Metadata of everything, and all that does not run along time."""
    import dask.array as da

    moving = _moving(source, series) if series else []
    lazy = {}
    for name in moving:
        field = source[name]
        empty = da.zeros(field.shape, dtype=field.dtype, chunks=_chunks(field, series, step))
        lazy[name] = xr.Variable(field.dims, empty, field.attrs)
    template = source.drop_vars(moving).load().drop_encoding().assign(lazy)
    for key in template.variables:  # xarray wants this one apart, and then leaves values as they are
        if "_FillValue" in template[key].attrs:
            template[key].encoding["_FillValue"] = template[key].attrs.pop("_FillValue")
    made: Any = template
    # "w", since a call that was interrupted here left a part of it
    made.to_zarr(folder, mode="w", compute=False, zarr_format=version, consolidated=False)


def _chunks(field: xr.DataArray, series: str, step: int) -> tuple[int, ...]:
    """Chunks of the copy: whole frames, as many as a piece has."""
    return tuple(
        min(step, field.sizes[dim]) if dim == series else min(field.sizes[dim], 1 if dim == "tile" else 10**9)
        for dim in field.dims
    )
