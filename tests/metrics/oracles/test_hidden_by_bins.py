"""What bins of histograms hide from a metric, its independent check knows; held against scipy."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
import scipy.stats
from hypothesis import example, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scoring_metrics import built_in_metrics
from scoring_world import make_world

from downbench import Subset
from downbench.plugins.session import registry
from downbench.verification.check import check_values, load_check
from downbench.verification.ours import engine_values
from downbench_metrics.oracles.distribution import hidden_by_bins, moved_in_bins

EDGES = np.array([0.0, 1.0, 1.5, 4.0, 4.25])


def of_bins(truth: np.ndarray, ensemble: np.ndarray) -> float:
    """Distance of two histograms with exact means over the edges above: in each bin | int (F - G) |."""

    def integral(values: np.ndarray, low: float, high: float) -> float:
        return float((high - np.clip(values, low, high)).mean())  # of the distribution, over one bin

    return sum(abs(integral(truth, *pair) - integral(ensemble, *pair)) for pair in pairwise(EDGES))


values = arrays(np.float64, st.integers(1, 12), elements=st.floats(0, 4.2))
few = arrays(np.float64, st.integers(1, 12), elements=st.sampled_from([0.1, 0.5, 0.9, 1.1, 1.4, 1.5, 3, 3.9]))


@settings(max_examples=300, deadline=None)
@given(values | few, values | few)
@example(np.array([0.5]), np.array([0.0, 0.99]))  # nearly all that can be hidden: half a width
def test_no_more_is_hidden_than_was_derived(truth, ensemble):
    def at(each: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        return np.searchsorted(EDGES, each, "right") - 1, np.ones(len(each))

    hidden = scipy.stats.wasserstein_distance(truth, ensemble) - of_bins(truth, ensemble)
    assert -1e-12 <= hidden <= hidden_by_bins(EDGES, at(truth), at(ensemble)) + 1e-12


def test_nothing_is_hidden_where_the_distributions_do_not_cross():
    at, areas = np.array([0, 1, 2]), np.ones(3)
    assert hidden_by_bins(EDGES, (at, areas), (at + 1, areas)) == 0
    assert hidden_by_bins(EDGES, (at, areas), (at, areas)) > 0


def radar(rng: np.random.Generator, *shape: int) -> np.ndarray:
    """Rain of a radar's few levels, 0.5 dB apart: many cells have one value, in the middle of a bin."""
    level = rng.integers(-20, 60, shape)
    return np.where(level < 0, 0, (10 ** (level / 20) / 200 ** (1 / 1.6))).astype(np.float32)


def checked(name: str, world) -> tuple[float, float, float]:
    """Their value, by how much ours is short of it, and by how much it may be."""
    fields = (f["s0"].astype(float) for f in (world.truth, world.members, world.coarse))
    subset = Subset(*fields, world.grid.area, 8, 3.0, (), None, world.frames[0][1], world.grid.time_bin)
    check, metric = load_check(registry().find("metric", name)), built_in_metrics()[name]
    ours = engine_values(world.score({name: metric}), name, metric, check, True)[""]
    theirs, scale = check_values(name, check, subset)
    size = theirs[""] if scale is None else scale
    return theirs[""], theirs[""] - ours, check.info.absolute + check.info.relative * size


@pytest.mark.parametrize(("name", "stated"), [("emd", 2**-8), ("tendency", 2**-5)])
def test_rain_of_few_values_is_checked_by_what_its_bins_hide(name, stated):
    """Truth of a radar's levels, and an ensemble that is the same but for half a percent either way."""
    rng = np.random.default_rng(3)
    world = make_world(seed=5, members=2, steps=(40,), size=64, hole=False)
    true, members = world.truth["s0"], world.members["s0"]
    true[:] = radar(rng, *true.shape)
    members[:] = true * rng.uniform(0.996, 1.004, members.shape)
    theirs, short, allowed = checked(name, world)
    sizes = [f.mean() if name == "emd" else abs(np.diff(f, axis=-3)).mean() for f in (true, members)]
    assert 0.02 * theirs < short <= allowed
    assert allowed < stated * sum(sizes), "as the metric's definition states"


def test_of_rain_of_many_values_next_to_nothing_is_hidden():
    theirs, short, allowed = checked("emd", make_world(seed=5, members=3, steps=(40,), size=64, hole=False))
    assert abs(short) <= allowed < 5e-4 * theirs


def test_quantiles_count_while_true_values_lie_beyond_their_bins():
    """A record whose highest values lie in one bin, where the ensemble goes on: errors there do not count."""
    world = make_world(seed=5, members=3, steps=(40,), size=64, hole=False)
    true = world.truth["s0"]
    top = np.float32(np.quantile(true, 0.999))
    rng = np.random.default_rng(3)
    true[true > top] = top * rng.uniform(1, 1.0005, (true > top).sum())
    theirs, short, allowed = checked("qq", world)
    assert abs(short) <= allowed < 0.1
    assert theirs < 0.5


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10**6), st.floats(0.02, 50), st.floats(0, 0.1))
def test_quantiles_move_as_far_as_was_derived_and_no_further(seed, ratio, drizzle):
    """Of many places in two bins, the worst comes near the bound; zero is a bin of its own."""
    rng = np.random.default_rng(seed)
    low = np.array([1.0, ratio]) * (1 + rng.uniform(0, 0.4, 2))
    high = low * (1 + np.array([1 / 128, drizzle]))
    true, sampled = rng.uniform(low, high)
    bound = moved_in_bins(true, sampled, low, high)
    shares = np.linspace(0, 1, 400)
    trues, others = (low[k] + shares * (high[k] - low[k]) for k in (0, 1))
    moved = np.abs(np.abs(others[None] / trues[:, None] - 1) - abs(sampled / true - 1)).max()
    assert 0.98 * bound - 1e-12 <= moved <= bound + 1e-12


def test_quantiles_of_a_radar_s_levels_are_checked_by_the_widths_of_their_bins():
    """Many true values stand at one point of a bin, sampled ones all over it and its neighbour."""
    rng = np.random.default_rng(3)
    world = make_world(seed=5, members=2, steps=(40,), size=64, hole=False)
    true, members = world.truth["s0"], world.members["s0"]
    true[:] = radar(rng, *true.shape)
    members[:] = true * rng.uniform(0.98, 1.1, members.shape)
    theirs, short, allowed = checked("qq", world)
    assert 0.01 * theirs < abs(short) <= allowed < 2**-6 * (1 + theirs)
