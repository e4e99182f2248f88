"""A plug-in file for measurements: a method that costs as good as nothing leaves the harness to be seen."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import xarray as xr

from downbench import Method, MethodInfo, SampleContext, hookimpl

AT_ONCE = 8  # frames


class Costless(Method):
    """The same light rain everywhere, in every member."""

    def sample(
        self, coarse: xr.Dataset, static: xr.Dataset, members: int, context: SampleContext
    ) -> Iterator[xr.DataArray]:
        """Slices of an array that is made once."""
        rain = coarse["precipitation"]
        sides = [context.factor * rain.sizes[side] for side in ("y", "x")]
        even = np.full((members, AT_ONCE, *sides), 0.1, np.float32)
        for first in range(context.start, rain.sizes["time"], AT_ONCE):
            times = rain["time"][first : first + AT_ONCE]
            yield xr.DataArray(
                even[:, : len(times)], dims=("member", "time", "y", "x"), coords={"time": times}
            )


@hookimpl
def downbench_methods() -> list[MethodInfo]:
    """The method."""
    return [MethodInfo(name="costless", target="costless:Costless", probabilistic=True)]
