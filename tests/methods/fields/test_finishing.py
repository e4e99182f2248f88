"""What finishes an ensemble: order, switches, and the words that a comparison shows."""

from __future__ import annotations

import numpy as np
import pytest

from downbench import block_mean
from downbench_methods.fields.calibration import Calibration
from downbench_methods.fields.finishing import FINISHING, Finisher, FinishingConfig, switched_on

DOUBLED = Finisher(calibration=Calibration(samples=(0.0, 1.0), rain=(0.0, 2.0)))
RAIN = np.random.default_rng(0).exponential(1.0, (3, 2, 16, 16)).astype(np.float32)
COARSE = np.full((2, 2, 2), 5.0, np.float32)


def finish(**switches: object) -> np.ndarray:
    return DOUBLED.finish(RAIN, COARSE, FinishingConfig.model_validate(switches), 8, None)


def test_nothing_happens_where_nothing_is_switched_on():
    np.testing.assert_array_equal(finish(), RAIN)
    np.testing.assert_array_equal(finish(noise_memory="fitted"), RAIN)


def test_rain_is_calibrated_and_then_scaled():
    np.testing.assert_allclose(finish(calibrate=1), 2 * RAIN, rtol=1e-6)
    both = finish(calibrate=1, conserve=True)
    np.testing.assert_allclose(block_mean(both, 8), np.broadcast_to(COARSE, (3, 2, 2, 2)), rtol=1e-5)


@pytest.mark.parametrize(
    ("switches", "words"),
    [
        ({}, {}),
        ({"conserve": True, "noise_memory": 2.5}, {"conserve": "on", "memory": "2.5 h"}),
        (FINISHING["tiny"], {"conserve": "on", "calibrate": "2 passes", "memory": "fitted"}),
    ],
)
def test_words_for_a_comparison(switches, words):
    assert switched_on(FinishingConfig.model_validate(switches)) == words


def test_one_field_is_only_scaled():
    assert switched_on(FinishingConfig.model_validate(FINISHING["tiny"]), ensemble=False) == {
        "conserve": "on"
    }
