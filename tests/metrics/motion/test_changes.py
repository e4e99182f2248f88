"""Changes from frame to frame against numpy, in bins whose edges are powers of two."""

from __future__ import annotations

import numpy as np
import pytest
from scoring_world import make_world

from downbench_metrics.motion.changes import BINS, change_edges, changes

WORLD = make_world(seed=3, members=2, steps=(9,), size=24)


def pooled(which, region="all"):
    """Changes and weights of all members in tile 0, later frame by later frame, both ends valid."""
    truth, members, area = WORLD.truth["s0"][0], WORLD.members["s0"][:, 0], WORLD.grid.area[0]
    fields = truth[None] if which == "truth" else members
    valid = np.isfinite(truth[1:]) & np.isfinite(truth[:-1]) & WORLD.grid.regions[region][0]
    values = np.concatenate([np.diff(field, axis=0)[valid] for field in fields])
    weights = np.tile(np.broadcast_to(area, valid.shape)[valid] / len(fields), len(fields))
    return values.astype(np.float64), weights


def test_edges_are_sixteen_to_an_octave_on_both_sides_of_zero():
    edges = change_edges()
    assert len(edges) == BINS - 1
    np.testing.assert_array_equal(edges, -edges[::-1])
    positive = edges[edges > 0]
    assert (positive[0], positive[-1]) == (2.0**-10, 2.0**10)
    octaves = positive[::16]
    np.testing.assert_array_equal(octaves[1:] / octaves[:-1], 2.0)
    within = np.diff(positive).reshape(-1, 16)  # evenly spaced inside an octave
    np.testing.assert_allclose(within, np.broadcast_to(within[:, :1], within.shape), rtol=1e-12)


@pytest.mark.parametrize("region", ["all", "north"])
@pytest.mark.parametrize("which", ["truth", "ensemble"])
def test_histogram_and_mean_size_are_those_of_numpy(which, region):
    chunk = WORLD.chunk("s0", 0, 0, 9)
    histogram, size = changes(chunk, which)
    number = list(WORLD.grid.regions).index(region)
    values, weights = pooled(which, region)
    edges = np.concatenate([[-np.inf], change_edges(), [np.inf]])
    for row, factor in ((0, 1.0), (1, values)):
        want, _ = np.histogram(values, edges, weights=weights * factor)
        got = histogram.values.sum(axis=0)[number, row]
        # a change on an edge counts with the larger ones of its sign, numpy's edges are closed on the left
        np.testing.assert_allclose(got, want, rtol=1e-6, atol=1e-6 * abs(want).max())
    total = size.values.sum(axis=0)[number]
    np.testing.assert_allclose(total, [(abs(values) * weights).sum(), weights.sum()], rtol=1e-6)


def test_the_change_into_a_chunk_is_that_from_its_past():
    """Cut at frame 4: the change from frame 3 to 4 belongs to the later chunk, once."""
    whole = changes(WORLD.chunk("s0", 1, 0, 9), "ensemble")[1].values
    later = changes(WORLD.chunk("s0", 1, 4, 9), "ensemble")[1].values
    np.testing.assert_allclose(later, whole[4:], rtol=1e-9)
    assert whole[0].max() == 0  # nothing comes before the first frame
    assert later[0].min() > 0
