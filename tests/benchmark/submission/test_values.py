"""What is counted and correlated, against numpy, and whatever the blocks."""

from __future__ import annotations

from dataclasses import asdict

import numpy as np
import pytest

from downbench.submission.likeness import correlation, likeness
from downbench.submission.tally import Tally
from downbench.submission.values import MOST_COARSE

RANDOM = np.random.default_rng(5)


def rain(*shape: int) -> np.ndarray:
    return np.maximum(RANDOM.gamma(0.4, 2, shape) - 0.3, 0).astype(np.float32)


def test_counts_do_not_depend_on_the_blocks() -> None:
    members, truth, coarse = rain(2, 6, 8, 8), rain(6, 8, 8), rain(6, 2, 2)
    members[:, 4] = members[:, 3]
    members[0, 2, 1, 1] = members.max() + 1
    members[1, 5, 1, 1] = members.max()
    members[1, 1, 0, 0], coarse[2, 1, 1] = np.nan, np.nan
    whole, parts = Tally(), Tally()
    whole.see("t", 0, members, truth, coarse, 4)
    for start in range(0, 6, 2):
        part = slice(start, start + 2)
        parts.see("t", start, members[:, part], truth[part], coarse[part], 4)
    left, right = asdict(whole), asdict(parts)
    assert left.pop("codes").keys() == right.pop("codes").keys()
    for name in ("rain", "coarse_rain", "truth_rain"):
        assert left.pop(name) == pytest.approx(right.pop(name))
    assert left == right
    assert whole.missing == 1
    assert whole.repeated_frames == 1
    assert (whole.at_highest, len(whole.frames_at_highest)) == (2, 2)


def test_half_precision_is_told_by_its_bits() -> None:
    values = rain(1, 3, 8, 8)
    for kept, fine in ((values, True), (values.astype(np.float16).astype(np.float32), False)):
        tally = Tally()
        tally.see("t", 0, kept, rain(3, 8, 8), rain(3, 2, 2), 4)
        assert tally.fine_bits is fine


def test_correlation_is_that_of_numpy_over_valid_cells() -> None:
    one, other = rain(5, 1, 6, 6), rain(5, 1, 6, 6)
    one[0, 0, 2, 2] = np.nan
    both = np.isfinite(one)
    assert correlation(one, other) == pytest.approx(np.corrcoef(one[both], other[both])[0, 1])
    assert correlation(one[:1], other[:1]) == 0, "too few to speak of"


def test_likeness_names_what_was_done_and_nothing_else() -> None:
    coarse = np.maximum(np.cumsum(RANDOM.standard_normal((6, 1, 12, 12)), axis=2), 0).astype(np.float32)
    assert likeness(coarse, coarse + rain(*coarse.shape), shifts=True) == []
    turned = likeness(coarse, coarse[:, :, ::-1, ::-1], shifts=True)
    assert [finding.check for finding in turned] == ["flipped-y", "flipped-x"]
    late = likeness(coarse, np.roll(coarse, 1, axis=0), shifts=True)
    assert "of the frame before" in late[0].message
    assert likeness(coarse, np.zeros_like(coarse), shifts=True) == []
    assert coarse.size < MOST_COARSE
