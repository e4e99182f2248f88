"""The splits of a record: their parts, the gap between them, and what people are told of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal

import numpy as np
import xarray as xr

from downbench import SPLITS
from downbench_datasets.files.splitting.cut import SPACE_GAP, Whole, cut_as_asked, cut_in_space
from downbench_datasets.files.splitting.parts import VERSION, Part
from downbench_datasets.files.splitting.spec import SplitsSpec
from downbench_datasets.shared.splits import HOUR, MAX_WARMUP, period, standard_gap, time_splits

How = Literal["time", "region", "tile"]


_BY_TILE = {"tile": "splits by tile: all see the same weather", "member": "splits by member: of one climate"}


@dataclass(frozen=True)
class SplitPlan:
    """What of a record belongs to which split.

    Args:
        parts: by split; an empty split has none.
        gap: coarse frames between splits that share a place.
        how: they were cut: ``time``, ``region``, ``tile`` or ``asked``.
        whole: the record.
    """

    parts: Mapping[str, Part]
    gap: int
    how: str
    whole: Whole

    @property
    def tested(self) -> int:
        """Coarse frames of test."""
        return sum(stop - first for first, stop in self.parts["test"].frames)

    def warmup(self, split: str, first: int) -> int:
        """Coarse frames before frame ``first`` of a split that a method may look at; train has none."""
        return 0 if split == "train" else min(self.gap, MAX_WARMUP, first)

    def described(self, times: xr.DataArray) -> dict[str, str]:
        """What each split covers, for people.

        Args:
            times: of the coarse frames.
        """
        return {split: self._text(part, times) for split, part in self.parts.items()}

    def _text(self, part: Part, times: xr.DataArray) -> str:
        words = [" and ".join(period(times[slice(*run)]) for run in part.frames)]
        whole = self.whole.part
        if part.tiles != whole.tiles:
            words.append(f"{self.whole.unit}s {', '.join(map(str, part.tiles))}")
        for name, run, full in (("rows", part.rows, whole.rows), ("columns", part.columns, whole.columns)):
            if run != full:
                words.append(f"coarse {name} {run[0]} to {run[1] - 1}")
        return "; ".join(words)

    @property
    def notes(self) -> list[str]:
        """What a reader of a table must know of them."""
        return {
            "region": [f"splits by region, {SPACE_GAP} coarse cells apart: all see the same weather"],
            "tile": [_BY_TILE[self.whole.unit]],
            "asked": ["non-standard split"],
        }.get(self.how, [])

    @property
    def key(self) -> dict[str, Any]:
        """For the fingerprint."""
        parts = {split: asdict(part) for split, part in self.parts.items()}
        return {"version": VERSION, "how": self.how, "gap": self.gap, "parts": parts}


def plan_splits(
    whole: Whole, step: np.timedelta64, how: How, asked: SplitsSpec | None, hours: float | None
) -> SplitPlan:
    """Cut a record into splits.

    Args:
        whole: the record.
        step: of its coarse frames.
        how: it is cut where nothing is asked for.
        asked: periods, boxes and tiles, in place of that.
        hours: gap between splits; None is the protocol's.

    Raises:
        UserError: it cannot be cut so.
    """
    frames = len(whole.times)
    gap = standard_gap(frames, step) if hours is None else int(np.ceil(hours * HOUR / step))
    if asked is not None:
        return SplitPlan(cut_as_asked(whole, asked, gap), gap, "asked", whole)
    if how != "time":
        return SplitPlan(cut_in_space(whole, how), gap, how, whole)
    splits = time_splits(frames, step, whole.where, gap)
    tiles, rows, columns = whole.part.tiles, whole.part.rows, whole.part.columns
    parts = {split: Part((splits.frames(split),), tiles, rows, columns) for split in SPLITS}
    return SplitPlan(parts, gap, how, whole)
