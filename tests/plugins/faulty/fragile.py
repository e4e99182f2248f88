"""A plug-in file: a dataset, a metric and a method that end or never give back the interpreter when told to.

``FRAGILE=WHERE:HOW`` says where (constructor, open, fit, sample, statistics, value) and how (exit, crash,
loop).
"""

from __future__ import annotations

import ctypes
import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import xarray as xr

from downbench import (
    Config,
    Dataset,
    DatasetInfo,
    FieldSequence,
    FitContext,
    Method,
    MethodInfo,
    Metric,
    MetricInfo,
    SampleContext,
    block_mean,
    digest_json,
    hookimpl,
    upsample,
)


def break_at(here: str) -> None:
    """End the interpreter, or never come back, if this is where that is wanted."""
    where, _, how = os.environ.get("FRAGILE", "").partition(":")
    if where != here:
        return
    if how == "exit":
        os._exit(0)
    if how == "crash":
        ctypes.string_at(0)
    while True:
        time.sleep(0.1)


class Fragile(Dataset):
    """Random rain on 16 x 16 cells, hourly."""

    licence = "none"
    step = np.timedelta64(1, "h")
    factor = 4
    predictors = ("precipitation",)
    time_bin = resampling_block = gap = np.timedelta64(1, "h")
    splits: ClassVar = {"train": "4", "validation": "4", "test": "4"}

    def __init__(self, config: Config, root: Path | None = None) -> None:
        super().__init__(config, root)
        break_at("constructor")

    def open(self, split: str) -> tuple[FieldSequence, ...]:
        """Four frames."""
        break_at("open")
        first = {"train": 0, "validation": 5, "test": 10}[split]
        rain = np.random.default_rng(first).gamma(0.5, 2, (4, 1, 16, 16)).astype(np.float32)
        times = np.datetime64("2020-01-01", "ns") + (np.arange(4) + first) * self.step
        dims, coords = ("time", "tile", "y", "x"), {"time": times, "tile": [0]}
        coarse = xr.Dataset({"precipitation": (dims, block_mean(rain, 4))}, coords)
        return (FieldSequence("fragile", coarse, xr.DataArray(rain, coords, dims), xr.Dataset()),)

    def fingerprint(self) -> str:
        """Of the parameters, of which there are none."""
        return digest_json(["fragile", self.config.model_dump()])


class Mean(Metric):
    """Mean of the truth."""

    def statistics(self, chunk: Any) -> dict[str, Any]:
        """Sum and area."""
        break_at("statistics")
        return {"sum": chunk.sum(chunk.truth), "area": chunk.weight()}

    def value(self, totals: Any) -> float:
        """Mean [mm/h]."""
        break_at("value")
        return float(totals["sum"] / totals["area"])


class Repeats(Method):
    """The coarse cell repeated."""

    def fit(self, train: tuple, validation: tuple, context: FitContext) -> None:
        """Nothing to learn."""
        break_at("fit")

    def sample(
        self, coarse: xr.Dataset, static: xr.Dataset, members: int, context: SampleContext
    ) -> Iterator[xr.DataArray]:
        """All frames at once."""
        break_at("sample")
        rain = coarse["precipitation"].isel(time=slice(context.start, None))
        fine = upsample(rain.to_numpy(), context.factor, "nearest")
        yield xr.DataArray(fine[None], dims=("member", "time", "y", "x"), coords={"time": rain["time"]})


@hookimpl
def downbench_datasets() -> list[DatasetInfo]:
    """The dataset."""
    return [DatasetInfo(name="fragile", target="fragile:Fragile")]


@hookimpl
def downbench_metrics() -> list[MetricInfo]:
    """The metric."""
    return [MetricInfo(name="fragile-mean", target="fragile:Mean")]


@hookimpl
def downbench_methods() -> list[MethodInfo]:
    """The method."""
    return [MethodInfo(name="repeats", target="fragile:Repeats", probabilistic=False)]
