"""When and where sequences are."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr
from sequences import make_sequence

from downbench.models.extent import extent

DRY = np.zeros((3, 8, 8), np.float32)


def at(south: float, west: float) -> xr.Dataset:
    """Static fields of a box of 7 by 7 degrees."""
    lat, lon = np.meshgrid(south + np.arange(8.0), west + np.arange(8.0), indexing="ij")
    return xr.Dataset({"lat": (("tile", "y", "x"), lat[None]), "lon": (("tile", "y", "x"), lon[None])})


@pytest.mark.parametrize(
    ("west", "arc"), [(3, (3, 10)), (356, (-4, 3)), (-4, (-4, 3)), (176, (176, 183)), (-90, (-90, -83))]
)
def test_a_box_takes_the_shorter_way(west: float, arc: tuple[float, float]) -> None:
    south, north, *got = extent([make_sequence(DRY, at(50, west))]).box or []
    assert (south, north) == (50, 57)
    turn = round((got[0] - arc[0]) / 360) * 360
    assert [edge - turn for edge in got] == list(arc)


def test_all_sequences_count_and_a_place_that_is_not_known_spoils_it() -> None:
    north, south = make_sequence(DRY, at(50, 0), name="n"), make_sequence(DRY, at(-20, 0), name="s")
    both = extent([north, south])
    assert both.box == [-20, 57, 0, 7]
    assert [(s.name, s.first, s.last) for s in both.sequences][1] == (
        "s",
        "2020-07-01T00:00:00",
        "2020-07-01T02:00:00",
    )
    assert extent([north, make_sequence(DRY)]).box is None
    assert extent([]).sequences == []
