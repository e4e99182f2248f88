"""The ledger of ``bench apply`` tells how far it got, or that it cannot be read."""

from __future__ import annotations

import pytest

from downbench.downscaling.ledger import ApplyLedger, PieceProgress, Work
from downbench.pipeline.contract_check import Rain


def test_it_comes_back_with_frames_and_rain(tmp_path):
    ledger = ApplyLedger(tmp_path / "l.json", {"request": 1})
    ledger.note(Work(0, 0, 0, 5), 3, Rain(9, 7, -0.5))
    ledger.note(Work(1, 0, 4, 6), 6, Rain())
    ledger.note(Work(2, 0, 0, 6, (0, 2)), 6, Rain())
    back = ApplyLedger.load(tmp_path / "l.json")
    assert back == ledger
    assert back.is_begun
    assert back.missing(Work(1, 0, 0, 9)) == [Work(1, 0, 0, 4), Work(1, 0, 6, 9)]
    assert back.missing(Work(2, 0, 0, 9, (0, 2))) == [Work(2, 0, 6, 9, (0, 2))]
    assert back.missing(Work(2, 0, 0, 9, (2, 3))) == [Work(2, 0, 0, 9, (2, 3))]


def test_a_method_begins_again_at_its_last_slice_or_where_frames_are_missing():
    state = PieceProgress([(0, 5)], 3)
    assert [state.restart_for(start) for start in (5, 7)] == [3, 7]
    assert PieceProgress().restart_for(0) == 0


@pytest.mark.parametrize(
    "text", [None, "", "{", "[]", "{}", '{"identity": {}, "progress": {"a": 3}, "rain": {}}']
)
def test_a_ledger_that_cannot_be_read_is_none(tmp_path, text):
    if text is not None:
        (tmp_path / "l.json").write_text(text)
    assert ApplyLedger.load(tmp_path / "l.json") is None
