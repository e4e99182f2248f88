"""What the wind carries: displacements of a constant wind are known exactly, and requests change nothing."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from downbench_datasets.standin.flow import FACTOR, HALO, SECONDS, Flow, Paths

WIDTH = 25_000.0  # m


def constant(y, x, n=20):
    """A wind of so many m/s everywhere and always."""
    wind = np.stack([np.full((n, n), y), np.full((n, n), x), np.zeros((n, n))])
    geometry = {"lat": np.zeros((n, n)), "width": np.full((n, n), WIDTH)}
    return SimpleNamespace(geometry=geometry, wind=lambda time: wind)


@pytest.mark.parametrize("frames", [0, 1, 5, -1, -4])
def test_a_constant_wind_carries_as_far_as_time_goes_and_backward_before_it(frames):
    moved = Paths(constant(3.0, -5.0)).since(10, 10 + frames)
    np.testing.assert_allclose(moved[0], 3.0 * SECONDS * frames / WIDTH, rtol=1e-5)
    np.testing.assert_allclose(moved[1], -5.0 * SECONDS * frames / WIDTH, rtol=1e-5)


def test_winds_of_successive_steps_add_up():
    """The wind between frames 2 and 3 is that at 2.5."""
    flow = constant(0.0, 0.0)
    flow.wind = lambda time: np.full((3, 20, 20), time)
    moved = Paths(flow).since(0, 3)
    np.testing.assert_allclose(moved, (0.5 + 1.5 + 2.5) * SECONDS / WIDTH, rtol=1e-5)


def test_requests_in_any_order_give_the_same():
    straight, other = Paths(Flow(0, 2, 32)), Paths(Flow(0, 2, 32))
    other.since(5, 1)
    other.since(2, 6)
    np.testing.assert_array_equal(other.since(3, 5), straight.since(3, 5))


def test_flows_of_other_seeds_and_tiles_are_others():
    winds = [Flow(seed, tile, 32).wind(7.25) for seed, tile in ((0, 0), (0, 0), (1, 0), (0, 1))]
    n = 32 // FACTOR + 2 * HALO
    assert winds[0].shape == (3, n, n)
    np.testing.assert_array_equal(winds[0], winds[1])
    for one in winds[2:]:
        assert abs(one - winds[0]).max() > 0.5


def test_wind_is_continuous_in_time():
    """Eddies fade in and out: in a hundredth of a frame nothing jumps."""
    flow = Flow(0, 0, 32)
    for time in (11.99, 12.0, 17.5):
        assert abs(flow.wind(time + 0.01) - flow.wind(time))[:2].max() < 0.1  # m/s


def test_the_mean_flow_has_trade_winds_and_westerlies():
    """Along east: from the east at the equator (tile 0 crosses it), from the west at 45 degrees."""
    flow = Flow(0, 0, 384)
    mean, geometry = flow._mean, flow.geometry
    east = mean[0] * geometry["east_y"] + mean[1] * geometry["east_x"]
    lat = geometry["lat"]
    assert (east[abs(lat) < 5] < 0).all()
    assert (east[abs(lat) > 40] > 0).all()


def test_drift_is_the_mean_flow_and_the_regime():
    flow = Flow(3, 1, 32)
    mean, width = flow._mean.mean(axis=(1, 2)), flow.geometry["width"].mean()
    want = (mean + flow.steering(4)) * SECONDS / width
    np.testing.assert_allclose(flow.drift(4), want, rtol=1e-12)
