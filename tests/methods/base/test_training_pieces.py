"""Pieces of training data: what they hold, and that they are the same for every method."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
from sequences import make_sequence, showers

from downbench import FitContext, block_mean
from downbench_methods.base import training_pieces as module
from downbench_methods.base.training_pieces import FRAMES, LEAD, SIDE, in_memory, training_pieces

CONTEXT = FitContext(seed=1, directory=Path())
CELLS = 4 * FRAMES * SIDE**2


def rain(frames: int = 20, size: tuple[int, int] = (80, 96)) -> np.ndarray:
    return showers((frames, 2, *size), np.random.default_rng(0))


def test_a_piece_is_a_window_of_its_sequence():
    fine = rain()
    pieces = list(training_pieces((make_sequence(fine, warmup=2, tiles=[3, 7]),), CONTEXT, CELLS))
    assert len(pieces) == 4
    windows = {x.tobytes() for x in np.lib.stride_tricks.sliding_window_view(fine, (FRAMES, 1, SIDE, SIDE),
               (0, 1, 2, 3))[:, :, ::8, ::8].reshape(-1, FRAMES, SIDE, SIDE)}  # fmt: skip
    for piece in pieces:
        assert piece.truth.tobytes() in windows
        np.testing.assert_allclose(block_mean(piece.truth, 8), piece.coarse, rtol=1e-5)
        assert piece.context.start <= LEAD
        assert piece.context.tile in (3, 7)
        assert len(piece.tile.times) == FRAMES + piece.context.start


def test_pieces_are_drawn_from_the_data_alone():
    train = (make_sequence(rain()),)
    one, other = (list(training_pieces(train, replace(CONTEXT, seed=seed), CELLS)) for seed in (1, 2))
    for a, b in zip(one, other, strict=True):
        np.testing.assert_array_equal(a.truth, b.truth)
    assert one[0].context.seed != other[0].context.seed


def test_small_and_short_domains_are_taken_whole():
    fine = rain(5, (24, 32))
    (piece,) = training_pieces((make_sequence(fine),), CONTEXT, 5 * 24 * 32)
    assert piece.context.start == 0
    assert any(np.array_equal(piece.truth, fine[:, tile]) for tile in (0, 1))


def test_wet_pieces_are_preferred():
    fine = rain(FRAMES, (SIDE, 40 * SIDE))
    fine[..., SIDE * 10 :] = 0  # a quarter is wet
    pieces = list(training_pieces((make_sequence(fine),), CONTEXT, 15 * CELLS))
    wet = np.mean([piece.truth.any() for piece in pieces])
    # one in four is wet, and the chance that one of three candidates is: 1 - (3 / 4)^3 = 0.58
    assert 0.45 < wet < 0.75


def test_lazy_sequences_are_read_once_where_they_are_small(monkeypatch):
    read = make_sequence(rain(FRAMES))
    lazy = replace(read, coarse=read.coarse.chunk(time=1), fine=read.fine.chunk(time=1))
    (found,) = in_memory((lazy,))
    assert isinstance(found.fine.data, np.ndarray)
    np.testing.assert_array_equal(found.fine, read.fine)
    monkeypatch.setattr(module, "MOST_IN_MEMORY", 1e5)
    assert in_memory((lazy,)) == (lazy,)


def test_missing_cells_are_not_valid():
    fine = rain(FRAMES, (SIDE, SIDE))
    fine[:, :, :8] = np.nan
    (piece,) = training_pieces((make_sequence(fine),), CONTEXT, 1)
    np.testing.assert_array_equal(piece.valid, np.isfinite(fine[:, 0]))
