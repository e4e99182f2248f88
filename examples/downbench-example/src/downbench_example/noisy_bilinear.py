"""Bilinear interpolation times lognormal noise of mean one."""

from collections.abc import Iterator

import numpy as np
import xarray as xr

from downbench import Config, Method, SampleContext, upsample


class NoisyConfig(Config):
    """Parameters: the noise's spread in log space."""

    spread: float = 0.8


class NoisyBilinear(Method):
    """Multiply interpolated rain by independent lognormal noise."""

    Config = NoisyConfig

    def sample(
        self, coarse: xr.Dataset, static: xr.Dataset, members: int, context: SampleContext
    ) -> Iterator[xr.DataArray]:
        """Yield an ensemble frame by frame, (member, 1, y, x) in mm/h."""
        spread = self.config.spread
        for rain in coarse["precipitation"].isel(time=slice(context.start, None)).transpose("time", "y", "x"):
            smooth = upsample(rain.to_numpy(), context.factor, "bilinear")
            noise = context.normal(members, np.atleast_1d(rain["time"].to_numpy()), smooth.shape)
            yield xr.DataArray(
                smooth * np.exp(spread * noise - spread**2 / 2),
                dims=("member", "time", "y", "x"),
                coords={"time": np.atleast_1d(rain["time"].to_numpy())},
            )
