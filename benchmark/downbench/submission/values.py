"""Checks of the values, in one pass over the predictions."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from downbench.contracts.dataset import FieldSequence
from downbench.rain_values import RAIN_LIMIT, is_fill_code
from downbench.resampling import block_mean
from downbench.scoring.frames import Frames, steps
from downbench.scoring.reading import coarse_rain, read_fields
from downbench.submission.catalogue import Finding
from downbench.submission.likeness import likeness
from downbench.submission.predictions import Located, Predictions
from downbench.submission.tally import Tally

BLOCK_VALUES = 2**23  # members x cells in memory at once
MOST_COARSE = 2**22  # coarse cells that are held against each other, of the first frames
_UNITS = {
    "mm/day": 24,
    "kg m-2 s-1": 1 / 3600,
    "mm/h, converted twice": 3600,
    "m/h": 1e-3,
    "m/s": 1 / 3.6e6,
    "inch/h": 1 / 25.4,
    "hundredths of mm": 100,
    "tenths of mm": 10,
}
_NEAR = 0.12  # relative: how near the rain must come to another unit's
_LOGARITHMS = 0.2  # share of negative cells above which rain is none
_TOTALS = 3, 0.45  # frames in which nothing falls, and their share: totals may begin anew every other step
_REPEATED = 20, 3  # cells and frames at the highest value that make it a limit


def check_values(predictions: Predictions, frames: Frames, members: int) -> list[Finding]:
    """Read all predictions once and say what is odd about them.

    Args:
        predictions: located.
        frames: that they are of.
        members: so many of them.
    """
    tally, findings = Tally(), []
    for sequence in frames.sequences:
        located = predictions.sequences[sequence.name]
        alike = _pass(tally, located, sequence, frames.dataset.factor, members)
        if not frames.dataset.points:  # whose order says nothing
            findings += likeness(*alike, shifts=sequence.time_factor == 1)
    step = float(frames.dataset.step / np.timedelta64(1, "h")) * frames.dataset.time_factor
    if frames.dataset.points:
        tally.inner_structure = True  # of cells that are alone
    return [*_judged(tally, step), *dict.fromkeys(findings)] if tally.cells else []


def _pass(
    tally: Tally, located: Located, sequence: FieldSequence, factor: int, members: int
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Coarse rain and coarsened predictions (time, tile, Y, X) of the first frames; the tally sees all."""
    sizes = sequence.fine.sizes
    tiles, cells = sizes["tile"], sizes["y"] * sizes["x"]
    held = min(len(sequence.times), max(MOST_COARSE // (tiles * cells // factor**2), 2))
    shape = (held, tiles, sizes["y"] // factor, sizes["x"] // factor)
    coarse, mine = (np.full(shape, np.nan, np.float32) for _ in range(2))
    for tile in range(tiles):
        for part in steps(len(sequence.times), max(BLOCK_VALUES // (members * cells), 1)):
            values = located.read(tile, part, members)
            truth, _ = read_fields(sequence, tile, part, factor)
            rain = coarse_rain(sequence, tile, part)
            tally.see(f"{sequence.name}/{tile}", part.start, values, truth, rain, factor)
            if part.start < held:
                kept = slice(part.start, min(part.stop, held))
                length = kept.stop - kept.start
                coarse[kept, tile] = rain[:length]
                mean = values[:, :length].mean(axis=0)
                mine[kept, tile] = block_mean(mean, factor)
    return coarse, mine


def _judged(tally: Tally, step: float) -> list[Finding]:
    findings: list[Finding] = []

    def say(check: str, text: str, when: Any = True) -> None:
        if when:
            findings.append(Finding(check, text))

    if tally.missing == tally.cells:
        return [Finding("empty", f"{tally.cells} cells")]
    say("missing", f"{tally.missing} of {tally.cells} cells, first {tally.first_missing}", tally.missing)
    say("infinite", f"{tally.infinite} of {tally.cells} cells", tally.infinite)
    members, distinct = tally.copies
    say("one-member", "no scores of probabilities", members == 1)
    if tally.highest == 0 and tally.lowest == 0:
        return [*findings, Finding("all-zero", "every value is zero")]
    say("members-equal", f"{members} members", members > 1 and distinct == 1)
    say("members-twice", f"{members - distinct} of {members} members", 1 < distinct < members)
    codes = [value for value in (tally.lowest, tally.highest) if _is_code(value)]
    say("fill-code", f"a value of {codes[0]:g}" if codes else "", codes)
    totals = tally.risen_frames >= _TOTALS[0] and tally.risen_frames >= _TOTALS[1] * tally.falling_frames
    where = f"{tally.risen_frames} of {tally.falling_frames} frames"
    say("running-totals", f"no cell falls in {where} in which the coarse rain does", totals)
    if not codes:
        findings += _amounts(tally, step)
    equal = max(tally.as_truth.values())
    is_truth = tally.wet_truth >= 100 and equal > 0.99 * tally.wet_truth
    say("truth", f"{equal} of {tally.wet_truth} wet cells of a member are equal", is_truth)
    structure = tally.wet_frames > tally.flat_frames and not tally.inner_structure
    say("coarse-field", "no coarse cell has two values", structure)
    say("flat", f"{tally.flat_frames} of {tally.wet_frames} wet frames", tally.flat_frames)
    say("frames-repeated", f"{tally.repeated_frames} of {tally.frames} frames", tally.repeated_frames)
    say("half-precision", "float16 holds every value", tally.wet >= 100 and not tally.fine_bits)
    return findings


def _is_code(value: float) -> bool:
    return abs(value) > 1e10 or is_fill_code(abs(value)) or value in (-99.0, -9999.0, -999.0)


def _amounts(tally: Tally, step: float) -> list[Finding]:
    share = tally.negative / tally.cells
    if share > _LOGARITHMS:
        return [Finding("log-values", f"{share:.0%} of the cells, as low as {tally.lowest:.3g} mm/h")]
    findings = []
    if tally.negative:
        text = f"{share:.2%} of the cells, as low as {tally.lowest:.3g} mm/h"
        findings.append(Finding("negative", text))
    if tally.highest > RAIN_LIMIT:
        findings.append(Finding("impossible", f"{tally.highest:.4g} mm/h"))
    cells, frames = _REPEATED
    if tally.at_highest >= cells and len(tally.frames_at_highest) >= frames:
        where = f"{tally.at_highest} cells of {len(tally.frames_at_highest)} frames"
        text = f"{where} have {tally.highest:.4g} mm/h"
        findings.append(Finding("clipped", text))
    return findings + _ratio(tally, step)


def _ratio(tally: Tally, step: float) -> list[Finding]:
    """What the amount of rain says, against that of the coarse input."""
    if tally.coarse_rain <= 0 or tally.rain <= 0:
        return []
    ratio = tally.rain / tally.coarse_rain
    text = f"{ratio:.3g} times the rain of the coarse input"
    for unit, factor in _UNITS.items():
        if abs(ratio / factor - 1) < _NEAR:
            return [Finding("units-by-amount", f"{text}: the values may be in {unit}")]
    for factor in (step, 1 / step):
        if step >= 2 and abs(ratio / factor - 1) < _NEAR / 2:
            return [Finding("amount-per-step", f"{text}, and a step lasts {step:g} h")]
    usual = (ratio, tally.rain / tally.truth_rain if tally.truth_rain > 0 else ratio)
    return [] if any(0.5 <= one <= 2 for one in usual) else [Finding("mean-off", text)]
