"""Statistics on disk are those in memory."""

from __future__ import annotations

import numpy as np
import pytest
from scoring_metrics import all_metrics
from scoring_world import make_world

from downbench.scoring import scratch
from downbench.scoring.engine import Accumulator
from downbench.scoring.inference import picked
from downbench.scoring.inference.values import work_out
from downbench.scoring.statistics import Statistics


@pytest.fixture
def small_parts(monkeypatch):
    """Everything large enough to lie on disk, and read in several parts."""
    monkeypatch.setattr(scratch, "SMALL", 0)
    monkeypatch.setattr(picked, "_PART_VALUES", 50)


def test_nothing_changes(tmp_path, small_parts):
    world, metrics = make_world(steps=(40, 21)), all_metrics()
    plain = world.score(metrics, length=5, past=16)
    accumulator = Accumulator(metrics, world.grid, world.frames, 3, tmp_path)
    for cut in world.cuts(5):
        accumulator.add(world.chunk(*cut, past=16))
    stored = accumulator.statistics()
    assert any(not array.flags.owndata for array in stored.arrays.values())
    assert not list(tmp_path.iterdir())  # nothing is left behind, not even after a kill
    for name, values in plain.arrays.items():
        np.testing.assert_array_equal(stored.arrays[name], values, err_msg=name)
    assert work_out(stored, metrics, True) == work_out(plain, metrics, True)
    stored.save(tmp_path / "a.zarr")
    plain.save(tmp_path / "b.zarr")
    first, second = (Statistics.load(tmp_path / f"{name}.zarr") for name in "ab")
    for name, values in plain.arrays.items():
        np.testing.assert_array_equal(first.arrays[name], values)
        np.testing.assert_array_equal(second.arrays[name], values)


def test_parts_hold_touched_rows_only():
    world, metrics = make_world(steps=(40, 21)), all_metrics()
    whole, total = world.score(metrics, length=7), world.accumulator(metrics)
    for cut in world.cuts(7):
        one = world.accumulator(metrics)
        one.add(world.chunk(*cut))
        part = one.part()
        assert len(part.steps) == cut[3] - cut[2]
        assert len(part.bins) <= 2
        total.add_part(part)
    for name, values in whole.arrays.items():
        np.testing.assert_allclose(total.statistics().arrays[name], values, rtol=1e-12, atol=1e-300)
