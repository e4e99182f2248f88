"""One template for sampling a tile: a method makes rain part by part, and all finish it in the same way."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar, Self, TypeVar

import numpy as np
import xarray as xr
from numpy.typing import NDArray
from pydantic import PositiveInt

from downbench import Method, SampleContext, parameter
from downbench_methods.fields.finishing import Finisher, FinishingConfig, switched_on
from downbench_methods.fields.noise_in_time import NoiseInTime

Array = NDArray[np.float32]
Part = tuple[Sequence[int], Array]  # positions of frames in the sequence, and their rain
FINISHER = "finishing.json"


class SamplingConfig(FinishingConfig):
    """Parameters of sampling that all networks share."""

    batch_pixels: PositiveInt | None = parameter(
        None,
        "Cells that are sampled at once, over members and frames; none measures what the device likes in a "
        "long run, and takes 262144 in a short one.",
        "fine cells",
    )
    window: PositiveInt = parameter(
        1024, "Side above which a tile is sampled in overlapping windows.", "fine cells"
    )


Finishing = TypeVar("Finishing", bound=FinishingConfig)


@dataclass(frozen=True)
class Tile:
    """One tile of a coarse sequence.

    Args:
        coarse: predictors, (time, y, x).
        static: fine static fields, (y, x).
        factor: how many times finer the fine grid is.
    """

    coarse: xr.Dataset
    static: xr.Dataset
    factor: int

    @cached_property
    def times(self) -> NDArray[np.datetime64]:
        """Of all frames."""
        return self.coarse["time"].to_numpy()

    @cached_property
    def rain(self) -> NDArray[np.floating]:
        """Coarse rain in mm/h, (time, y, x); missing is NaN."""
        return self.coarse["precipitation"].to_numpy()

    @cached_property
    def area(self) -> NDArray[np.floating] | None:
        """Of the fine cells (y, x), where the dataset has it."""
        return self.static["area"].to_numpy() if "area" in self.static else None

    @property
    def size(self) -> tuple[int, int]:
        """Fine cells in y and x."""
        return self.rain.shape[1] * self.factor, self.rain.shape[2] * self.factor


class TileMethod(Method[Finishing]):
    """A method that makes the rain of one tile part by part.

    A subclass writes :meth:`parts`, and ``finisher`` finishes what it makes as the configuration says. An
    ensemble ends its ``fit`` with :func:`downbench_methods.base.fit_finishing.fit_finishing`. ``remembers``
    says whether it has noise that can have a memory in time, which :meth:`noise_in_time` gives it.
    """

    where_not_mean: ClassVar = {"conserve": False}  # the truth does not give coarse rain back either
    finisher: Finisher = Finisher()
    remembers: ClassVar[bool] = True

    @abstractmethod
    def parts(self, tile: Tile, members: int, context: SampleContext) -> Iterator[Part]:
        """Make rain of the frames from ``context.start`` (or before it) on, in order of time.

        Yields:
            Positions of frames in the sequence, and rain in mm/h, (member, frames, y, x).
        """

    def members(self, wanted: int) -> int:
        """How many members there are when so many are asked for: one of a deterministic method."""
        return wanted

    def noise_in_time(
        self, tile: Tile, members: int, shape: Sequence[int], context: SampleContext, stream: str = "noise"
    ) -> NoiseInTime:
        """Standard normal noise (members, frames, *shape) with the memory of the configuration."""
        memory, fitted = self.config.noise_memory, self.finisher.memory
        return NoiseInTime(context, members, tile.times, shape, memory, fitted, stream=stream)

    def finished(self, rain: Array, coarse: NDArray[Any], tile: Tile) -> Array:
        """Calibrate and scale rain (member, frames, y, x) of coarse rain (frames, y, x), all in mm/h."""
        return self.finisher.finish(rain, coarse, self.config, tile.factor, tile.area)

    def sample(
        self, coarse: xr.Dataset, static: xr.Dataset, members: int, context: SampleContext
    ) -> Iterator[xr.DataArray]:
        """Yield members, (member, time, y, x) in mm/h."""
        tile = Tile(coarse, static, context.factor)
        for frames, rain in self.parts(tile, self.members(members), context):
            finished = self.finished(rain, tile.rain[frames], tile)
            context.progress(frames[-1] + 1, len(tile.times), "")
            times = {"time": tile.times[frames]}
            yield xr.DataArray(finished, dims=("member", "time", "y", "x"), coords=times)

    @classmethod
    def finishing(cls, config: Finishing) -> dict[str, str]:
        """What finishes the samples of a configuration."""
        return switched_on(config, cls(config).members(2) > 1)

    def save(self, directory: Path) -> None:
        """Write the configuration, and what was fitted to finish samples."""
        super().save(directory)
        (directory / FINISHER).write_text(self.finisher.model_dump_json(), encoding="utf-8")

    @classmethod
    def load(cls, directory: Path) -> Self:
        """Restore both."""
        method = super().load(directory)
        text = (directory / FINISHER).read_text(encoding="utf-8")
        method.finisher = Finisher.model_validate_json(text)
        return method
