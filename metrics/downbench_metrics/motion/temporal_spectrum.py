"""Distance of spectra in time."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from downbench import Chunk, Curve, Metric, Null, Statistic, Totals, Value
from downbench_metrics.shared.zones import flat, time_slots

SEGMENT, APART = 16, 8  # frames
PAST = 16  # as for spells, so that both look at the same copy


class TemporalSpectrum(Metric):
    """How far a cell's spectrum in time is from that of the truth, in decibels."""

    name = "temporal-spectrum"
    unit = "dB"
    past = PAST
    definition = (
        "Welch: segments of 16 frames of a cell, each 8 after the one before, counted from the start of the "
        "sequence; mean removed, Hann; power at 1 to 8 cycles per segment averaged by area over cells and "
        "segments, then 10 log10 of member over truth; root mean square over frequencies, evenly in log f; "
        "mean over members. A cell counts where its segment is wholly valid, in the bin where it ends"
    )
    reference = "Welch (1967), doi:10.1109/TAU.1967.1161901"

    def statistics(self, chunk: Chunk) -> Mapping[str, Statistic]:
        """Power by frequency and weight, per time bin (bin, region, member, 9)."""
        truth, members = (flat(field) for field in chunk.with_past(PAST))
        return {"truth": _powers(chunk, truth[None], truth), "ensemble": _powers(chunk, members, truth)}

    def value(self, totals: Totals) -> Value:
        """RMS distance [dB]."""
        if totals["truth"][0, -1] <= 0:
            return Null(f"no cell is valid for a whole segment of {SEGMENT} frames")
        truth, members = totals["truth"][:, :-1], totals["ensemble"][:, :-1]
        if not (truth > 0).all():
            return Null("the truth is constant in time")
        if not (members > 0).all():
            return Null("a member is constant in time")
        number = np.arange(1, SEGMENT // 2 + 1)
        weight = np.log((number + 0.5) / (number - 0.5))
        decibel = 10 * np.log10(members / truth)
        return float(np.sqrt((decibel**2 * weight).sum(axis=1) / weight.sum()).mean())

    def curve(self, totals: Totals) -> Curve | None:
        """Mean power of truth and of members against frequency."""
        if totals["truth"][0, -1] <= 0:
            return None
        x = np.arange(1, SEGMENT // 2 + 1) / (SEGMENT * float(totals.info["step_hours"]))
        series = {w: (totals[w][:, :-1] / totals[w][:, -1:]).mean(axis=0) for w in ("truth", "ensemble")}
        return Curve(x, series, "frequency [1/h]", "power [(mm/h)2]", log_x=True, log_y=True)


@lru_cache(maxsize=1)
def _transform() -> NDArray[np.float64]:
    """Mean removal, periodic Hann window of mean square one and Fourier transform as one matrix.

    (real and imaginary parts at 1..8, 16), scaled so that squares add up to the mean square of white noise.
    """
    t = np.arange(SEGMENT)
    window = 0.5 - 0.5 * np.cos(2 * np.pi * t / SEGMENT)
    tapered = np.diag(window / np.sqrt(np.mean(window**2))) @ (np.eye(SEGMENT) - 1 / SEGMENT)
    modes = np.fft.rfft(tapered, axis=0)[1:] / SEGMENT
    modes *= np.sqrt(np.where(t[1 : SEGMENT // 2 + 1] < SEGMENT // 2, 2, 1))[:, None]
    return np.concatenate([modes.real, modes.imag])


def _powers(chunk: Chunk, fields: NDArray[np.float32], truth: NDArray[np.float32]) -> Statistic:
    """Sums over the segments that end in the chunk; fields (member, past + time, cell)."""
    count, slot = time_slots(chunk)
    area, label = chunk.grid.area[chunk.tile].ravel(), chunk.grid.zones(chunk.tile).label
    inside = chunk.grid.zones(chunk.tile).members
    half, out = SEGMENT // 2, np.zeros((count, len(inside), len(fields), SEGMENT // 2 + 1))
    for t, number in enumerate(chunk.index):
        if number < SEGMENT - 1 or (number - SEGMENT + 1) % APART:
            continue
        here = slice(t + PAST - SEGMENT + 1, t + PAST + 1)
        weight = np.where(np.isfinite(truth[here]).all(axis=0), area, 0.0)
        out[slot[t], :, :, half] += (inside @ np.bincount(label, weight, inside.shape[1]))[:, None]
        weights = (weight * inside[:, label]).T
        for k, member in enumerate(fields):
            changing = (weight > 0) & (member[here] != member[t + PAST]).any(axis=0)  # the rest has no power
            modes = _transform() @ member[here, changing].astype(np.float64)
            power = modes[:half] ** 2 + modes[half:] ** 2
            out[slot[t], :, k, :half] += (power @ weights[changing]).T
    return Statistic(out, "bin")
