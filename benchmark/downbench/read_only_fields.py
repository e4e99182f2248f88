"""Fields of xarray that plug-ins are handed, guarded as in :mod:`downbench.read_only`.

Lazy dask arrays give new memory at each reading and are handed on as they are. Other lazy arrays of xarray
keep what was read, and so are wrapped.
"""

from __future__ import annotations

from typing import Any, TypeVar

import numpy as np
import xarray as xr
from numpy.typing import NDArray
from xarray.backends import BackendArray
from xarray.core import indexing

from downbench.read_only import read_only

X = TypeVar("X", xr.Dataset, xr.DataArray)


def read_only_fields(fields: X) -> X:
    """Fields and coordinates that share their memory with ``fields`` and cannot be written to.

    What is lazy stays so.
    """
    whole = fields if isinstance(fields, xr.Dataset) else fields.to_dataset(name="_field")
    variables = {name: _variable(whole[name].variable) for name in whole.data_vars}
    coords = {name: _variable(whole[name].variable) for name in whole.coords if name not in whole.indexes}
    guarded = whole.copy(deep=False).assign(variables).assign_coords(coords)
    if isinstance(fields, xr.Dataset):
        return guarded
    return guarded["_field"].rename(fields.name)


def _variable(variable: xr.Variable) -> xr.Variable:
    data = variable._data  # the public ``data`` would read what is lazy
    if isinstance(data, np.ndarray):
        return variable.copy(deep=False, data=read_only(data))
    if variable.chunks is not None:
        return variable
    lazy = indexing.LazilyIndexedArray(_ReadOnly(variable))
    return xr.Variable(variable.dims, lazy, variable.attrs, variable.encoding)


class _ReadOnly(BackendArray):
    """A lazy variable, whose readings cannot be written to."""

    def __init__(self, variable: xr.Variable) -> None:
        self._variable = variable
        self.shape, self.dtype = variable.shape, variable.dtype

    def __getitem__(self, key: indexing.ExplicitIndexer) -> Any:
        return indexing.explicit_indexing_adapter(key, self.shape, indexing.IndexingSupport.OUTER, self._read)

    def _read(self, key: tuple[Any, ...]) -> NDArray[Any]:
        return read_only(np.asarray(self._variable[key].to_numpy()))
