"""Work is cut on the edges of chunks, everything once, and not at all in time where a method forbids it."""

from __future__ import annotations

from itertools import pairwise

import pytest

from downbench.pipeline.stretches.cutting import (
    cut_runs,
    gaps,
    group_count,
    groups_of,
    halves_of,
    pieces_of,
    runs_of,
    with_interval,
)
from downbench.scoring.reading import ChunkTask

CHUNKS = [ChunkTask(0, tile, start, start + 5) for start in range(0, 100, 5) for tile in (0, 1)]


def test_chunks_of_a_tile_are_put_together_as_far_as_they_follow_each_other():
    left = [chunk for chunk in CHUNKS if (chunk.tile, chunk.start) not in {(0, 30), (1, 0)}]
    ends = [(run[0].tile, run[0].start, run[-1].stop) for run in runs_of(left)]
    assert ends == [(0, 0, 30), (0, 35, 100), (1, 5, 100)]
    assert runs_of([]) == []


@pytest.mark.parametrize(("pieces", "past", "count"), [(1, 0, 2), (8, 0, 8), (1000, 0, 40), (1000, 5, 10)])
def test_pieces_hold_every_chunk_once_and_are_longer_than_what_is_sampled_twice(pieces, past, count):
    cut = cut_runs(runs_of(CHUNKS), pieces, past, in_time=True)
    assert sorted(chunk for piece in cut for chunk in piece) == sorted(CHUNKS)
    assert len(cut) == count
    whole = [piece for piece in cut if piece[-1].stop < 100]
    assert all(piece[-1].stop - piece[0].start >= 4 * past for piece in whole)


def test_a_method_that_is_not_cut_in_time_has_whole_tiles():
    assert cut_runs(runs_of(CHUNKS), 8, 0, in_time=False) == runs_of(CHUNKS)


def test_gaps_are_what_is_not_done():
    done = with_interval(with_interval([], (6, 9)), (0, 4))
    assert gaps(done, 12) == [(4, 6), (9, 12)]
    assert with_interval(done, (4, 6)) == [(0, 9)]
    assert gaps([(0, 12)], 12) == []
    assert gaps([], 3) == [(0, 3)]


@pytest.mark.parametrize("length", [1, 4, 7, 100])
def test_stored_pieces_end_at_stored_chunks(length):
    pieces = pieces_of((6, 23), length, 3)
    assert (pieces[0][0], pieces[-1][1]) == (6, 23)
    assert all(stop % 3 == 0 for _, stop in pieces[:-1])
    assert all(one[1] == two[0] for one, two in pairwise(pieces))


def test_members_are_cut_only_as_far_as_pieces_are_few():
    both = ("tile", "member")
    assert [group_count(8, pieces, 16, both) for pieces in (1, 3, 8, 20)] == [8, 3, 1, 1]
    assert group_count(100, 1, 16, both) == 16
    assert group_count(8, 1, 16, ("tile", "time")) == 1
    assert groups_of(7, 3) == [(0, 3), (3, 6), (6, 7)]
    assert groups_of(7, 7) == [None]


@pytest.mark.parametrize(("whole", "halves"), [((0, 9), [(0, 6), (6, 9)]), ((3, 8), [(3, 6), (6, 8)])])
def test_halves_meet_at_a_stored_chunk(whole, halves):
    assert halves_of(whole, 3) == halves
    assert halves_of((3, 6), 3) == []
