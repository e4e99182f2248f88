"""The loss that a configuration names."""

from __future__ import annotations

import pytest
import torch

from downbench_methods.regression.configuration import LossConfig
from downbench_methods.regression.losses import error_loss


@pytest.mark.parametrize(
    ("settings", "over", "under"),
    [
        ({"loss": "mse"}, 4.0, 4.0),
        ({"loss": "mae"}, 2.0, 2.0),
        ({"loss": "quantile", "quantile": 0.9}, 0.2, 1.8),
        ({"loss": "quantile", "quantile": 0.5}, 1.0, 1.0),
    ],
)
def test_losses_of_a_constant_error_of_two(settings, over, under):
    truth = torch.zeros(2, 8, 8)
    valid = torch.ones_like(truth, dtype=torch.bool)
    config = LossConfig(**settings)
    assert float(error_loss(config, truth + 2, truth, valid)) == pytest.approx(over)
    assert float(error_loss(config, truth - 2, truth, valid)) == pytest.approx(under)


@pytest.mark.parametrize("loss", ["mse", "mae", "quantile"])
def test_missing_pixels_do_not_count(loss):
    truth, rain = torch.zeros(2, 8, 8), torch.ones(2, 8, 8)
    valid = torch.ones_like(truth, dtype=torch.bool)
    valid[0] = False
    config = LossConfig(loss=loss)
    whole = error_loss(config, rain, truth, torch.ones_like(valid))
    rain[0] = 1e6
    torch.testing.assert_close(error_loss(config, rain, truth, valid), whole)
