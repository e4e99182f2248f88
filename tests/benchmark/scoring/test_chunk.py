"""Standard statistics of a chunk against plain numpy."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scoring_world import STEP, make_world, plain_grid, rain

from downbench import UserError
from downbench.scoring.chunk import TileChunk


def plain_pairs(old, new, valid_old, valid_new, rows, columns, area):
    """Pair sums (6,) of two frames by a loop over cells."""
    total = np.zeros(6)
    for y in range(rows, new.shape[0]):
        for x in range(columns, new.shape[1]):
            if valid_new[y, x] and valid_old[y - rows, x - columns]:
                w, a, b = area[y, x], float(old[y - rows, x - columns]), float(new[y, x])
                total += w * np.array([1, a, b, a * a, b * b, a * b])
    return total


def test_sums_by_region_against_numpy():
    world = make_world()
    chunk = world.chunk("s0", 0, 2, 9)
    area = world.grid.area[0]
    for i, mask in enumerate(world.grid.regions.values()):
        use = chunk.mask & mask[0]
        want = np.where(use, chunk.truth * area, 0).sum(axis=(1, 2))
        np.testing.assert_allclose(chunk.sum(chunk.truth).values[:, i], want, rtol=1e-12)
        np.testing.assert_allclose(chunk.weight().values[:, i], (use * area).sum(axis=(1, 2)), rtol=1e-12)
        np.testing.assert_array_equal(chunk.count().values[:, i], use.sum(axis=(1, 2)))


def test_leading_axes_come_last():
    chunk = make_world(members=3).chunk("s1", 1, 0, 4)
    got = chunk.sum(chunk.members)
    assert got.values.shape == (4, 3, 3)
    for i in range(3):
        np.testing.assert_array_equal(got.values[..., i], chunk.sum(chunk.members[i]).values)


def test_regions_that_part_the_domain_add_up():
    world = make_world()
    north = list(world.grid.regions).index("north")
    whole, south = world.chunk("s0", 1, 0, 5), world.chunk("s0", 1, 0, 5)
    south.mask = south.mask & ~world.grid.regions["north"][1]
    for make in (
        lambda chunk: chunk.sum(chunk.crps),
        lambda chunk: chunk.ranks(),
        lambda chunk: chunk.count(),
        lambda chunk: chunk.histogram("ensemble"),
    ):
        rest = make(south).values[:, 0]
        np.testing.assert_allclose(make(whole).values[:, north] + rest, make(whole).values[:, 0], rtol=1e-10)


@pytest.mark.parametrize("lag", [(0, 0, 1), (0, 3, 0), (1, 0, 0), (1, 2, 1), (2, 0, 0), (0, 40, 0)])
@pytest.mark.parametrize("past", [0, 1, 2])
def test_pairs_against_a_loop(lag, past):
    world = make_world(members=2)
    chunk = world.chunk("s0", 1, 9, 12, past=past)
    steps, rows, columns = lag
    got = chunk.pairs("ensemble", lag).values[:, 0, 1]
    truth, members = world.truth["s0"][1], world.members["s0"][1, 1]
    for i, t in enumerate(range(9, 12)):
        if i - steps < -past:
            assert (got[i] == 0).all()
            continue
        valid = np.isfinite(truth[t - steps]), np.isfinite(truth[t])
        want = plain_pairs(members[t - steps], members[t], *valid, rows, columns, world.grid.area[1])
        np.testing.assert_allclose(got[i], want, rtol=1e-10)


def test_past_is_missing_at_the_start():
    world = make_world()
    truth, members = world.chunk("s0", 0, 1, 4).with_past(3)
    assert truth.shape == (6, 40, 40)
    assert np.isnan(truth[:2]).all()
    assert np.isnan(members[:, :2]).all()
    np.testing.assert_array_equal(truth[2:], world.truth["s0"][0, :4])
    np.testing.assert_array_equal(members[:, 2:], world.members["s0"][:, 0, :4])


def test_what_is_at_hand_in_one_piece_is_not_copied():
    """Only where exactly so many frames are asked for; and no metric can write to it."""
    world = make_world()
    plain, joined = (
        world.chunk("s0", 0, 3, 6, past=3),
        (world.truth["s0"][0, :6], world.members["s0"][:, 0, :6]),
    )
    joined = tuple(np.ascontiguousarray(one) for one in joined)
    chunk = TileChunk(
        joined[0][3:],
        joined[1][:, 3:],
        plain.times,
        "s0",
        0,
        world.grid,
        joined[0][:3],
        joined[1][:, :3],
        joined=joined,
    )
    for frames in (2, 3, 5):
        for got, want, whole in zip(chunk.with_past(frames), plain.with_past(frames), joined, strict=True):
            np.testing.assert_array_equal(got, want)
            assert np.shares_memory(got, whole) == (frames == 3)
            assert not got.flags.writeable


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 10**6), st.floats(0, 0.5))
def test_masked_cells_never_leak(seed, share):
    """Whatever stands in masked cells, NaN or rubbish, no statistic moves by a bit."""
    rng = np.random.default_rng(seed)
    grid = plain_grid(16)
    truth, members = rain(rng, (3, 16, 16)), rain(rng, (3, 3, 16, 16))
    truth[rng.random(truth.shape) < share] = np.nan
    times = np.datetime64("2020-01-01") + np.arange(3) * STEP
    statistics = []
    for rubbish in (np.nan, 1e30, -5.0, np.inf):
        filled = np.where(np.isnan(truth), np.float32(rubbish), members)
        chunk = TileChunk(truth, filled, times, "s", 0, grid)
        statistics.append(
            [
                chunk.sum(chunk.crps).values,
                chunk.sum(chunk.members).values,
                chunk.histogram("ensemble").values,
                chunk.pairs("ensemble", (1, 0, 0)).values,
                chunk.pairs("ensemble", (0, 1, 0)).values,
                chunk.ranks().values,
            ]
        )
    for other in statistics[1:]:
        for a, b in zip(statistics[0], other, strict=True):
            assert np.isfinite(b).all()
            np.testing.assert_array_equal(a, b)


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_a_member_missing_where_there_is_truth_is_refused(bad):
    truth = np.ones((2, 16, 16), np.float32)
    members = np.ones((3, 2, 16, 16), np.float32)
    members[1, 1, 3, 4] = bad
    times = np.datetime64("2020-01-01") + np.arange(2) * STEP
    with pytest.raises(UserError, match=r"1 scored cells, first at 2020-01-01T03:00:00, y = 3, x = 4"):
        _ = TileChunk(truth, members, times, "s", 0, plain_grid(16)).crps


def test_shapes_that_do_not_fit_are_refused():
    times = np.datetime64("2020-01-01") + np.arange(2) * STEP
    with pytest.raises(UserError, match="do not fit"):
        TileChunk(np.ones((2, 16, 16)), np.ones((3, 1, 16, 16)), times, "s", 0, plain_grid(16))


def test_standard_statistics_are_worked_out_once():
    chunk = make_world().chunk("s0", 0, 0, 4)
    assert chunk.histogram("truth") is chunk.histogram("truth")
    assert chunk.sum(chunk.crps, "crps") is chunk.sum(chunk.crps, "crps")
    assert chunk.fields is chunk.fields
    assert chunk.histogram("truth").name == "histogram.truth"


def test_float64_sums_of_a_large_field():
    grid = plain_grid(512)
    truth = np.full((4, 512, 512), 0.1, np.float32)
    chunk = TileChunk(truth, truth[None], np.datetime64("2020-01-01") + np.arange(4) * STEP, "s", 0, grid)
    want = float(np.float32(0.1)) * 512 * 512
    np.testing.assert_allclose(chunk.sum(chunk.truth).values[:, 0], want, rtol=1e-13)
