"""Rain that is not like its coarse rain is told, and in which way; noise and bias are not."""

from __future__ import annotations

import numpy as np
import pytest

from downbench.plausible import unlike_in_amount, unlike_in_place
from downbench.testing.rain import SQUARE, WIDE, moving_rain

COARSE = moving_rain(8, 2, SQUARE).coarse["precipitation"].to_numpy()[:, 0]


@pytest.mark.parametrize(
    ("ratio", "said"),
    [
        (1 / 3600, "kg m-2 s-1 in place"),
        (0.7 / 3600, "kg m-2 s-1 in place"),
        (24, "mm/day in place"),
        (1 / 3.6e6, "m s-1 in place"),
        (1 / 1000, "m/h in place"),
        (3600, "multiplied by 3600 once more"),
        (300, "300 times the coarse rain"),
    ],
)
def test_a_ratio_that_another_unit_has_is_named(ratio: float, said: str) -> None:
    assert said in unlike_in_amount(0.4 * ratio, 0.4)


@pytest.mark.parametrize("ratio", [0.2, 1, 3, 7.9])
def test_a_bias_is_no_other_unit(ratio: float) -> None:
    assert unlike_in_amount(0.4 * ratio, 0.4) == ""


@pytest.mark.parametrize(("mean", "reference"), [(0, 1), (1, 0), (np.nan, 1), (1, np.inf)])
def test_no_rain_says_nothing(mean: float, reference: float) -> None:
    assert unlike_in_amount(mean, reference) == ""


def test_rain_in_its_place_is_accepted_with_noise_smoothing_and_holes() -> None:
    random = np.random.default_rng(1)
    noisy = COARSE * random.gamma(2, 0.5, COARSE.shape)
    noisy[:, :2, :3] = np.nan
    assert unlike_in_place(noisy, COARSE) == ""
    assert unlike_in_place(random.permuted(COARSE.ravel()).reshape(COARSE.shape), COARSE) == ""
    assert unlike_in_place(np.zeros_like(COARSE), COARSE) == ""


@pytest.mark.parametrize(
    ("turn", "said"),
    [
        (lambda rain: rain.swapaxes(1, 2), "rows and columns are swapped"),
        (lambda rain: rain[:, ::-1], "y is flipped"),
        (lambda rain: rain[:, :, ::-1], "x is flipped"),
        (lambda rain: rain[:, ::-1, ::-1], "both run the other way"),
        (lambda rain: np.rot90(rain, axes=(1, 2)), "turned by a quarter"),
        (lambda rain: np.roll(rain, 1, axis=1), "shifted by a row"),
        (lambda rain: np.roll(rain, -1, axis=2), "shifted by a column"),
    ],
)
def test_rain_elsewhere_is_told_even_with_noise(turn, said) -> None:
    noise = np.random.default_rng(1).gamma(25, 1 / 25, COARSE.shape)
    assert said in unlike_in_place(turn(COARSE) * noise, COARSE)


def test_a_domain_that_is_not_square_can_be_flipped_but_not_swapped() -> None:
    wide = moving_rain(8, 2, WIDE).coarse["precipitation"].to_numpy()[:, 0]
    assert "y is flipped" in unlike_in_place(wide[:, ::-1], wide)


def test_few_cells_say_nothing() -> None:
    assert unlike_in_place(COARSE[:1, :4, :4][:, ::-1], COARSE[:1, :4, :4]) == ""
