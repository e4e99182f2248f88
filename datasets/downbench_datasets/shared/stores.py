"""Opening NetCDF files and zarr stores lazily; whatever is wrong with them is said in one message."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from pathlib import Path
from typing import Any

import dask.array as da
import numpy as np
import xarray as xr
import zarr
from numpy.typing import NDArray

from downbench import (
    ZARR_MARKS,
    RunFailed,
    UserError,
    check_classic_header,
    is_packed_store,
    mend_missing_values,
    packed_store,
)
from downbench_datasets.shared.axes import role_of

_PACKED = (".zip", ".zarr")  # endings of zip files that may hold a zarr group
NETCDF = (".nc", ".nc4", ".cdf", ".netcdf", ".h5", ".hdf5")
_CHUNK = 32 << 20  # bytes of a dask chunk
_DAMAGED = "the file is damaged or cut off: fetch or write it again"


def is_zarr(path: Path) -> bool:
    """Whether ``path`` is a zarr group, in a folder or in a zip file, which is told by its name first."""
    if path.is_dir():
        return any((path / mark).exists() for mark in ZARR_MARKS)
    return path.suffix.lower() in _PACKED and is_packed_store(path)


def as_store(path: Path, group: str | None = None) -> tuple[Any, str | None]:
    """What zarr reads a group from, and the name of the group, or of one in it, there.

    Raises:
        UserError: a zip file that cannot be used.
    """
    if path.is_dir():
        return path, group
    store, top = packed_store(path)
    return store, "/".join(filter(None, (top, (group or "").strip("/")))) or None


def open_store(path: Path, group: str | None = None) -> xr.Dataset:
    """Open a zarr group or a NetCDF file, or a group inside of one, its times undecoded.

    Lines and single values are read at once. Fields stay on disk as dask arrays: chunked in time by whole
    chunks of the store, and by tile where the store is; they raise a ``UserError`` when they cannot be read.

    Raises:
        UserError: it cannot be opened.
    """
    try:
        raw = _open_raw(path, group)
        source = in_pieces(mend_missing_values(raw, is_zarr(path) and _is_zarr2(path)), str(path))
    except UserError as error:
        named = str(path) in error.message
        raise UserError(error.message if named else f"{path}: {error.message}", error.hint) from error
    except Exception as error:  # each engine raises its own
        raise UserError(
            f"{path} cannot be opened: {reason(error)}", "is it whole, and NetCDF or zarr?"
        ) from error
    return source


def in_pieces(raw: xr.Dataset, where: str) -> xr.Dataset:
    """Mask and scale what was opened raw; fields become dask arrays, lines are read at once.

    Args:
        raw: with CF attributes, neither masked nor scaled.
        where: it comes from, for messages about damage.
    """
    source = xr.decode_cf(raw, decode_times=False)
    variables = {name: _prepared(name, source, where) for name in source.variables}
    coordinates = {name: variables.pop(name) for name in list(source.coords)}
    return xr.Dataset(variables, coordinates, source.attrs)


def _open_raw(path: Path, group: str | None) -> xr.Dataset:
    if is_zarr(path):
        consolidated = _consolidated(path) and group is None
        store, group = as_store(path, group)
        return xr.open_zarr(store, chunks=None, decode_cf=False, consolidated=consolidated, group=group)
    if path.is_file():
        check_classic_header(path)
    inner = xr.open_dataset(path, decode_cf=False, engine="netcdf4", group=group)
    for above in _above(group):  # CF: dims and coordinates of outer groups hold in inner ones
        outer = xr.open_dataset(path, decode_cf=False, engine="netcdf4", group=above)
        lines = [n for n, v in outer.variables.items() if v.ndim == 1 and n in inner.dims and v.dims == (n,)]
        inner = inner.assign_coords({name: outer[name] for name in lines if name not in inner.variables})
    return inner


def _above(group: str | None) -> list[str | None]:
    """The groups that a group stands in, from the nearest one to the root."""
    steps = (group or "").strip("/").split("/")
    return ["/".join(steps[:k]) or None for k in range(len(steps) - 1, -1, -1)] if group else []


def _is_zarr2(path: Path) -> bool:
    if path.is_dir():
        return (path / ".zgroup").exists() or (path / ".zmetadata").exists()
    store, group = as_store(path)
    return zarr.open_group(store, path=group, mode="r", use_consolidated=False).metadata.zarr_format == 2


def _consolidated(path: Path) -> bool:
    modern = path / "zarr.json"
    return (path / ".zmetadata").exists() or (
        modern.exists() and "consolidated_metadata" in modern.read_text()
    )


def reason(error: Exception) -> str:
    """The first line of what an engine says is wrong."""
    return (str(error) or type(error).__name__).splitlines()[0]


def _prepared(name: Hashable, source: xr.Dataset, where: str) -> xr.Variable:
    """A variable in memory, or as a dask array where it is a field."""
    variable = source.variables[name]
    if variable.ndim < 2 or not variable.size:
        return variable.load()
    if variable.dtype.kind not in "biuf":
        return variable
    stored: Mapping[Any, int] = variable.encoding.get("preferred_chunks", {})
    chunks = []
    for dim, size in zip(variable.dims, variable.shape, strict=True):
        role = role_of(dim, source.coords)
        if role == "time":
            whole = int(stored.get(dim, 1))
            frame = variable.nbytes // size
            chunks.append(min(size, max(whole, _CHUNK // max(1, frame) // whole * whole)))
        else:
            chunks.append(min(size, int(stored.get(dim, 1))) if role == "tile" else size)
    guarded: Any = GuardedArray(variable, f"{where}, variable {name!r}")
    array = da.from_array(guarded, tuple(chunks), name=False, fancy=False, meta=np.empty((), variable.dtype))
    return xr.Variable(variable.dims, array, variable.attrs, variable.encoding)


class GuardedArray:
    """A stored variable that dask reads piece by piece; damage is named with the file.

    Args:
        variable: lazily opened.
        where: file and variable, for the message.
    """

    def __init__(self, variable: xr.Variable, where: str) -> None:
        self._variable, self._where = variable, where
        self.shape, self.dtype, self.ndim = variable.shape, variable.dtype, variable.ndim

    def __getitem__(self, key: Any) -> NDArray[Any]:
        """Read a piece.

        Raises:
            UserError: the store is damaged there.
        """
        try:
            return np.asarray(self._variable[key].to_numpy())
        except (UserError, RunFailed):
            raise
        except Exception as error:  # each engine and codec raises its own
            raise UserError(f"{self._where}, cannot be read: {reason(error)}", _DAMAGED) from error
