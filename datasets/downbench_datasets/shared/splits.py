"""Splits in time: the first 72 % train, the last 20 % test, validation between them, gaps beside it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import xarray as xr

from downbench import SPLITS, FieldSequence, UserError, calendar_of, date_text

DAY, HOUR = np.timedelta64(1, "D"), np.timedelta64(1, "h")
LONG_RECORD = 10 * DAY
ONE_SEASON = 300 * DAY  # a test split that is shorter does not see all seasons
LONG_GAP, SHORT_GAP = 5 * DAY, 6 * HOUR
MAX_WARMUP = 16  # coarse frames before a split, taken from the gap


@dataclass(frozen=True)
class TimeSplits:
    """Frames [first, last) of each split, and the frames between two splits."""

    train: tuple[int, int]
    validation: tuple[int, int]
    test: tuple[int, int]
    gap: int

    def frames(self, split: str) -> tuple[int, int]:
        """Frames [first, last) of a split.

        Raises:
            UserError: no such split.
        """
        check_split(split)
        return getattr(self, split)

    def warmup(self, split: str) -> int:
        """Coarse frames before a split that a method may look at; train has none."""
        return 0 if split == "train" else min(self.gap, MAX_WARMUP)


def check_split(split: str) -> None:
    """Refuse unknown splits.

    Raises:
        UserError: no such split.
    """
    if split not in SPLITS:
        raise UserError(f"there is no split {split!r}", f"splits: {', '.join(SPLITS)}")


def standard_gap(frames: int, step: np.timedelta64) -> int:
    """Frames between two splits of a record of so many frames.

    They last 5 days, or 6 hours in records of less than 10 days, and never more than a tenth of the record.
    """
    wanted = LONG_GAP if frames * step >= LONG_RECORD else SHORT_GAP
    return min(int(np.ceil(wanted / step)), frames // 10)


def time_splits(frames: int, step: np.timedelta64, where: str, gap: int | None = None) -> TimeSplits:
    """Split a record of ``frames`` frames in time, with ``gap`` frames between splits or the standard gap.

    Validation gets what lies between 72 % and 80 %, less the gaps; where that leaves less than a third of its
    8 %, train ends earlier so that validation has its 8 % (at least one frame).

    Raises:
        UserError: too few frames for three splits.
    """
    if frames < 5:
        raise UserError(f"{where}: {frames} time steps are too few for three splits", "give at least 5")
    gap = standard_gap(frames, step) if gap is None else gap
    share = max(1, round(0.08 * frames))
    test = frames - max(1, round(0.2 * frames))
    train = int(0.72 * frames)
    if test - gap - (train + gap) < max(1, share / 3):
        train = test - 2 * gap - share
    if train < 1 or test - gap <= train + gap:
        raise UserError(f"{where}: a gap of {gap} frames leaves no room for three splits", "make it shorter")
    return TimeSplits((0, train), (train + gap, test - gap), (test, frames), gap)


def time_bins(
    length: np.timedelta64, step: np.timedelta64, long_block: np.timedelta64
) -> tuple[np.timedelta64, np.timedelta64]:
    """Time bin and resampling block of a record: whole days, or hours where it has less than 10 days.

    Args:
        length: of the record.
        step: of its frames.
        long_block: resampling block of long records; in short ones it is 3 hours, in whole bins.
    """
    if length >= LONG_RECORD:
        return max(DAY, step), max(long_block, step)
    time_bin = max(HOUR, step) if length >= DAY else step
    return time_bin, int(np.ceil(3 * HOUR / time_bin)) * time_bin


def describe(splits: TimeSplits, times: xr.DataArray) -> dict[str, str]:
    """What each split covers, for people."""
    return {name: period(times[slice(*splits.frames(name))]) for name in SPLITS}


def period(times: xr.DataArray) -> str:
    """Number of time steps with the first and the last of them, as their calendar writes them."""
    calendar, values = calendar_of(times), times.to_numpy()
    first, last = (date_text(time, calendar)[:-3].replace("T", " ") for time in values[[0, -1]])
    steps = "1 time step" if len(times) == 1 else f"{len(times)} time steps"
    return f"{steps}, {first} to {last} UTC"


def cut(
    name: str, coarse: xr.Dataset, fine: xr.DataArray, static: xr.Dataset, splits: TimeSplits, split: str
) -> FieldSequence:
    """Cut the sequence of one split out of a whole record, with its warm-up."""
    first, last = splits.frames(split)
    warmup = splits.warmup(split)
    return FieldSequence(
        name=name,
        coarse=coarse.isel(time=slice(first - warmup, last)),
        fine=fine.isel(time=slice(first, last)),
        static=static,
        warmup=warmup,
    )
