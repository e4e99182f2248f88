"""Climatology: an ensemble drawn from the training record without a look at the coarse fields.

The zero of every skill score (Wilks 2011, Statistical Methods in the Atmospheric Sciences, 8.1). Its marginal
distribution and its structure in space are right; what it lacks is all that the input tells.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, ClassVar, Self

import numpy as np
import xarray as xr
from numpy.typing import NDArray
from pydantic import Field

from downbench import Config as _Config
from downbench import FieldSequence, FitContext, Method, SampleContext, upsample
from downbench_methods.statistical.archive import Archive, Array, spread_frames
from downbench_methods.statistical.location import Location

ENOUGH = 20  # frames that a season or hour must have, to be drawn from alone
DRAWS = 8  # frames tried for a cell that is missing in those before


class ClimatologyConfig(_Config):
    """Parameters of ``climatology``."""

    frames: int | None = Field(None, ge=1)  # training frames that are kept, evenly spread; None: all
    days: float = Field(45, gt=0)  # how far the day of the year of a drawn frame may be off
    hours: float = Field(1.5, gt=0)  # the same for its hour of the day


def alike(times: NDArray[np.datetime64], time: np.datetime64, days: float, hours: float) -> NDArray[np.intp]:
    """Indices of the times of the same season and hour; of the season alone, or all, if they are few."""
    day = np.abs(_day_of_year(times) - _day_of_year(time))
    season = np.minimum(day, 365.25 - day) <= days
    hour = np.abs(_hour(times) - _hour(time))
    both = season & (np.minimum(hour, 24 - hour) <= hours)
    for chosen in (both, season):
        if chosen.sum() >= ENOUGH:
            return np.flatnonzero(chosen)
    return np.arange(len(times))


def _day_of_year(times: Any) -> Any:
    return (times - times.astype("datetime64[Y]")) / np.timedelta64(1, "D")


def _hour(times: Any) -> Any:
    return (times - times.astype("datetime64[D]")) / np.timedelta64(1, "h")


class Climatology(Method):
    """Whole fine fields of random training frames of the same place, season and hour."""

    Config: ClassVar[type[_Config]] = ClimatologyConfig
    presets: ClassVar[Mapping[str, Mapping[str, Any]]] = {
        "smoke": {"frames": 50},
        "tiny": {"frames": 1000},
        "small": {"frames": 5000},
        "paper": {},
    }
    sampling_parameters = frozenset({"days", "hours"})
    archive: Archive

    def fit(
        self, train: tuple[FieldSequence, ...], validation: tuple[FieldSequence, ...], context: FitContext
    ) -> None:
        """Keep the fine training fields."""
        self.archive = Archive.write(train, spread_frames(train, self.config.frames), context)

    def sample(
        self, coarse: xr.Dataset, static: xr.Dataset, members: int, context: SampleContext
    ) -> Iterator[xr.DataArray]:
        """Yield (member, time, y, x) in mm/h; where the place is not known, from any place of the record."""
        needed = upsample(np.isfinite(coarse["precipitation"].to_numpy()), context.factor, "nearest")
        shape = needed.shape[1:]
        place = self.archive.grid.find(static, context.tile, shape)
        times = coarse["time"].to_numpy().astype("datetime64[s]")
        for t in range(context.start, len(times)):
            frames = alike(self.archive.times, times[t], self.config.days, self.config.hours)
            rain = [
                self._draw(frames, place, needed[t], context.seed_for("climatology", member, times[t]))
                for member in range(members)
            ]
            yield xr.DataArray(
                np.stack(rain)[:, None],
                dims=("member", "time", "y", "x"),
                coords={"time": coarse["time"][t : t + 1]},
            )

    def _draw(
        self, frames: NDArray[np.intp], place: Location | None, needed: NDArray[np.bool_], seed: int
    ) -> Array:
        """One field; cells that are missing come from further draws, and are dry if they are never there."""
        random = np.random.default_rng(seed)
        rain = np.full(needed.shape, np.nan, np.float32)
        for _ in range(DRAWS):
            frame = int(random.choice(frames))
            window = self.archive.window(frame, place or self._anywhere(random, needed.shape), needed.shape)
            rain = np.where(np.isnan(rain), window, rain)
            if not np.isnan(rain[needed]).any():
                break
        return np.nan_to_num(rain)

    def _anywhere(self, random: np.random.Generator, shape: tuple[int, ...]) -> Location:
        grid = self.archive.grid
        ends = [n - m + 1 if m <= n else n for n, m in zip(grid.size, shape, strict=True)]
        return Location(*(int(random.integers(n)) for n in (len(grid.tiles), *ends)))

    def inputs(self) -> tuple[str, ...]:
        """Precipitation is enough."""
        return ("precipitation",)

    def save(self, directory: Path) -> None:
        """Write the configuration and the fields."""
        super().save(directory)
        self.archive.copy(directory)

    @classmethod
    def load(cls, directory: Path) -> Self:
        """Restore it."""
        method = super().load(directory)
        assert isinstance(method, cls)
        method.archive = Archive.open(directory)
        return method
