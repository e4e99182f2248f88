"""Interpolation of the coarse rain: the yardsticks that every method has to beat."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from downbench import Method, SampleContext, upsample
from downbench.resampling import Kind

FRAMES_AT_ONCE = 64
Array = NDArray[Any]


class Interpolation(Method):
    """Interpolate coarse precipitation to the fine grid, frame by frame.

    Of a coarse frame that lasts several fine ones each has its rain, or what lies between its neighbours.
    """

    kind: ClassVar[Kind]
    linear_in_time: ClassVar[bool] = False

    def inputs(self) -> tuple[str, ...]:
        """Precipitation is enough."""
        return ("precipitation",)

    def sample(
        self, coarse: xr.Dataset, static: xr.Dataset, members: int, context: SampleContext
    ) -> Iterator[xr.DataArray]:
        """Yield one member, (1, time, y, x) in mm/h."""
        rain, times = coarse["precipitation"].to_numpy(), coarse["time"].to_numpy()
        at_once = max(1, FRAMES_AT_ONCE // context.time_factor)
        for start in range(context.start, len(times), at_once):
            part = slice(start, start + at_once)
            fine = upsample(self._in_time(rain, part, context.time_factor), context.factor, self.kind)
            # Cubic convolution undershoots beside strong rain; a rate below zero is no rate.
            yield xr.DataArray(
                np.maximum(fine, 0)[None],
                dims=("member", "time", "y", "x"),
                coords={"time": context.fine_times(times[part])},
            )

    def _in_time(self, rain: Array, part: slice, factor: int) -> Array:
        """Coarse rain of the fine frames of some coarse ones, (time * factor, y, x)."""
        if factor == 1 or not self.linear_in_time:
            return rain[part].repeat(factor, axis=0)
        first = max(part.start - 1, 0)
        return between(rain[first : part.stop + 1], factor)[(part.start - first) * factor :][
            : len(rain[part]) * factor
        ]


def between(rain: Array, factor: int) -> Array:
    """Rain (time, y, x) at ``factor`` times in each frame, linear between the middles of frames.

    The first and the last frame hold to their ends, and so does a frame beside a missing one.
    """
    before, after = np.concatenate([rain[:1], rain[:-1]]), np.concatenate([rain[1:], rain[-1:]])
    parts = []
    for place in (np.arange(factor) + 0.5) / factor - 0.5:
        neighbour = before if place < 0 else after
        step = np.where(np.isnan(neighbour), 0, neighbour - rain)
        parts.append(rain + np.float32(abs(place)) * step)
    return np.stack(parts, 1).reshape(-1, *rain.shape[1:]).astype(rain.dtype)


class Nearest(Interpolation):
    """Repeat the coarse cell."""

    kind = "nearest"


class Bilinear(Interpolation):
    """Bilinear interpolation between cell centres, and linear between the middles of long coarse frames."""

    kind = "bilinear"
    linear_in_time = True


class Bicubic(Interpolation):
    """Cubic convolution between cell centres (Keys 1981, a = -0.5)."""

    kind = "bicubic"
