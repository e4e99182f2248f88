"""Reading lazy fields in this process, without asking whether there is a cluster to read them."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

import dask
import dask.threaded


@contextmanager
def read_here() -> Iterator[None]:
    """Have dask work with threads of this process, as it does where no client of a cluster is there.

    To see that there is none dask imports ``distributed``, which takes half a second in each process. Where
    that has not been imported yet, nobody can have made a client. What a user has set for dask stays.
    """
    if "distributed" in sys.modules or dask.config.get("scheduler", None) is not None:
        yield
        return
    with dask.config.set(scheduler=dask.threaded.get):
        yield
