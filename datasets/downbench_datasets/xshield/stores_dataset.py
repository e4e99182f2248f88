"""``xshield`` from the original stores: X-SHiELD, the FV3GFS ensemble, or the newer lat-lon release."""

from __future__ import annotations

from itertools import combinations
from pathlib import Path

import numpy as np

from downbench import FieldSequence, UserError, digest_json
from downbench_datasets.shared.fingerprint import digest_stores
from downbench_datasets.shared.predictor_names import PREDICTOR_NAMES
from downbench_datasets.shared.splits import (
    LONG_GAP,
    LONG_RECORD,
    ONE_SEASON,
    check_split,
    cut,
    describe,
    period,
    time_bins,
    time_splits,
)
from downbench_datasets.xshield.common import RESAMPLING_BLOCK, XShieldConfig, XShieldDataset
from downbench_datasets.xshield.records import Record
from downbench_datasets.xshield.releases import find_release

DIVERGED = 0.9  # correlation of coarse rain above which two members count as the same weather


class XShieldStores(XShieldDataset):
    """The original stores; members are sequences."""

    licence = "as its owners gave it"

    def __init__(self, config: XShieldConfig, root: Path) -> None:
        super().__init__(config, root)
        if config.model_fields_set:
            raise UserError(
                f"{', '.join(sorted(config.model_fields_set))}: parameters of the stand-in, not of {root}",
                "leave them out with --data-root",
            )
        release, folder = find_release(root)
        self._records = release.open(folder)
        first = self._records[0]
        _check_same_shape(self._records)
        self.factor, self.step = first.factor, first.step
        self.predictors = ("precipitation", *(name for name in PREDICTOR_NAMES if name in first.coarse))
        frames = first.fine.sizes["time"]
        self._long = bool(frames * self.step >= LONG_RECORD)
        self._by_member = len(self._records) >= 3
        self._splits = time_splits(frames, self.step, str(root))
        standard = self._by_member or release.variant != "fv3gfs"
        self.variant = release.variant if standard else f"{release.variant}, non-standard split"
        self.gap = LONG_GAP if self._by_member else self._splits.gap * self.step
        self.time_bin, self.resampling_block = time_bins(frames * self.step, self.step, RESAMPLING_BLOCK)
        times = first.fine["time"]
        self.splits = self._members() if self._by_member else describe(self._splits, times)
        self.notes = tuple(dict.fromkeys([*self._own_notes(), *(n for r in self._records for n in r.notes)]))

    def _own_notes(self) -> list[str]:
        notes = _divergence(self._records)
        if not self._by_member:
            first, last = self._splits.test
            notes.append("same event" if not self._long else "")
            if self._long and (last - first) * self.step < ONE_SEASON:
                notes.append("one season")
        if not self._by_member and self.variant.startswith("fv3gfs"):
            notes.append("non-standard split: in time, since there are fewer than three members")
        return [note for note in notes if note]

    def _share(self, split: str) -> list[Record]:
        """Members of a split: the last is test, the one before it validation."""
        return {"train": self._records[:-2], "validation": self._records[-2:-1], "test": self._records[-1:]}[
            split
        ]

    def _members(self) -> dict[str, str]:
        return {
            split: f"members {', '.join(record.name for record in self._share(split))}: "
            + period(self._share(split)[0].fine["time"])
            for split in ("train", "validation", "test")
        }

    def open(self, split: str) -> tuple[FieldSequence, ...]:
        """Open a split, lazily: its members, or a stretch of time of every member."""
        check_split(split)
        if self._by_member:
            return tuple(FieldSequence(r.name, r.coarse, r.fine, r.static) for r in self._share(split))
        return tuple(cut(r.name, r.coarse, r.fine, r.static, self._splits, split) for r in self._records)

    def fingerprint(self) -> str:
        """SHA-256 over content, variant, splits and coarsening."""
        splits = [
            [r.name for r in self._share(s)] if self._by_member else self._splits.frames(s)
            for s in self.splits
        ]
        return digest_json(
            {
                "content": [digest_stores(record.stores) for record in self._records],
                "variant": self.variant,
                "splits": splits,
                "resampling_block": str(self.resampling_block),
                "coarsening": {"factor": self.factor, "mean": "area-weighted"},
            }
        )


def _check_same_shape(records: list[Record]) -> None:
    """Refuse members that differ in grid, length or predictors.

    Raises:
        UserError: names the member.
    """
    first = records[0]
    for record in records[1:]:
        if record.fine.shape != first.fine.shape or set(record.coarse) != set(first.coarse):
            raise UserError(
                f"member {record.name} differs from {first.name} in size, length or predictors",
                "complete it, or leave it out",
            )


def _divergence(records: list[Record]) -> list[str]:
    """Check that no two members are the same weather, by a frame in the middle and the last one.

    Raises:
        UserError: two members are identical.
    """
    frames = [0, -1]
    frames[0] = records[0].fine.sizes["time"] // 2
    rain = {r.name: np.nan_to_num(r.coarse["precipitation"].isel(time=frames).to_numpy()) for r in records}
    notes = []
    for (one, a), (other, b) in combinations(rain.items(), 2):
        if np.array_equal(a, b):
            raise UserError(f"members {one} and {other} are identical", "a test member must not be in train")
        likeness = np.corrcoef(a.ravel(), b.ravel())[0, 1]
        if likeness > DIVERGED:
            notes.append(f"members {one} and {other} have hardly diverged (correlation {likeness:.2f})")
    return notes
