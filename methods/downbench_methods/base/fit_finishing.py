"""Fitting what finishes an ensemble, to samples of training data: one way for all methods."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np

from downbench import FieldSequence, FitContext
from downbench_methods.base.sampling import Array, TileMethod
from downbench_methods.base.training_pieces import SIDE, Piece, in_memory, training_pieces
from downbench_methods.fields.calibration import fit_calibration
from downbench_methods.fields.finishing import Finisher

CALIBRATION_CELLS = (1_000_000, 3_000_000)  # at least and at most
CALIBRATION_SHARE = 32  # one part in so many of a record, whose extremes are as many as it is long
MEMORY_CELLS = 400_000  # of a trial
TRIALS = (0.0, 0.5, 0.8, 0.95)  # correlations of noise from frame to frame


def fit_finishing(
    method: TileMethod[Any],
    train: tuple[FieldSequence, ...],
    context: FitContext,
    memory: float | None = None,
) -> Finisher:
    """Fit what finishes the samples of a fitted method.

    Args:
        method: an ensemble, fitted but for this; a method of one field gets nothing.
        train: sequences of training data.
        context: of the fit.
        memory: that of the residual in training data, in hours; None, where there is no residual, matches the
            lag-1 correlation of samples to that of rain.

    Returns:
        What ``method.finisher`` is to be.
    """
    if method.members(2) < 2:
        return Finisher()
    train = in_memory(train)
    method.finisher = Finisher(memory=memory or 0.0)
    if method.config.calibrate:
        with _remembering(method, memory or 0.0):
            calibration = _calibration(method, train, context)
        method.finisher = Finisher(calibration=calibration, memory=memory or 0.0)
    if memory is not None or not method.remembers:
        return method.finisher
    pieces = list(training_pieces(train, context, min(MEMORY_CELLS, _cells(train))))
    return method.finisher.model_copy(update={"memory": match_memory(method, pieces)})


def _calibration(method: TileMethod[Any], train: tuple[FieldSequence, ...], context: FitContext) -> Any:
    pieces = list(training_pieces(train, context, calibration_cells(_cells(train))))
    samples = [drawn(method, piece) for piece in pieces]
    rain, coarse, valid = (
        np.concatenate([getattr(piece, name) for piece in pieces]) for name in ("truth", "coarse", "valid")
    )
    passes, conserved = method.config.calibrate, method.config.conserve
    return fit_calibration(np.concatenate(samples), np.nan_to_num(rain), coarse, valid, passes, conserved)


def calibration_cells(record: int) -> int:
    """Fine cells that a calibration is fitted to, of a record of so many."""
    least, most = CALIBRATION_CELLS
    return min(record, max(least, min(most, record // CALIBRATION_SHARE)))


def _cells(train: tuple[FieldSequence, ...]) -> int:
    return sum(sequence.fine.size for sequence in train)


def drawn(method: TileMethod[Any], piece: Piece) -> Array:
    """One member of a piece before it is finished, in mm/h, (frames, y, x)."""
    out = np.empty_like(piece.truth)
    for frames, rain in method.parts(piece.tile, 1, piece.context):
        for position, frame in zip(frames, rain[0], strict=True):
            if position >= piece.context.start:
                out[position - piece.context.start] = frame
    return out


def match_memory(method: TileMethod[Any], pieces: Sequence[Piece]) -> float:
    """Memory of noise in hours with which samples have the lag-1 correlation of rain.

    That of samples is tried at a few memories, and taken to be linear in the noise's correlation between
    them; the longest one where all of them are too short.
    """
    wanted = lag1([np.where(piece.valid, piece.truth, np.nan) for piece in pieces])
    if not np.isfinite(wanted):
        return 0.0
    hours = _hours(pieces[0])
    found = [_lag1_of_samples(method, pieces, memory_of(r, hours)) for r in TRIALS]
    if not np.isfinite(found).all():  # samples without any variation
        return 0.0
    rising = np.maximum.accumulate(found)
    return memory_of(float(np.interp(wanted, rising, TRIALS)), hours)


def memory_of(correlation: float, hours: float) -> float:
    """E-folding time in hours of a process with such a correlation between frames so many hours apart."""
    return -hours / math.log(correlation) if correlation > 0 else 0.0


def lag1(rain: Sequence[Array]) -> float:
    """Correlation of rain with that of the same cell one frame before, over stretches (time, y, x)."""
    pairs = np.concatenate([np.stack([x[:-1].ravel(), x[1:].ravel()]) for x in rain], 1)
    pairs = pairs[:, np.isfinite(pairs).all(0)].astype(np.float64)
    if pairs.shape[1] < 2 or (pairs.std(1) == 0).any():
        return math.nan
    return float(np.corrcoef(pairs)[0, 1])


def _hours(piece: Piece) -> float:
    times = piece.tile.times
    return float((times[1] - times[0]) / np.timedelta64(1, "h")) if len(times) > 1 else 1.0


def _lag1_of_samples(method: TileMethod[Any], pieces: Sequence[Piece], memory: float) -> float:
    with _remembering(method, memory):
        made = []
        for piece in pieces:
            rain = method.finished(drawn(method, piece)[None], piece.coarse, piece.tile)[0]
            made.append(np.where(piece.valid, rain, np.nan))
    return lag1(made)


@contextmanager
def _remembering(method: TileMethod[Any], memory: float) -> Iterator[None]:
    """Let a method draw noise with a memory, whatever parameters of sampling its configuration has.

    The fit is shared by all of them, so it must not depend on which of them comes first.
    """
    config, finisher = method.config, method.finisher
    whole = {"window": max(config.window, SIDE)} if hasattr(config, "window") else {}
    method.config = config.model_copy(update={"noise_memory": "fitted", **whole})
    method.finisher = finisher.model_copy(update={"memory": memory})
    try:
        yield
    finally:
        method.config, method.finisher = config, finisher
