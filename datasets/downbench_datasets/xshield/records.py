"""A whole record of paired fields, before it is split, and what is checked and mended on it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import xarray as xr

from downbench import UserError
from downbench_datasets.shared.coarsening import coarsen, mask_blocks

TOLERANCE = 1e-3  # of stored coarse rain against the mean of the fine, relative
MISSING_TILES = "without data"


@dataclass(frozen=True)
class Record:
    """One unbroken record.

    Args:
        name: of the sequences cut from it.
        coarse: predictors (time, tile, y, x), ``precipitation`` in mm/h.
        fine: rain in mm/h (time, tile, y, x).
        static: fine static fields (tile, y, x).
        stores: files and groups that its content comes from.
        notes: what a reader of a table must know.
    """

    name: str
    coarse: xr.Dataset
    fine: xr.DataArray
    static: xr.Dataset
    stores: tuple[Path, ...]
    notes: tuple[str, ...] = ()

    @property
    def step(self) -> np.timedelta64:
        """Time step."""
        return np.diff(self.fine["time"].to_numpy()[:2])[0]

    @property
    def factor(self) -> int:
        """How many times finer the fine grid is."""
        return self.fine.sizes["y"] // self.coarse.sizes["y"]

    def noted(self, *notes: str) -> Record:
        """The same with more notes."""
        return replace(self, notes=(*self.notes, *notes))


def check_pair(record: Record) -> None:
    """Refuse coarse and fine fields that do not belong together.

    Raises:
        UserError: times, tiles or sizes do not match; uneven time steps; fewer than two frames.
    """
    fine, coarse = record.fine, record.coarse["precipitation"]
    times, others = fine["time"].to_numpy(), coarse["time"].to_numpy()
    if not np.array_equal(times, others):
        first = next((f"{a} and {b}" for a, b in zip(times, others, strict=False) if a != b), "their lengths")
        raise UserError(
            f"{record.name}: coarse and fine times do not match ({len(others)} and {len(times)} steps; "
            f"they differ in {first})",
            "both stores must hold the same time steps",
        )
    if fine.sizes["tile"] != coarse.sizes["tile"]:
        raise UserError(f"{record.name}: {fine.sizes['tile']} fine tiles, {coarse.sizes['tile']} coarse ones")
    ratios = {fine.sizes[dim] / coarse.sizes[dim] for dim in ("y", "x")}
    if len(ratios) > 1 or not ratios.pop().is_integer():
        sizes = [f"{field.sizes['y']} x {field.sizes['x']}" for field in (fine, coarse)]
        raise UserError(f"{record.name}: {sizes[0]} fine cells do not nest in {sizes[1]} coarse ones")
    steps = np.unique(np.diff(times))
    if len(steps) != 1:
        raise UserError(
            f"{record.name}: its times are not evenly spaced (steps {steps.astype('timedelta64[m]')})"
        )


def _sample(frames: int) -> list[int]:
    """Frames looked at when a record is opened: the first, one in the middle, the last."""
    return sorted({0, frames // 2, frames - 1})


def match_coverage(record: Record) -> Record:
    """Make masks and coarse rain agree with the fine rain, judged by a few frames.

    Where a fine cell is missing, its whole block is, in the fine and in the coarse field. Stored coarse rain
    that is not the area-weighted mean of the fine rain is replaced by it.
    """
    chosen = _sample(record.fine.sizes["time"])
    fine = record.fine.isel(time=chosen).load()
    if bool(fine.isnull().any()):
        record = replace(record, fine=mask_blocks(record.fine, record.factor))
        fine = mask_blocks(fine, record.factor)
    area = record.static.get("area")
    mean = coarsen(fine, record.factor, area)
    stored = record.coarse["precipitation"].isel(time=chosen).load()
    both = mean.notnull() & stored.notnull()
    error = float(np.sqrt((((stored - mean) ** 2).where(both)).mean()))
    scale = float(np.sqrt(((mean**2).where(both)).mean()))
    lacking = bool((mean.notnull() & stored.isnull()).any())
    if lacking or error > TOLERANCE * scale:
        why = (
            "is missing where all fine cells are valid"
            if lacking
            else f"differs by {error / scale:.1%} (RMS)"
        )
        rain = coarsen(record.fine, record.factor, area)
        note = f"stored coarse rain {why} from the area-weighted mean of the fine rain, which is used instead"
        if lacking:
            note = f"stored coarse rain {why}; the area-weighted mean of the fine rain is used instead"
        return replace(record, coarse=record.coarse.assign(precipitation=rain)).noted(note)
    if bool((mean.isnull() & stored.notnull()).any()):
        covered = coarsen(record.fine, record.factor, area).notnull()
        rain = record.coarse["precipitation"].where(covered)
        return replace(record, coarse=record.coarse.assign(precipitation=rain))
    return record


def drop_empty_tiles(record: Record) -> Record:
    """Leave out tiles that have no valid coarse cell at any time.

    Raises:
        UserError: there is none that has.
    """
    rain = record.coarse["precipitation"]
    empty = rain.isel(time=_sample(rain.sizes["time"])).isnull().all(["time", "y", "x"]).to_numpy()
    suspects = np.flatnonzero(empty)
    if len(suspects):
        empty[suspects] = rain.isel(tile=suspects).isnull().all(["time", "y", "x"]).to_numpy()
    if empty.all():
        raise UserError(
            f"{record.name}: every coarse cell has missing fine cells at all times", "is it masked?"
        )
    if not empty.any():
        return record
    kept = np.flatnonzero(~empty)
    gone = ", ".join(map(str, np.flatnonzero(empty)))
    return replace(
        record,
        coarse=record.coarse.isel(tile=kept),
        fine=record.fine.isel(tile=kept),
        static=record.static.isel(tile=kept, missing_dims="ignore"),
    ).noted(f"tiles {gone} (counted from 0) are {MISSING_TILES}")
