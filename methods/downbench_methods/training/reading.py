"""Reading boxes of fields on disk, without a graph of tasks where a field is a window of what is stored."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import dask
import numpy as np
import xarray as xr
from dask.array.chunk import getitem
from dask.array.core import getter, getter_inline, getter_nofancy

from downbench_methods.training.clips import Array, Source

READS = (getter, getter_inline, getter_nofancy)  # how dask reads from what was given to ``from_array``
Cut = Callable[[Mapping[str, Any]], Any]


class Reader:
    """Reads boxes of one tile of a source.

    dask plans every reading anew, which costs as much as the reading itself where a chunk is small. So
    arrays that only cut what is stored are read straight from the store; others are left to dask.
    """

    def __init__(self, source: Source) -> None:
        self.source = source
        self._rain = cut_of(source.sequence.fine)
        names = ("precipitation", *source.transform.names)
        present = {name: source.sequence.coarse[name] for name in names if name in source.sequence.coarse}
        self._dims = {name: tuple(dim for dim in f.dims if dim != "tile") for name, f in present.items()}
        self._coarse = {name: cut_of(field) for name, field in present.items()}

    def read(self, tile: int, time: slice, y: slice, x: slice) -> tuple[Array, Array]:
        """Coarse channels (time, C, y, x) and rain in mm/h (time, Y, X) of a box of coarse cells."""
        source, warmup = self.source, self.source.sequence.warmup
        shown = {"time": slice(time.start + warmup, time.stop + warmup), "tile": tile, "y": y, "x": x}
        fine = {"time": time, "tile": tile, "y": source.fine(y), "x": source.fine(x)}
        # both at once, since one may be made of the other; in this thread, chunk by chunk
        values, rain = dask.compute(
            {name: cut(shown) for name, cut in self._coarse.items()},
            self._rain(fine),
            scheduler="synchronous",
        )
        coarse = xr.Dataset({name: (self._dims[name], values[name]) for name in values})
        channels = source.channels(coarse.transpose("time", "y", "x"), tile, y, x)
        return channels, rain


def cut_of(field: xr.DataArray) -> Cut:
    """What cuts a box, given by dimension, from a field: values, or a dask array of them."""

    def index(box: Mapping[str, Any]) -> tuple[Any, ...]:
        return tuple(box[str(dim)] for dim in field.dims)

    if field.chunks is None:  # in memory, or read when it is cut
        return lambda box: field.variable[index(box)].to_numpy()
    window = stored_window(field.data)
    if window is None:
        return lambda box: field.data[index(box)]
    stored, starts = window
    return lambda box: np.asarray(stored[tuple(map(_moved, index(box), starts))])


def _moved(one: Any, start: int) -> Any:
    return slice(one.start + start, one.stop + start) if isinstance(one, slice) else one + start


def stored_window(array: Any) -> tuple[Any, list[int]] | None:
    """What a dask array is a window of, and where it begins there; None where it is anything else.

    A window is what ``from_array`` makes, and slices of it without steps: its graph is a line of layers, each
    of which cuts the one before it, and its first and last chunks lie where those of a window do.
    """
    last = [n - 1 for n in array.numblocks]
    first, end = (_origin(array, numbers) for numbers in ([0] * array.ndim, last))
    if first is None or end is None:
        return None
    before = [size - chunks[-1] for size, chunks in zip(array.shape, array.chunks, strict=True)]
    lies = [a + n for a, n in zip(first[1], before, strict=True)]
    return first if end[1] == lies else None


def _origin(array: Any, numbers: list[int]) -> tuple[Any, list[int]] | None:
    """What a chunk was cut from, and where it begins there."""
    layers = dict(array.dask.layers)
    key: Any = (array.name, *numbers)
    starts = [0] * array.ndim
    while key[0] in layers:
        task = layers.pop(key[0])[key]
        if hasattr(task, "target"):  # another name of the whole chunk
            key = task.target
            continue
        function = getattr(task, "func", None)
        arguments: tuple[Any, ...] = getattr(task, "args", ())
        if function not in (*READS, getitem) or len(arguments) != 2 or task.kwargs:  # such as a lock
            return None
        cut = getattr(arguments[1], "value", arguments[1])
        if not isinstance(cut, tuple) or not all(map(_plain, cut)) or len(cut) != array.ndim:
            return None
        starts = [start + (one.start or 0) for start, one in zip(starts, cut, strict=True)]
        key = arguments[0].key
        if function in READS:
            [stored] = layers.pop(key, {None: None}).values()
            return (getattr(stored, "value", stored), starts) if not layers else None
    return None


def _plain(cut: Any) -> bool:
    """Whether it is a slice without steps."""
    return isinstance(cut, slice) and cut.step in (None, 1)
