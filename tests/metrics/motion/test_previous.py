"""The frame before a chunk."""

from __future__ import annotations

import numpy as np
from scoring_world import make_world

from downbench_metrics.motion.previous import frame_before

WORLD = make_world(members=2, steps=(6,), tiles=1, size=16, hole=False)


def test_it_is_the_last_frame_of_the_past():
    truth, members = frame_before(WORLD.chunk("s0", 0, 3, 6))
    np.testing.assert_array_equal(truth, WORLD.truth["s0"][0, 2].ravel())
    np.testing.assert_array_equal(members, WORLD.members["s0"][:, 0, 2].reshape(2, -1))


def test_before_a_sequence_there_is_nothing():
    truth, members = frame_before(WORLD.chunk("s0", 0, 0, 6))
    assert truth.shape == (256,)
    assert members.shape == (2, 256)
    assert np.isnan(truth).all()
    assert np.isnan(members).all()
