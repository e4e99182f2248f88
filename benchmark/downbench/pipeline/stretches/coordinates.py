"""Coordinates of stored predictions, so that any reader of zarr knows where and when each value is.

Sequences whose frames differ have time axes of their own. A name that a sequence has already gets a ``_``.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import xarray as xr
import zarr

from downbench.contracts.dataset import FieldSequence
from downbench.dates import STANDARD, elapsed_seconds
from downbench.scoring.ensemble import write_variable

_GEOGRAPHIC = {
    "lat": {"standard_name": "latitude", "units": "degrees_north"},
    "lon": {"standard_name": "longitude", "units": "degrees_east"},
}
_TIME = {"standard_name": "time", "axis": "T", "units": "seconds since 1970-01-01"}


class Axes(NamedTuple):
    """Dims of a sequence's ensemble, and the coordinates that no dim is named after."""

    dims: tuple[str, ...]
    aside: tuple[str, ...]


def axes_of(sequences: Sequence[FieldSequence], number: int) -> Axes:
    """Names of the axes of one of a split's sequences, by its index."""
    taken = {sequence.name for sequence in sequences}
    own = sequences[number]
    order = _distinct_times(sequences).index(_key(own))
    time = "time" if order == 0 else f"time_{order + 1}"
    dims = tuple(_free(name, taken) for name in ("member", time, "tile", "y", "x"))
    aside = tuple(_free(name, taken) for name in _GEOGRAPHIC if name in own.static)
    return Axes(dims, aside)


def _distinct_times(sequences: Sequence[FieldSequence]) -> list[bytes]:
    return list(dict.fromkeys(_key(sequence) for sequence in sequences))


def _key(sequence: FieldSequence) -> bytes:
    return sequence.times.astype("datetime64[s]").tobytes()


def _free(name: str, taken: set[str]) -> str:
    while name in taken:
        name += "_"
    return name


def write_coordinates(store: Path, sequences: Sequence[FieldSequence], members: int) -> None:
    """Write members, times, tiles, latitude and longitude into a group; those that stand there stay.

    Args:
        store: of the predictions.
        sequences: of the split, all on one grid.
        members: of the ensemble.
    """
    group = zarr.open_group(store, mode="a")
    variables: dict[str, xr.Variable] = {}
    for number, sequence in enumerate(sequences):
        axes = axes_of(sequences, number)
        member, time, tile, y, x = axes.dims
        variables[member] = xr.Variable(
            member, np.arange(members, dtype=np.int32), {"standard_name": "realization", "units": "1"}
        )
        variables[time] = _time(time, sequence)
        labels = sequence.fine["tile"].to_numpy()
        if labels.dtype.kind in "iu":
            variables[tile] = xr.Variable(tile, labels.astype(np.int64), {"long_name": "tile"})
        for name, own in zip([n for n in _GEOGRAPHIC if n in sequence.static], axes.aside, strict=True):
            surface = sequence.static[name].transpose("tile", "y", "x")
            variables[own] = _geographic(name, surface, (tile, y, x))
    for name, variable in variables.items():
        if name not in group:
            write_variable(group, name, variable)


def _time(name: str, sequence: FieldSequence) -> xr.Variable:
    calendar = "proleptic_gregorian" if sequence.calendar == STANDARD else sequence.calendar
    seconds = elapsed_seconds(sequence.times, sequence.calendar)
    return xr.Variable(name, seconds, {**_TIME, "calendar": calendar})


def _geographic(name: str, surface: xr.DataArray, dims: tuple[str, str, str]) -> xr.Variable:
    """A line where all tiles and rows or columns agree, else the surface."""
    values = surface.to_numpy()
    along = 1 if name == "lat" else 2
    line = np.moveaxis(values, along, 0).reshape(values.shape[along], -1)
    if line.size and (line == line[:, :1]).all():
        return xr.Variable(dims[along], line[:, 0].copy(), _GEOGRAPHIC[name])
    return xr.Variable(dims, values, _GEOGRAPHIC[name])
