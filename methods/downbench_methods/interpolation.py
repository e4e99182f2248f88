"""Interpolation of the coarse rain: the yardsticks that every method has to beat."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

import numpy as np
import xarray as xr

from downbench import Method, SampleContext, upsample
from downbench.resampling import Kind

FRAMES_AT_ONCE = 64


class Interpolation(Method):
    """Interpolate coarse precipitation to the fine grid, frame by frame."""

    kind: ClassVar[Kind]

    def inputs(self) -> tuple[str, ...]:
        """Precipitation is enough."""
        return ("precipitation",)

    def sample(
        self, coarse: xr.Dataset, static: xr.Dataset, members: int, context: SampleContext
    ) -> Iterator[xr.DataArray]:
        """Yield one member, (1, time, y, x) in mm/h."""
        rain = coarse["precipitation"]
        for start in range(context.start, rain.sizes["time"], FRAMES_AT_ONCE):
            part = rain.isel(time=slice(start, start + FRAMES_AT_ONCE))
            fine = upsample(part.to_numpy(), context.factor, self.kind)
            # Cubic convolution undershoots beside strong rain; a rate below zero is no rate.
            yield xr.DataArray(
                np.maximum(fine, 0)[None], dims=("member", "time", "y", "x"), coords={"time": part["time"]}
            )


class Nearest(Interpolation):
    """Repeat the coarse cell."""

    kind = "nearest"


class Bilinear(Interpolation):
    """Bilinear interpolation between cell centres."""

    kind = "bilinear"


class Bicubic(Interpolation):
    """Cubic convolution between cell centres (Keys 1981, a = -0.5)."""

    kind = "bicubic"
