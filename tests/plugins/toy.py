"""A plug-in file for tests: a small dataset of moving rain, and methods that keep or break the contract."""

from __future__ import annotations

import os
import signal
import time
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


class ToyConfig(Config):
    """Parameters of the toy dataset."""

    frames: int = 60
    holes: bool = False
    sequences: int = 1
    bias: float = 1.0
    time_factor: int = 1
    year: int = 2020


def toy_rain(frames: int, seed: int) -> xr.DataArray:
    """Rain (time, tile, y, x) in mm/h: thresholded smooth noise that moves one cell a step.

    Each time that it comes round it is a hundredth stronger, so that no frame of a long record comes twice.
    """
    random = np.random.default_rng(seed)
    base = random.standard_normal((2, 64, 64))
    spectrum = np.fft.rfft2(base) / (1 + np.hypot(*np.meshgrid(np.fft.rfftfreq(64), np.fft.fftfreq(64))) * 64)
    smooth = np.fft.irfft2(spectrum)
    smooth = smooth / smooth.std()
    strength = 1 + np.arange(frames) // 64 / 100
    rain = np.stack([strength[t] * np.roll(smooth, t, axis=-1)[:, :64, :64] for t in range(frames)])
    return xr.DataArray(
        (2 * np.maximum(rain - 0.8, 0) ** 1.5).astype(np.float32),
        dims=("time", "tile", "y", "x"),
        coords={
            "time": np.datetime64("2020-01-01", "ns") + np.arange(frames) * np.timedelta64(3, "h"),
            "tile": [0, 1],
        },
    )


class Toy(Dataset):
    """Two tiles of 64 x 64 cells, three-hourly."""

    Config = ToyConfig
    licence = "none"
    step = np.timedelta64(3, "h")
    predictors = ("precipitation",)
    time_bin = np.timedelta64(1, "D")
    resampling_block = np.timedelta64(1, "D")
    gap = np.timedelta64(1, "D")
    splits: ClassVar = {"train": "first 60 %", "validation": "20 %", "test": "last 20 %"}

    def __init__(self, config: ToyConfig, root: Path | None = None) -> None:
        super().__init__(config, root)
        self.time_factor = config.time_factor

    def open(self, split: str) -> tuple[FieldSequence, ...]:
        """Cut the record at 60 and 80 %."""
        return tuple(self._open(split, number) for number in range(self.config.sequences))

    def _open(self, split: str, number: int) -> FieldSequence:
        frames = self.config.frames
        fine = toy_rain(frames, number)
        later = np.datetime64(f"{self.config.year}-01-01", "ns") - np.datetime64("2020-01-01", "ns")
        fine = fine.assign_coords(time=fine["time"] + later)
        if self.config.holes:
            fine[:, 0, :9, :17] = np.nan
            fine[frames - 3, 1] = np.nan
        coarse = fine.isel(y=slice(None, None, 8), x=slice(None, None, 8)).copy(
            data=block_mean(fine.to_numpy(), 8)
        )
        first, last = {"train": (0, 0.6), "validation": (0.6, 0.8), "test": (0.8, 1)}[split]
        each = self.config.time_factor
        coarse = coarse.coarsen(time=each).mean().assign_coords(time=fine["time"][each - 1 :: each])
        coarse = coarse * np.float32(self.config.bias)
        start, stop = round(first * frames), round(last * frames)
        warmup = min(2, start)
        before = slice(start // each - warmup, stop // each)
        return FieldSequence(
            f"s{number}",
            xr.Dataset({"precipitation": coarse.isel(time=before)}),
            fine.isel(time=slice(start, stop)),
            warmup=warmup,
            time_factor=each,
        )

    def fingerprint(self) -> str:
        """Of the parameters."""
        return digest_json(["toy", self.config.model_dump()])


class Noisy(Method):
    """Bilinear interpolation plus keyed noise; leaves negative rain to the runner."""

    def sample(
        self, coarse: xr.Dataset, static: xr.Dataset, members: int, context: SampleContext
    ) -> Iterator[xr.DataArray]:
        """Three frames at a time, from the start wanted."""
        rain = coarse["precipitation"]
        for first in range(context.start, rain.sizes["time"], 3):
            part = rain.isel(time=slice(first, first + 3))
            smooth = upsample(part.to_numpy(), context.factor)
            noise = context.normal(members, part["time"].to_numpy(), smooth.shape[1:])
            yield xr.DataArray(
                smooth + 0.1 * noise, dims=("member", "time", "y", "x"), coords={"time": part["time"]}
            )


class Killed(Noisy):
    """Kills its own process once in each stage, as long as the flag files are not there."""

    def fit(
        self, train: tuple[FieldSequence, ...], validation: tuple[FieldSequence, ...], context: FitContext
    ) -> None:
        """Count attempts in the checkpoint directory."""
        count = context.directory / "count"
        past = int(count.read_text()) if count.is_file() else 0
        count.write_text(str(past + 1))
        if past < 2:
            os.kill(os.getpid(), signal.SIGKILL)
        self.attempts = past + 1

    def save(self, directory: Path) -> None:
        """Keep the count."""
        super().save(directory)
        (directory / "attempts").write_text(str(self.attempts))

    def sample(
        self, coarse: xr.Dataset, static: xr.Dataset, members: int, context: SampleContext
    ) -> Iterator[xr.DataArray]:
        """Die in the middle of the second tile, once."""
        flag = Path(os.environ["TOY_FLAGS"]) / "killed"
        for number, part in enumerate(super().sample(coarse, static, members, context)):
            if number == 2 and context.tile == 1 and not flag.exists():
                flag.touch()
                os.kill(os.getpid(), signal.SIGKILL)
            with (Path(os.environ["TOY_FLAGS"]) / "sampled").open("a") as log:
                log.write(f"{context.tile} {context.start} {number}\n")
            yield part


class Broken(Noisy):
    """Breaks the contract in the way that its configuration names."""

    class Config(Config):
        """The way."""

        how: str = "raise"

    def sample(
        self, coarse: xr.Dataset, static: xr.Dataset, members: int, context: SampleContext
    ) -> Iterator[xr.DataArray]:
        """Do it wrong."""
        parts = list(super().sample(coarse, static, members, context))
        if self.config.how == "raise":
            raise ZeroDivisionError("on purpose")
        if self.config.how == "nan":
            parts[1][0, 0, 5, 5] = np.nan
        if self.config.how == "short":
            parts = parts[:-1]
        if self.config.how == "order":
            parts[0], parts[1] = parts[1], parts[0]
        if self.config.how == "members":
            parts = [part.isel(member=[0]) for part in parts]
        if self.config.how == "size":
            parts = [part.isel(y=slice(8)) for part in parts]
        if self.config.how == "slow":
            time.sleep(30)
        yield from parts


@hookimpl
def downbench_datasets() -> list[DatasetInfo]:
    """The dataset."""
    return [DatasetInfo(name="toy", target="toy:Toy", title="Toy rain")]


@hookimpl
def downbench_methods() -> list[MethodInfo]:
    """The methods."""
    return [
        MethodInfo(name="noisy", target="toy:Noisy", cuts=("tile", "time", "member")),
        MethodInfo(name="killed", target="toy:Killed"),
        MethodInfo(name="broken", target="toy:Broken"),
        MethodInfo(name="far-past", target="toy:Noisy", past=99),
    ]
