"""Frames that are read when they are asked for, one dask block each."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import dask
import dask.array as da
import numpy as np
from numpy.typing import NDArray

from downbench import UserError
from downbench_datasets.shared.stores import reason

Read = Callable[[], NDArray[np.float32]]


def lazy_frame(read: Read, shape: tuple[int, ...], where: str) -> da.Array:
    """A frame (1, y, x) of float32, read by a function of no arguments when it is computed.

    Args:
        read: gives the frame (y, x).
        shape: of it.
        where: it comes from, for the message when it cannot be read.
    """

    def guarded() -> NDArray[Any]:
        try:
            return np.asarray(read(), np.float32)[None]
        except UserError:
            raise
        except Exception as error:  # each library raises its own
            raise UserError(
                f"{where}, cannot be read: {reason(error)}", "the file is damaged or cut off: fetch it again"
            ) from error

    return da.from_delayed(dask.delayed(guarded, pure=False)(), (1, *shape), dtype=np.float32)
