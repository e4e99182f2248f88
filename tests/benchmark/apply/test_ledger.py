"""The ledger of ``bench apply`` tells how far it got, or that it cannot be read."""

from __future__ import annotations

import pytest

from downbench.apply.apply import ApplyLedger, PieceProgress


def test_it_comes_back_with_frames_and_rain(tmp_path):
    ledger = ApplyLedger(tmp_path / "l.json", {"request": 1})
    ledger.progress = {"0 0": PieceProgress(5, 3), "1 0": PieceProgress(2)}
    ledger.rain.negative, ledger.rain.minimum = 7, -0.5
    ledger.save()
    back = ApplyLedger.load(tmp_path / "l.json")
    assert back == ledger
    assert back.frames == 7


@pytest.mark.parametrize(
    "text", [None, "", "{", "[]", "{}", '{"identity": {}, "progress": {"a": 3}, "rain": {}}']
)
def test_a_ledger_that_cannot_be_read_is_none(tmp_path, text):
    if text is not None:
        (tmp_path / "l.json").write_text(text)
    assert ApplyLedger.load(tmp_path / "l.json") is None
