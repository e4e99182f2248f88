"""A plug-in file: one right dataset, and that dataset with each of the mistakes that authors make."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import xarray as xr

from downbench import (
    Config,
    Dataset,
    DatasetInfo,
    FieldSequence,
    block_mean,
    digest_file,
    digest_json,
    hookimpl,
)

HOUR = np.timedelta64(1, "h")
DIMS = ("time", "tile", "y", "x")
FIRST = {"train": 0, "validation": 30, "test": 60}
FRAMES = 20


@cache
def record(seed: int) -> np.ndarray:
    """Rain [mm/h] (time, y, x): blobs that move."""
    random = np.random.default_rng(seed)
    y, x = np.mgrid[:32, :32]
    rain = np.zeros((80, 32, 32))
    for t in range(80):
        for row, column in 32 * random.random((3, 2)):
            rain[t] += 5 * np.exp(-((y - row) ** 2) / 8 - (x - column) ** 2 / 40)
    return np.where(rain > 0.5, rain, 0).astype(np.float32)


class Settings(Config):
    """What the rain is made of."""

    seed: int = 1


class Good(Dataset):
    """A record cut into splits with a gap; subclasses go wrong in one place each."""

    Config = Settings
    licence = "none"
    factor = 4
    step = time_bin = HOUR
    resampling_block = 6 * HOUR
    gap: Any = 10 * HOUR
    predictors: Any = ("precipitation",)
    splits: ClassVar = dict.fromkeys(FIRST, "20 hours")

    def open(self, split: str) -> Any:
        """One sequence."""
        return (self.sequence(FIRST[split]),)

    def sequence(self, first: int, later: int = 0) -> FieldSequence:
        """Frames of the record from ``first`` on, labelled so many hours later."""
        rain = self.record()[first : first + FRAMES, None]
        times = np.datetime64("2020-01-01", "ns") + (np.arange(FRAMES) + first + later) * HOUR
        coords = {"time": times, "tile": [0]}
        coarse = xr.Dataset({"precipitation": (DIMS, self.coarse(rain))}, coords)
        return FieldSequence("record", coarse, xr.DataArray(self.fine(rain), coords, DIMS))

    def record(self) -> np.ndarray:
        """All rain."""
        return record(self.config.seed)  # type: ignore[attr-defined]

    def coarse(self, rain: np.ndarray) -> np.ndarray:
        """Means."""
        return block_mean(rain, self.factor)

    def fine(self, rain: np.ndarray) -> np.ndarray:
        """As it is."""
        return rain

    def fingerprint(self) -> Any:
        """Of all that the rain depends on."""
        return digest_json(["good", self.config.model_dump()])


class WrongDims(Good):
    def open(self, split: str) -> Any:
        good = self.sequence(FIRST[split])
        return (FieldSequence("record", good.coarse, good.fine.transpose("tile", "time", "y", "x")),)


class FillValue(Good):
    def fine(self, rain: np.ndarray) -> np.ndarray:
        return np.where(rain == 0, np.float32(-999), rain)


class TooLarge(Good):
    def record(self) -> np.ndarray:
        return super().record() / 50

    def fine(self, rain: np.ndarray) -> np.ndarray:
        return rain * 3600


class BothPerSecond(Good):
    def record(self) -> np.ndarray:
        return super().record() / 3600


class FlippedRows(Good):
    def fine(self, rain: np.ndarray) -> np.ndarray:
        return rain[:, :, ::-1]


class EqualSplits(Good):
    def open(self, split: str) -> Any:
        return (self.sequence(0),)


class RelabelledSplits(Good):
    def open(self, split: str) -> Any:
        return (self.sequence(0, later=FIRST[split]),)


class Overlapping(Good):
    def open(self, split: str) -> Any:
        return (self.sequence(FIRST[split] // 2),)


class NoGapBetween(Good):
    def open(self, split: str) -> Any:
        return (self.sequence(FIRST[split] * 2 // 3),)


class Constant(Good):
    def fingerprint(self) -> Any:
        return "my data, version 1"


class ForgetsSettings(Good):
    def fingerprint(self) -> Any:
        return digest_json([self.name, self.factor])


class LacksGap(Good):
    gap = None


class NoStep(Good):
    step = None  # type: ignore[assignment]


class BareSequence(Good):
    def open(self, split: str) -> Any:
        return self.sequence(FIRST[split])


class FromFile(Good):
    """Right: it reads ``--data-root``."""

    def record(self) -> np.ndarray:
        assert self.root is not None
        return np.load(self.root)

    def fingerprint(self) -> Any:
        assert self.root is not None
        return digest_file(self.root)


class ByItsName(FromFile):
    def fingerprint(self) -> Any:
        assert self.root is not None
        return digest_json([self.root.name, Path(self.root).suffix])


class OtherEachTime(Good):
    def record(self) -> np.ndarray:
        return super().record() * np.random.default_rng().random()


KINDS = {
    name: kind for name, kind in list(globals().items()) if isinstance(kind, type) and issubclass(kind, Good)
}


@hookimpl
def downbench_datasets() -> list[DatasetInfo]:
    """Each class by its name in lower case."""
    return [DatasetInfo(name=name.lower(), target=f"mistaken_datasets:{name}") for name in KINDS]
