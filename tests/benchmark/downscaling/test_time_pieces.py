"""Cutting a record into pieces."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from downbench.downscaling.time_pieces import wanted_frames
from downbench.errors import UserError
from downbench.pipeline.stretches.time_pieces import CONTEXT, cut_pieces

HOUR = np.timedelta64(1, "h")


@settings(deadline=None)
@given(
    lengths=st.lists(st.integers(1, 40), min_size=1, max_size=4),
    window=st.integers(1, 6),
    past=st.integers(0, 20),
    future=st.integers(0, 3),
    most=st.integers(1, 50),
    data=st.data(),
)
def test_every_wanted_frame_once_with_all_that_it_needs(lengths, window, past, future, most, data):
    gaps = np.repeat(np.arange(len(lengths)) * 7, lengths)
    times = np.datetime64("2020-01-01", "ns") + (np.arange(sum(lengths)) + gaps) * HOUR
    starts = np.repeat(np.cumsum([0, *lengths[:-1]]), lengths)
    ends = np.repeat(np.cumsum(lengths), lengths)
    if len(times) == 2 and len(lengths) == 2:  # two frames apart are one step of seven hours
        starts, ends = np.array([0, 0]), np.array([2, 2])
    common = np.unique(np.diff(times), return_counts=True)
    if len(times) > 1 and common[0][common[1].argmax()] != HOUR:
        return  # gaps are more frequent than steps
    first = data.draw(st.integers(0, len(times) - 1))
    stop = data.draw(st.integers(first + 1, len(times)))
    pieces = cut_pieces(times, slice(first, stop), window, past, future, most)
    assert [f for p in pieces for f in range(p.first, p.stop)] == list(range(first, stop))
    for piece in pieces:
        start, end = starts[piece.first], ends[piece.first]
        assert start <= piece.begin <= piece.first
        assert piece.stop <= piece.end <= end
        assert (piece.begin - start) % window == 0  # windows stand where they always stand
        assert piece.begin == start or piece.first - piece.begin >= max(past, CONTEXT)
        assert piece.end == end or piece.end - piece.stop >= future
        assert piece.end - piece.first <= max(most, window) + future


TIMES = np.datetime64("2020-01-01T01", "ns") + np.arange(48) * HOUR


@pytest.mark.parametrize(
    ("start", "end", "frames"),
    [
        (None, None, (0, 48)),
        ("2020-01-02", None, (23, 48)),
        (None, "2020-01-01", (0, 23)),
        ("2020-01-01T05:00", "2020-01-01T07:00", (4, 7)),
        ("2020-01-01T04:30Z", "2020-01-01T07:30", (4, 7)),
    ],
)
def test_both_ends_are_wanted(start, end, frames):
    found = wanted_frames(TIMES, start, end)
    assert (found.start, found.stop) == frames


@pytest.mark.parametrize(
    ("start", "end", "message"),
    [
        ("tomorrow", None, "--start 'tomorrow' is not a date"),
        (None, "NaT", "--end 'NaT' is not a date"),
        ("2021-01-01", None, "no frames from 2021-01-01 to the last"),
    ],
)
def test_no_frames(start, end, message):
    with pytest.raises(UserError, match=message):
        wanted_frames(TIMES, start, end)
