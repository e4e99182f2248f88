"""What a reader of a table must know of a record: its length, windows, gaps, and how it was read."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import xarray as xr

from downbench_datasets.files.windows import Windows
from downbench_datasets.reading.meaning.time_stamps import Gap
from downbench_datasets.reading.settings import option
from downbench_datasets.shared.coarsening import valid_throughout, whole_blocks
from downbench_datasets.shared.persistence import rain_memory
from downbench_datasets.shared.splits import HOUR, LONG_GAP, LONG_RECORD, ONE_SEASON

_HALF = 0.5  # of the valid rain, below which it is told how little is scored
_NAMED = 3  # gaps that a note names one by one


def length_notes(record: np.timedelta64, test: np.timedelta64) -> list[str]:
    """Whether all splits are of one event, or the test of one season, by how long both are."""
    if record < LONG_RECORD:
        return ["same event"]
    return ["one season"] if test < ONE_SEASON else []


def window_notes(windows: Windows) -> list[str]:
    """How many windows are scored in place of the whole domain."""
    if not windows:
        return []
    count, side = len(windows.corners), " x ".join(map(str, windows.shape))
    return [f"validation and test: {count} window{'s' if count > 1 else ''} of {side} cells"]


def coverage_notes(rain: xr.DataArray, factor: int) -> list[str]:
    """How many of the valid cells lie in coarse cells that are wholly valid, where that is less than half.

    Args:
        rain: fine rain (time, tile, y, x) in whole coarse cells.
        factor: fine cells along the edge of a coarse one.
    """
    valid = valid_throughout(rain)
    whole = whole_blocks(valid, factor)
    kept = whole.sum() * factor**2 / max(1, valid.sum())
    if kept >= _HALF:
        return []
    smaller = f"; a smaller factor keeps more: {option('factor', factor // 2)}" if factor > 2 else ""
    return [
        f"{whole.sum()} of {whole.size} coarse cells of {factor} x {factor} are wholly valid, and hold "
        f"{kept:.0%} of the valid fine cells, which alone are scored{smaller}"
    ]


def gap_notes(gaps: Sequence[Gap], sequences: int) -> list[str]:
    """Gaps in time, the first of them one by one."""
    if sequences < 2:
        return []
    named = "; ".join(gap.text for gap in gaps[:_NAMED])
    more = f"; and {len(gaps) - _NAMED} more" if len(gaps) > _NAMED else ""
    return [f"{sequences - 1} gaps in time: {sequences} sequences. {named}{more}"]


def split_gap_notes(rain: xr.DataArray, step: np.timedelta64, gap: np.timedelta64, eager: int) -> list[str]:
    """Whether the gap between splits is shorter than the protocol asks for.

    Args:
        rain: longest stretch without a gap (time, tile, y, x).
        step: of its frames.
        gap: between splits.
        eager: bytes of rain above which long gaps are not held against its memory.
    """
    if gap >= LONG_GAP and rain.nbytes > eager:
        return []
    memory = rain_memory(rain, step)
    if gap >= 2 * memory:
        return []
    own, wanted = (f"{float(span / HOUR):.1f} h" for span in (gap, 2 * memory))
    return [f"gap between splits of {own}, shorter than twice the e-folding time of mean rain ({wanted})"]
