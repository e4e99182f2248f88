"""Frames are told by content, times and nothing else."""

import pytest

from downbench.store.scored_frames import frames_identity

MINE = ("f" * 64, 12, "2020-01-01T00:00:00", "2020-01-02T09:00:00")


@pytest.mark.parametrize("place", range(4))
def test_each_of_what_tells_frames_counts(place):
    other = list(MINE)
    other[place] = 13 if place == 1 else "another"
    assert frames_identity(*other) != frames_identity(*MINE) == frames_identity(*MINE)
