"""A NetCDF or HDF5 file opened by netCDF4, one thread at a time: the library is not safe for several."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from xarray.backends.locks import HDF5_LOCK, NETCDFC_LOCK, combine_locks

_LOCK = combine_locks([NETCDFC_LOCK, HDF5_LOCK])  # the locks under which xarray reads


@contextmanager
def opened(path: Path) -> Iterator[Any]:
    """The file, values neither masked nor scaled."""
    import netCDF4

    with _LOCK, netCDF4.Dataset(path) as file:
        file.set_auto_maskandscale(False)
        yield file
