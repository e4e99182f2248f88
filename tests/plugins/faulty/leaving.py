"""A plug-in file: methods that leave, crash, fill or never give back the interpreter, one that behaves."""

from __future__ import annotations

import ctypes
import os
import sys
import time
from collections.abc import Iterator

import numpy as np
import xarray as xr

from downbench import FitContext, Method, MethodInfo, SampleContext, hookimpl, upsample


class Behaves(Method):
    """Bicubic interpolation plus keyed noise, which also prints and goes elsewhere."""

    def fit(self, train: tuple, validation: tuple, context: FitContext) -> None:
        """Nothing to learn."""
        print("text that nobody asked for")
        os.chdir("/")

    def sample(
        self, coarse: xr.Dataset, static: xr.Dataset, members: int, context: SampleContext
    ) -> Iterator[xr.DataArray]:
        """All frames at once."""
        rain = coarse["precipitation"].isel(time=slice(context.start, None))
        smooth = upsample(rain.to_numpy(), context.factor, "bicubic")
        noise = context.normal(members, rain["time"].to_numpy(), smooth.shape[1:])
        yield xr.DataArray(
            smooth + 0.1 * noise, dims=("member", "time", "y", "x"), coords={"time": rain["time"]}
        )


class Quits(Behaves):
    """Leaves as a program does that has nothing more to do."""

    def fit(self, train: tuple, validation: tuple, context: FitContext) -> None:
        """Quit."""
        sys.exit(0)


class Gone(Behaves):
    """Leaves without a word."""

    def fit(self, train: tuple, validation: tuple, context: FitContext) -> None:
        """End the process as if all were well."""
        os._exit(0)


class Crashes(Behaves):
    """Reads memory that is not there."""

    def sample(
        self, coarse: xr.Dataset, static: xr.Dataset, members: int, context: SampleContext
    ) -> Iterator[xr.DataArray]:
        """Crash the interpreter in the second slice."""
        yield from ()
        ctypes.string_at(0)


class Closes(Behaves):
    """Raises what only a generator's owner may raise."""

    def sample(
        self, coarse: xr.Dataset, static: xr.Dataset, members: int, context: SampleContext
    ) -> Iterator[xr.DataArray]:
        """Raise it."""
        raise GeneratorExit
        yield


class Endless(Behaves):
    """Never comes to its end."""

    def fit(self, train: tuple, validation: tuple, context: FitContext) -> None:
        """Wait for ever."""
        while True:
            time.sleep(0.1)


class Hungry(Behaves):
    """Takes memory until there is none."""

    def fit(self, train: tuple, validation: tuple, context: FitContext) -> None:
        """Take 50 MB a time."""
        taken = []
        while True:
            taken.append(np.ones(50 * 10**6, np.uint8))
            time.sleep(0.02)


@hookimpl
def downbench_methods() -> list[MethodInfo]:
    """The methods."""
    kinds = (Behaves, Quits, Gone, Crashes, Closes, Endless, Hungry)
    return [MethodInfo(name=kind.__name__.lower(), target=f"leaving:{kind.__name__}") for kind in kinds]
