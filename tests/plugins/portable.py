"""A plug-in file for tests of weights and ``bench apply``: a dataset with predictors, methods that travel."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import ClassVar

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
    SampleContext,
    block_mean,
    digest_json,
    hookimpl,
    upsample,
)

BATCH = 5


class BreezeConfig(Config):
    """Parameters of the dataset."""

    wind: bool = True
    units: str = "m/s"
    factor: int = 8
    offset: int = 0  # hours


class Breeze(Dataset):
    """Rain with wind and relief on one tile of 32 x 48 cells, hourly."""

    Config = BreezeConfig
    licence = "none"
    step = np.timedelta64(1, "h")
    time_bin = resampling_block = np.timedelta64(1, "h")
    gap = np.timedelta64(2, "h")
    splits: ClassVar = {"train": "first 20", "validation": "8", "test": "last 12"}

    def __init__(self, config: BreezeConfig, root: Path | None = None) -> None:
        super().__init__(config, root)
        self.factor = config.factor
        self.predictors = ("precipitation", "UGRD10m") if config.wind else ("precipitation",)

    def open(self, split: str) -> tuple[FieldSequence, ...]:
        """Cut a record of 40 frames."""
        random, factor = np.random.default_rng(3), self.config.factor
        rain = random.gamma(0.5, 2, (40, 1, 32, 48)).astype(np.float32)
        times = np.datetime64("2020-01-01", "ns") + (np.arange(40) + self.config.offset) * self.step
        dims = ("time", "tile", "y", "x")
        coords = {"time": times, "tile": [0]}
        coarse = xr.Dataset({"precipitation": (dims, block_mean(rain, factor))}, coords)
        if self.config.wind:
            wind = random.normal(5, 2, coarse["precipitation"].shape).astype(np.float32)
            coarse["UGRD10m"] = (dims, wind, {"units": self.config.units})
        relief = random.random((1, 32, 48)).astype(np.float32) * 900
        static = xr.Dataset({"topography": (("tile", "y", "x"), relief)} if self.config.wind else {})
        fine = xr.DataArray(rain, coords, dims)
        first, last = {"train": (0, 18), "validation": (20, 26), "test": (28, 40)}[split]
        warmup = min(2, first)
        seen = coarse.isel(time=slice(first - warmup, last))
        return (FieldSequence("breeze", seen, fine.isel(time=slice(first, last)), static, warmup=warmup),)

    def fingerprint(self) -> str:
        """Of the parameters."""
        return digest_json(["breeze", self.config.model_dump()])


class BatchedConfig(Config):
    """Parameters."""

    scale: float = 1.0
    smooth: bool = True
    steps: int = 1


class Batched(Method):
    """Looks a frame back, works in batches from the first frame asked for, and lets the batches be seen."""

    Config = BatchedConfig
    presets: ClassVar = {"tiny": {}, "small": {"scale": 2.0}}
    sampling_parameters = frozenset({"steps"})

    def fit(
        self, train: tuple[FieldSequence, ...], validation: tuple[FieldSequence, ...], context: FitContext
    ) -> None:
        """Keep the mean rain; refuse to be fitted where that is forbidden."""
        if "PORTABLE_NO_FIT" in os.environ:
            raise RuntimeError("fitted though weights were given")
        self.mean = float(train[0].fine.mean())

    def sample(
        self, coarse: xr.Dataset, static: xr.Dataset, members: int, context: SampleContext
    ) -> Iterator[xr.DataArray]:
        """Add the frame before (the first stands for itself), noise, and a trace of the batch's place."""
        rain = coarse["precipitation"]
        past = np.maximum(np.arange(rain.sizes["time"]) - 1, 0)
        for number, first in enumerate(range(context.start, rain.sizes["time"], BATCH)):
            part = rain.isel(time=slice(first, first + BATCH))
            before = np.nan_to_num(rain.isel(time=past[first : first + BATCH]).to_numpy())
            smooth = upsample(part.to_numpy() + 0.25 * before, context.factor) * self.config.scale
            noise = context.normal(members, part["time"].to_numpy(), smooth.shape[1:])
            self._stop(number, context)
            trace = np.float32(1e-5 * (first % 7 + self.config.steps))
            yield xr.DataArray(
                smooth + 0.1 * noise + trace + self.mean,
                dims=("member", "time", "y", "x"),
                coords={"time": part["time"]},
            )

    def _stop(self, number: int, context: SampleContext) -> None:
        """Die, or be interrupted, once, in the third batch of the last tile."""
        if "PORTABLE_STOP" in os.environ and number == 2 and context.tile == int(os.environ["PORTABLE_TILE"]):
            flag = Path(os.environ["PORTABLE_STOP"])
            if not flag.exists():
                flag.touch()
                os.kill(os.getpid(), signal.SIGKILL)

    def save(self, directory: Path) -> None:
        """Keep the mean."""
        super().save(directory)
        (directory / "mean.json").write_text(json.dumps(self.mean))

    @classmethod
    def load(cls, directory: Path) -> Batched:
        """Restore it."""
        method = super().load(directory)
        assert isinstance(method, cls)
        method.mean = json.loads((directory / "mean.json").read_text())
        return method


@hookimpl
def downbench_datasets() -> list[DatasetInfo]:
    """The dataset."""
    return [DatasetInfo(name="breeze", target="portable:Breeze", title="Rain with wind")]


@hookimpl
def downbench_methods() -> list[MethodInfo]:
    """The method."""
    return [
        MethodInfo(name="batched", target="portable:Batched", past=1),
        MethodInfo(name="frugal", target="portable:Frugal", past=1, cuts=("tile", "member")),
        MethodInfo(name="plain", target="portable:Plain", probabilistic=False, cuts=("tile", "time")),
    ]


class Frugal(Batched):
    """The same, which needs no more than rain whatever it was fitted on."""

    def inputs(self) -> tuple[str, ...]:
        """Rain."""
        return ("precipitation",)


class Plain(Method):
    """The coarse cell repeated; saves nothing but its configuration."""

    def inputs(self) -> tuple[str, ...]:
        """Rain."""
        return ("precipitation",)

    def sample(
        self, coarse: xr.Dataset, static: xr.Dataset, members: int, context: SampleContext
    ) -> Iterator[xr.DataArray]:
        """All frames at once."""
        rain = coarse["precipitation"].isel(time=slice(context.start, None))
        fine = upsample(rain.to_numpy(), context.factor, "nearest")
        yield xr.DataArray(fine[None], dims=("member", "time", "y", "x"), coords={"time": rain["time"]})
