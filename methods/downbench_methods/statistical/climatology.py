"""Climatology: an ensemble drawn from the training record without a look at the coarse fields.

The zero of every skill score (Wilks 2011, Statistical Methods in the Atmospheric Sciences, 8.1). Its marginal
distribution and its structure in space are right; what it lacks is all that the input tells. So nothing
finishes its samples by default: mass conservation would tell it the input, their distribution is that of
training rain already, and whole fields are drawn, without noise that could have a memory.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, ClassVar, Literal, Self

import numpy as np
from numpy.typing import NDArray

from downbench import FieldSequence, FitContext, SampleContext, parameter, upsample
from downbench_methods.base.sampling import Part, Tile, TileMethod
from downbench_methods.fields.finishing import FinishingConfig
from downbench_methods.statistical.archive import Archive, Array, spread_frames
from downbench_methods.statistical.location import Location

ENOUGH = 20  # frames that a season or hour must have, to be drawn from alone
DRAWS = 8  # frames tried for a cell that is missing in those before


class ClimatologyConfig(FinishingConfig):
    """Parameters of ``climatology``."""

    calibrate: Literal[0] = parameter(0, "Passes of calibration: none, since samples are training rain.")
    noise_memory: Literal[0] = parameter(0, "Memory of noise: none, since whole fields are drawn.", "h")
    frames: int | None = parameter(
        None, "Training frames that are kept, evenly spread; none keeps all.", "frames", ge=1
    )
    days: float = parameter(45, "How far the day of the year of a drawn frame may be off.", "days", gt=0)
    hours: float = parameter(1.5, "How far the hour of the day of a drawn frame may be off.", "h", gt=0)


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


class Climatology(TileMethod[ClimatologyConfig]):
    """Whole fine fields of random training frames of the same place, season and hour."""

    Config = ClimatologyConfig
    presets: ClassVar[Mapping[str, Mapping[str, Any]]] = {
        "smoke": {"frames": 50},
        "tiny": {"frames": 1000},
        "small": {"frames": 5000},
        "paper": {},
    }
    sampling_parameters = frozenset({"days", "hours", "conserve"})
    remembers = False
    archive: Archive

    def fit(
        self, train: tuple[FieldSequence, ...], validation: tuple[FieldSequence, ...], context: FitContext
    ) -> None:
        """Keep the fine training fields."""
        self.archive = Archive.write(train, spread_frames(train, self.config.frames), context)

    def parts(self, tile: Tile, members: int, context: SampleContext) -> Iterator[Part]:
        """Draw members for one frame at a time; a tile outside the record gets fields from anywhere in it."""
        needed = upsample(np.isfinite(tile.rain), context.factor, "nearest")
        location = self.archive.grid.find(tile.static, context.tile, needed.shape[1:])
        times = tile.times.astype("datetime64[s]")
        for t in range(context.start, len(times)):
            frames = alike(self.archive.times, times[t], self.config.days, self.config.hours)
            rain = [
                self._draw(frames, location, needed[t], context.seed_for("climatology", member, times[t]))
                for member in range(members)
            ]
            yield range(t, t + 1), np.stack(rain)[:, None]

    def _draw(
        self, frames: NDArray[np.intp], location: Location | None, needed: NDArray[np.bool_], seed: int
    ) -> Array:
        """One field; cells that are missing come from further draws, and are dry if they are never there."""
        random = np.random.default_rng(seed)
        rain = np.full(needed.shape, np.nan, np.float32)
        for _ in range(DRAWS):
            frame = int(random.choice(frames))
            corner = location or self._anywhere(random, needed.shape)
            window = self.archive.window(frame, corner, needed.shape)
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
        method.archive = Archive.open(directory)
        return method
