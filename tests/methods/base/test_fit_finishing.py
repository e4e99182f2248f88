"""Fitting what finishes an ensemble: memory and calibration of methods whose right ones are known."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from scipy.stats import wasserstein_distance
from sequences import make_sequence

from downbench import FitContext, block_mean
from downbench.plugins.session import registry
from downbench_methods.base.fit_finishing import calibration_cells, fit_finishing, lag1, memory_of
from downbench_methods.base.network import NetworkMethod
from downbench_methods.base.sampling import TileMethod
from downbench_methods.fields.finishing import FinishingConfig

HOURS, LASTING = 3, 0.6
CONTEXT = FitContext(seed=0, directory=Path())


def lasting_rain(frames: int = 64, correlation: float = LASTING) -> np.ndarray:
    """Log-normal rain whose logarithm has constant block means, and beside them a memory, cell by cell."""
    random, size = np.random.default_rng(0), (64, 64)
    log = [random.standard_normal(size)]
    for _ in range(frames - 1):
        log.append(correlation * log[-1] + np.sqrt(1 - correlation**2) * random.standard_normal(size))
    return np.exp(np.stack(log)).astype(np.float32)


class Noise(TileMethod[FinishingConfig]):
    """Log-normal noise, a power of what it should be, and nothing else."""

    Config = FinishingConfig
    power = 1.0

    def parts(self, tile, members, context):
        """Make all frames at once."""
        frames = range(context.start, len(tile.times))
        noise = self.noise_in_time(tile, members, tile.size, context).take(frames)
        yield frames, np.exp(self.power * noise)


class Other(Noise):
    """The same under another name."""


class Forgetful(Noise):
    """The same without a memory to fit."""

    remembers = False


class OneField(Noise):
    """One member."""

    def members(self, wanted):
        """One."""
        return 1


def fit(method: type[Noise], memory: float | None = None, **switches: object):
    train = (make_sequence(lasting_rain(), hours=HOURS),)
    made = method(FinishingConfig.model_validate(switches))
    return made, fit_finishing(made, train, CONTEXT, memory)


def test_memory_gives_samples_the_lag_1_correlation_of_rain():
    _, finisher = fit(Noise)
    assert np.exp(-HOURS / finisher.memory) == pytest.approx(LASTING, abs=0.03)


def test_memory_of_a_residual_is_taken_as_it_is():
    assert fit(Noise, memory=7.0)[1].memory == 7.0
    assert fit(Noise, memory=0.0)[1].memory == 0.0


def test_what_has_no_noise_has_no_memory():
    assert fit(Forgetful)[1].memory == 0
    assert fit(OneField, calibrate=2)[1].calibration is None


def test_equal_samples_are_finished_alike_whatever_the_method():
    switches = {"calibrate": 2, "conserve": True}
    assert fit(Noise, **switches)[1] == fit(Other, **switches)[1]


def test_fitting_leaves_the_configuration_as_it_was():
    method, _ = fit(Noise, noise_memory=2.0)
    assert method.config.noise_memory == 2.0


@pytest.mark.parametrize("other", [2.0, "shared", "fitted"])
def test_parameters_of_sampling_do_not_change_what_is_fitted(other: object) -> None:
    """Runs that differ in them share one fit: it must not matter which of them came first."""
    assert fit(Noise, calibrate=1, noise_memory=other)[1] == fit(Noise, calibrate=1)[1]


def test_what_networks_sample_with_belongs_to_the_fit() -> None:
    """Finishing is fitted to their samples; the three that are left are set aside meanwhile."""
    methods = [entry.load() for entry in registry().entries("method")]
    networks = [method for method in methods if issubclass(method, NetworkMethod)]
    assert len(networks) > 5
    for method in networks:
        assert method.sampling_parameters <= {"batch_pixels", "window", "noise_memory"}, method


@pytest.mark.parametrize("conserve", [False, True])
def test_calibration_makes_up_for_a_wrong_distribution(monkeypatch, conserve):
    monkeypatch.setattr(Noise, "power", 0.5)
    method, method.finisher = fit(Noise, calibrate=2, conserve=conserve)
    rain = lasting_rain()
    coarse = block_mean(rain, 8)
    random = np.random.default_rng(3)
    made = np.exp(0.5 * random.standard_normal(rain.shape)).astype(np.float32)

    def distance(config: FinishingConfig) -> float:
        done = method.finisher.finish(made[None], coarse, config, 8, None)[0]
        if conserve:
            np.testing.assert_allclose(block_mean(done, 8), coarse, rtol=1e-4)
        return wasserstein_distance(done.ravel(), rain.ravel())

    without = FinishingConfig(conserve=conserve)
    assert distance(method.config) < distance(without) / 8


def test_correlation_with_the_frame_before():
    rain = lasting_rain(30)
    expected = np.corrcoef(rain[:-1].ravel(), rain[1:].ravel())[0, 1]
    assert lag1([rain]) == pytest.approx(expected)
    with_gap = np.insert(rain, 10, np.nan, axis=0)  # the pairs across it do not count
    parts = [rain[:10], rain[10:]]
    assert lag1([with_gap]) == pytest.approx(lag1(parts))
    assert np.isnan(lag1([np.ones((3, 4, 4))]))


def test_memory_and_correlation():
    assert memory_of(0.0, 3.0) == 0
    assert np.exp(-3 / memory_of(0.5, 3.0)) == pytest.approx(0.5)


@pytest.mark.parametrize(
    ("record", "cells"),
    [(500, 500), (2_000_000, 1_000_000), (64_000_000, 2_000_000), (10**9, 3_000_000)],
)
def test_a_short_record_is_calibrated_on_fewer_cells(record: int, cells: int) -> None:
    assert calibration_cells(record) == cells
