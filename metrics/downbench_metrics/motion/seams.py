"""Seams between windows of frames that a method produces together."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from downbench import Chunk, Curve, Metric, Null, Statistic, Totals, Value
from downbench_metrics.motion.changes import changes
from downbench_metrics.shared.zones import time_slots

WINDOWS = range(2, 9)  # frames
LEAST_PAIRS = 10


class Seams(Metric):
    """Jumps that come back every few frames, where a method joins its windows."""

    name = "seams"
    fair = False
    unit = "1"
    past = 1
    range = (0.0, float("inf"))
    definition = (
        "for windows of w = 2, ..., 8 frames and each phase of the frame number, counted from the start of "
        "the sequence, modulo w: mean absolute change from the frame before, over its mean at all phases, "
        "ensemble over truth, less 1; the value is the largest of these excesses over all windows and "
        "phases. A metric does not know a method's window, so it looks for any. Windows with fewer than 10 "
        "pairs of frames at a phase are left out. Not zero by chance alone: read it against the controls"
    )
    reference = "PROTOCOL: windows count from the start of the sequence"

    def statistics(self, chunk: Chunk) -> Mapping[str, Statistic]:
        """Sums of absolute change, weight and pairs of frames by window and phase, per time bin."""
        return {
            "truth": _by_phase(chunk, changes(chunk, "truth")[1].values),
            "ensemble": _by_phase(chunk, changes(chunk, "ensemble")[1].values),
        }

    def value(self, totals: Totals) -> Value:
        """Largest excess."""
        excess = [e for e in _excesses(totals) if e is not None]
        if not excess:
            return Null(f"fewer than {LEAST_PAIRS} pairs of frames at each phase, or nothing changes")
        return max(float(each.max()) for each in excess)

    def curve(self, totals: Totals) -> Curve:
        """Largest excess by window."""
        excess = [np.nan if e is None else float(e.max()) for e in _excesses(totals)]
        x = np.array(WINDOWS, np.float64)
        return Curve(x, {"ensemble": np.array(excess)}, "window [frames]", "largest excess of change")


def _by_phase(chunk: Chunk, means: NDArray[np.float64]) -> Statistic:
    """Sums by window and phase, (bin, region, 35, 3), of change and weight (time, region, 2), and pairs."""
    count, slot = time_slots(chunk)
    tiles = np.array([max(int(mask.any(axis=(1, 2)).sum()), 1) for mask in chunk.grid.regions.values()])
    pairs = (means[:, :, 1:] > 0) / tiles[:, None]  # so that a pair of frames counts once, not once per tile
    parts = np.concatenate([means, pairs], axis=-1)
    out = np.zeros((count, parts.shape[1], sum(WINDOWS), 3))
    for t, number in enumerate(chunk.index):
        for window, first in zip(WINDOWS, _starts(), strict=True):
            out[slot[t], :, first + number % window] += parts[t]
    return Statistic(out, "bin")


def _starts() -> NDArray[np.int64]:
    """Place of each window's first phase."""
    return np.cumsum([0, *WINDOWS])[:-1]


def _excesses(totals: Totals) -> list[NDArray[np.float64] | None]:
    """Excess at each phase (window,) for each window, None where there is too little to tell."""
    truth, ensemble = totals["truth"], totals["ensemble"]
    excesses: list[NDArray[np.float64] | None] = []
    for window, first in zip(WINDOWS, _starts(), strict=True):
        a, b = (each[first : first + window] for each in (truth, ensemble))
        if a[:, 2].min() < LEAST_PAIRS - 1e-6 or not (a[:, 0].all() and b[:, 0].any()):
            excesses.append(None)
            continue
        level = [each[:, 0] / each[:, 1] * each[:, 1].sum() / each[:, 0].sum() for each in (a, b)]
        excesses.append(level[1] / level[0] - 1)
    return excesses
