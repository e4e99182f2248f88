"""Pieces that a step is gone through in."""

import pytest

from downbench import DownbenchWarning, RunFailed, UserError
from downbench_methods.training.configuration import TrainingConfig
from downbench_methods.training.pieces import piece_size, smaller_pieces


def test_clips_of_a_piece():
    assert piece_size(TrainingConfig(batch=24, accumulate=3), processes=2) == 4
    with pytest.raises(UserError, match="batch of 24 clips cannot be shared out to 5 processes"):
        piece_size(TrainingConfig(batch=24), processes=5)


def test_pieces_are_halved_as_far_as_they_can_be():
    settings = TrainingConfig(batch=12)
    for pieces in (2, 4):
        with pytest.warns(DownbenchWarning, match=f"in {pieces} pieces"):
            settings = smaller_pieces(settings, 1, MemoryError())
        assert settings.accumulate == pieces
    with pytest.raises(RunFailed, match="out of memory"):  # a piece of three clips
        smaller_pieces(settings, 1, MemoryError())


def test_other_processes_would_not_know_of_it():
    with pytest.raises(RunFailed, match="out of memory"):
        smaller_pieces(TrainingConfig(batch=12), 2, MemoryError())
