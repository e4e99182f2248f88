"""A plug-in file: a toy ensemble that leaves dry places dry."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import xarray as xr

from downbench import Method, MethodInfo, SampleContext, hookimpl, upsample

SPREAD = 0.8  # of the logarithm


class Multiplied(Method):
    """Bicubic interpolation times keyed noise of lognormal distribution and mean one, cell by cell."""

    def sample(
        self, coarse: xr.Dataset, static: xr.Dataset, members: int, context: SampleContext
    ) -> Iterator[xr.DataArray]:
        """One frame at a time."""
        rain = coarse["precipitation"]
        for frame in range(context.start, rain.sizes["time"]):
            now = rain.isel(time=[frame])
            smooth = np.maximum(upsample(now.to_numpy(), context.factor, "bicubic"), 0)
            noise = context.normal(members, now["time"].to_numpy(), smooth.shape[1:])
            factor = np.exp(SPREAD * noise - SPREAD**2 / 2).astype(np.float32)
            yield xr.DataArray(
                smooth * factor, dims=("member", "time", "y", "x"), coords={"time": now["time"]}
            )


@hookimpl
def downbench_methods() -> list[MethodInfo]:
    """Describe the method."""
    return [MethodInfo(name="multiplied", target="multiplied:Multiplied", title="Bicubic times noise")]
