"""Arrays that plug-ins are handed: a write into one fails instead of changing somebody else's result.

A flag on a view is enough: slices and copies without a copy of the data inherit it.
"""

from __future__ import annotations

from typing import TypeVar

import numpy as np

A = TypeVar("A", bound=np.ndarray)


def read_only(array: A) -> A:
    """A view of an array that cannot be written to; the array itself stays as it is."""
    view = array.view()
    view.flags.writeable = False
    return view


def writable(array: A) -> A:
    """The same memory for compiled code, which has a version of its own for each kind of array.

    Code that is given this never writes. Memory that nobody may write to is copied.
    """
    if array.flags.writeable:
        return array
    view = array.view()
    try:
        view.flags.writeable = True
    except ValueError:
        return array.copy()
    return view
