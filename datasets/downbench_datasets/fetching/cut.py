"""A period and a box cut out of what a store holds, before anything of it is fetched."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from downbench import UserError
from downbench_datasets.shared.axes import geographic, role_of
from downbench_datasets.shared.times import decode_times


@dataclass(frozen=True)
class Cut:
    """What is wanted of a record.

    Args:
        period: first and last time; the last one counts too. None is all.
        box: west, south, east, north [degrees]. None is everywhere.
    """

    period: tuple[np.datetime64, np.datetime64] | None = None
    box: tuple[float, float, float, float] | None = None


EVERYTHING = Cut()


def within(values: NDArray[np.float64], low: float, high: float, turns: bool) -> NDArray[np.bool_]:
    """Which values lie from ``low`` to ``high``; longitudes (``turns``) by whole turns."""
    if turns:
        return np.asarray(
            (values - low) % 360 <= (high - low) % 360 if high - low < 360 else values == values
        )
    return np.asarray((values >= low) & (values <= high))


def cut_of(source: xr.Dataset, cut: Cut, where: str, margin: int = 0) -> xr.Dataset:
    """Select the period and the box of an undecoded dataset, along its lines of time, latitude and longitude.

    Args:
        source: undecoded.
        cut: period and box.
        where: it is, for messages.
        margin: further cells on each side of the box, for a grid that another one has to be covered by.

    Raises:
        UserError: nothing lies there, or there are no such lines.
    """
    if cut.period is not None:
        dim = next((str(d) for d in source.dims if role_of(d, source.coords) == "time"), "")
        if not dim or dim not in source.variables:
            raise UserError(f"{where} has no times to choose from", "leave the period out of the card")
        times = decode_times(source[dim], where)
        inside = np.flatnonzero((times >= cut.period[0]) & (times <= cut.period[1]))
        source = _taken(source, dim, inside, f"{where} has no time from {cut.period[0]} to {cut.period[1]}")
    if cut.box is not None:
        west, south, east, north = cut.box
        lines = {name: field for name, field in geographic(source).items() if field.ndim == 1}
        for name, low, high in (("lat", south, north), ("lon", west, east)):
            if name not in lines:
                raise UserError(
                    f"{where} has no line of {'latitude' if name == 'lat' else 'longitude'} to cut along",
                    "leave the box out of the card",
                )
            values = lines[name].to_numpy().astype(float)
            inside = np.flatnonzero(_widened(within(values, low, high, turns=name == "lon"), values, margin))
            source = _taken(
                source, str(lines[name].dims[0]), inside, f"{where} has no cell in the box {cut.box}"
            )
    return source


def _widened(inside: NDArray[np.bool_], line: NDArray[np.float64], margin: int) -> NDArray[np.bool_]:
    """A selection along a line with so many neighbours on each side; round the globe where it is closed."""
    steps = np.abs(np.diff(line))
    closed = len(line) > 2 and abs(steps.sum() + np.median(steps) - 360) < np.median(steps) / 2
    for _ in range(margin):
        before, after = np.roll(inside, -1), np.roll(inside, 1)
        if not closed:
            before[-1] = after[0] = False
        inside = inside | before | after
    return inside


def _taken(source: xr.Dataset, dim: str, inside: NDArray[np.int64], empty: str) -> xr.Dataset:
    if not len(inside):
        raise UserError(empty, "check the period and the box of the card")
    steps = np.diff(inside)
    if (steps == 1).all():
        return source.isel({dim: slice(int(inside[0]), int(inside[-1]) + 1)})
    if (steps > 1).sum() == 1 and inside[0] == 0:  # a box over the seam: the part before it comes first
        seam = int(np.flatnonzero(steps > 1)[0]) + 1
        inside = np.concatenate([inside[seam:], inside[:seam]])
    return source.isel({dim: inside})
