"""What a dataset's author hands over as a split."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from sequences import make_sequence

from downbench import UserError
from downbench.contracts.open_split import open_split

RAIN = np.ones((3, 16, 16), np.float32)


class Mine:
    """A dataset as far as opening goes."""

    name = "mine"
    time_factor = 1

    def __init__(self, opened: Any) -> None:
        self.opened = opened

    def open(self, split: str) -> Any:
        if isinstance(self.opened, BaseException):
            raise self.opened
        return self.opened


@pytest.mark.parametrize(
    ("opened", "said"),
    [
        (KeyError("pr"), r"dataset 'mine' failed: KeyError: 'pr' \(.*test_open_split\.py:\d+ in open\)"),
        (SystemExit(3), r"dataset 'mine' called sys\.exit\(3\)"),
        (None, r"open\('test'\) returned a NoneType \(.*test_open_split\.py:\d+\)"),
        (
            make_sequence(RAIN.copy()),
            r"(?s)returned a FieldSequence .*return \(sequence,\)",
        ),
        ([np.zeros(3)], "returned a list of ndarray"),
    ],
)
def test_mistakes_are_named(opened: Any, said: str) -> None:
    with pytest.raises(UserError, match=said):
        open_split(Mine(opened), "test")  # type: ignore[arg-type]


def test_no_field_can_be_written_to() -> None:
    sequence = make_sequence(RAIN.copy())
    [opened] = open_split(Mine([sequence]), "train")  # type: ignore[arg-type]
    for values in (opened.fine.to_numpy(), opened.coarse["precipitation"].to_numpy()):
        with pytest.raises(ValueError, match="read-only"):
            values[...] = 0
    np.testing.assert_array_equal(opened.fine, sequence.fine)
    sequence.fine.to_numpy()[...] = 0  # the dataset's own arrays are the dataset's


def test_a_sequence_refines_time_as_the_dataset_says() -> None:
    mine = Mine([make_sequence(RAIN.copy())])
    mine.time_factor = 24
    with pytest.raises(UserError, match="'s' has 1 fine frames in a coarse one, the dataset says 24"):
        open_split(mine, "train")  # type: ignore[arg-type]
