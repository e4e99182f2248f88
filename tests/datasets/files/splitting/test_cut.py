"""Splits by region, by tile and as asked: no cell in two splits, and the gap between them kept."""

from __future__ import annotations

from itertools import combinations, pairwise

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from downbench import UserError
from downbench_datasets.files.splitting.cut import SPACE_GAP, Whole, cut_as_asked, cut_in_space
from downbench_datasets.files.splitting.parts import Part, set_apart
from downbench_datasets.files.splitting.spec import SplitsSpec

DAYS = np.datetime64("2010-01-01", "s") + np.arange(730) * np.timedelta64(86400, "s")
LAT, LON = np.meshgrid(np.arange(59.0, 49, -1), np.arange(-6.0, 6), indexing="ij")
WHOLE = Whole(DAYS, "standard", 1, (10, 12), LAT[None], LON[None], "rain.nc")


def cells(part: Part, frames: int, tiles: int, size: tuple[int, int]) -> np.ndarray:
    """Which (frame, tile, row, column) belong to a part."""
    mask = np.zeros((frames, tiles, *size), bool)
    for first, stop in part.frames:
        for tile in part.tiles:
            mask[first:stop, tile, slice(*part.rows), slice(*part.columns)] = True
    return mask


runs = st.tuples(st.integers(0, 11), st.integers(0, 11)).map(lambda pair: (min(pair), max(pair) + 1))
parts = st.builds(
    Part,
    frames=st.lists(st.tuples(st.integers(0, 35), st.integers(1, 8)), min_size=1, max_size=2).map(
        lambda pairs: tuple((first, first + length) for first, length in pairs)
    ),
    tiles=st.sets(st.integers(0, 1), min_size=1).map(tuple),
    rows=runs,
    columns=runs,
)


@settings(max_examples=150, deadline=None)
@given(parts, parts, parts, st.integers(0, 6))
def test_no_cell_is_shared_and_the_gap_is_kept(train: Part, validation: Part, test: Part, gap: int) -> None:
    asked = {"train": train, "validation": validation, "test": test}
    try:
        apart = set_apart(asked, gap, "rain.nc")
    except UserError:
        masks = [cells(part, 50, 2, (12, 12)) for part in asked.values()]
        reach = [_widened(mask, gap) for mask in masks]
        assert any((a & b).any() for a, b in combinations(reach, 2))  # they were too close somewhere
        return
    masks = {split: cells(part, 50, 2, (12, 12)) for split, part in apart.items()}
    for one, other in combinations(masks, 2):
        assert not (_widened(masks[one], gap) & masks[other]).any()
    np.testing.assert_array_equal(masks["test"], cells(test, 50, 2, (12, 12)))
    assert not (masks["train"] & ~cells(train, 50, 2, (12, 12))).any()


def _widened(mask: np.ndarray, gap: int) -> np.ndarray:
    """With ``gap`` frames before and after."""
    wide = mask.copy()
    for shift in range(1, gap + 1):
        wide[shift:] |= mask[:-shift]
        wide[:-shift] |= mask[shift:]
    return wide


@given(st.integers(3, 40), st.integers(3, 40), st.sampled_from(["region", "tile"]), st.integers(1, 9))
def test_regions_and_tiles_lie_apart(rows: int, columns: int, how: str, tiles: int) -> None:
    whole = Whole(DAYS[:5], "standard", tiles, (rows, columns), None, None, "rain.nc")
    assume(tiles >= 3 if how == "tile" else max(rows, columns) >= 3 + 2 * SPACE_GAP)
    masks = [cells(part, 5, tiles, (rows, columns)) for part in cut_in_space(whole, how).values()]  # type: ignore[arg-type]
    assert all(mask.any() for mask in masks)
    assert np.sum(masks, 0).max() == 1
    if how == "region":
        axis = 3 if columns > rows else 2
        places = [np.flatnonzero(mask.any(tuple({0, 1, 2, 3} - {axis}))) for mask in masks]
        assert all(late[0] - early[-1] == SPACE_GAP + 1 for early, late in pairwise(places))


def test_what_is_asked_for() -> None:
    asked = SplitsSpec.model_validate(
        {
            "train": {"period": ["2010-01/2010-06", "2011-01-01/2011-03-31"], "box": [-10, 53, 10, 60]},
            "validation": {"period": 2010, "box": [355, 50, 4, 51]},
            "test": {"period": "2011-04-01/2011-12", "box": [-2.5, 50, 1.2, 60]},
        }
    )
    parts = cut_as_asked(WHOLE, asked, 5)
    assert parts["test"] == Part(((455, 730),), (0,), (0, 10), (4, 8))
    assert parts["train"] == Part(((0, 181), (365, 450)), (0,), (0, 7), (0, 12))
    assert parts["validation"] == Part(((0, 365),), (0,), (8, 10), (1, 11))


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ({"train": {"period": "2010"}, "test": {"period": "2010-12/2011"}}, "train and test share cells"),
        ({"test": {"period": "2012/2013"}}, "has no frames; the record has 2010-01-01|has no frames"),
        ({"test": {"period": "soon"}}, "'soon' is not a date"),
        ({"test": {"box": [0, 0, 10, 10]}}, "no coarse cell has its centre in the box"),
        ({"test": {"tiles": 3}}, "there is no tile 3"),
        (
            {"train": {"period": "2010-12-30/2010-12-31"}, "test": {"period": "2011"}},
            "no frame of train is 5",
        ),
    ],
)
def test_what_cannot_be_is_refused(asked: dict[str, object], message: str) -> None:
    with pytest.raises(UserError, match=message):
        cut_as_asked(WHOLE, SplitsSpec.model_validate(asked), 5)


def test_a_box_needs_coordinates() -> None:
    blind = Whole(DAYS, "standard", 1, (10, 12), None, None, "rain.nc")
    with pytest.raises(UserError, match="latitude and longitude are not known"):
        cut_as_asked(blind, SplitsSpec.model_validate({"test": {"box": [0, 0, 1, 1]}}), 1)
