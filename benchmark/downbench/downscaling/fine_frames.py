"""Times of the output where a method makes several fine frames of a coarse one."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from downbench.contracts.coarse_input import CoarseInput
from downbench.units import unit_factor

Numbers = NDArray[np.float64]


def refined_in_time(source: CoarseInput, factor: int, step: np.timedelta64) -> CoarseInput:
    """The same input, whose template has ``factor`` fine frames for each coarse one.

    With bounds, the interval of a coarse frame is cut into equal ones, and a fine time stands in its interval
    where the coarse one stands in its own. Without bounds, the last fine frame bears the coarse time.

    Args:
        source: what is downscaled.
        factor: fine frames in the time of a coarse one.
        step: between fine frames.
    """
    time, template = source.dims[0], source.template
    axis = template[time]
    name = str(axis.attrs.get("bounds", ""))
    bounds = template.variables.get(name)
    if bounds is None:
        unit = str(axis.attrs["units"]).split(" since ")[0].strip()
        before = float(step / np.timedelta64(1, "s")) / (unit_factor(unit, "s") or 1.0)
        back = np.arange(factor - 1, -1, -1) * before
        return replace(source, template=_with(template, time, _plain(axis)[:, None] - back, {}, factor))
    low, high = bounds.to_numpy().astype(np.float64).T
    edges = low[:, None] + (high - low)[:, None] * np.arange(factor + 1) / factor
    place = float(np.median((_plain(axis) - low) / (high - low)))
    stands = edges[:, :-1] + np.diff(edges, axis=1) * place
    parts = np.stack([edges[:, :-1], edges[:, 1:]], -1).reshape(-1, 2)
    new = {name: xr.Variable(bounds.dims, _as(bounds, parts), bounds.attrs)}
    return replace(source, template=_with(template, time, stands, new, factor))


def _with(
    template: xr.Dataset, time: str, stands: Numbers, new: dict[str, xr.Variable], factor: int
) -> xr.Dataset:
    """A template with other times; what else lies along time is repeated."""
    axis = template[time].variable
    new = {time: xr.Variable((time,), _as(axis, stands.ravel()), axis.attrs), **new}
    for key, variable in template.variables.items():
        if str(key) not in new:
            along = time in variable.dims
            frames = np.arange(template.sizes[time]).repeat(factor)
            new[str(key)] = variable.isel({time: frames}) if along else variable
    return xr.Dataset({key: new[str(key)] for key in template.variables})


def _plain(axis: xr.DataArray) -> Numbers:
    return axis.to_numpy().astype(np.float64)


def _as(like: xr.Variable, numbers: Numbers) -> NDArray[np.generic]:
    """Numbers in the type of a variable where that can hold them."""
    if like.dtype.kind in "iu" and not np.equal(numbers, np.round(numbers)).all():
        return numbers
    return numbers.astype(like.dtype)
