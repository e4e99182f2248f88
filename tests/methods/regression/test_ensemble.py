"""``unet-crps``: the loss is the weighted mean of its two scores, and its members differ by noise alone."""

from __future__ import annotations

import pytest
import torch

from downbench_methods.regression.configuration import EnsembleConfig
from downbench_methods.regression.ensemble import EnsembleModel
from downbench_methods.training.losses import energy_loss, scales_loss


class Noise(torch.nn.Module):
    """Rain that is its own noise, plus a level that can be learnt."""

    noise_maps, noise_density = 1, 8

    def __init__(self):
        super().__init__()
        self.level = torch.nn.Parameter(torch.zeros(()))

    def forward(self, coarse, relief, noise):
        """One map a sample."""
        return noise + self.level


def batch():
    fine = torch.randn(2, 1, 16, 16, generator=torch.Generator().manual_seed(0))
    return {
        "coarse": torch.zeros(2, 1, 1, 2, 2),
        "relief": torch.zeros(2, 0, 16, 16),
        "fine": fine,
        "valid": torch.ones_like(fine, dtype=torch.bool),
        "index": torch.arange(2),
        "seed": torch.arange(2),
    }


def losses(weight):
    config = EnsembleConfig(members=3, energy=weight)
    model = EnsembleModel(Noise(), -100.0, config)
    return model(batch(), 0), model.members(batch(), 3), config


@pytest.mark.parametrize("weight", [0.0, 0.3, 1.0])
def test_the_loss_is_the_weighted_mean_of_crps_and_energy_score(weight):
    got, members, config = losses(weight)
    fine, valid = batch()["fine"].flatten(0, 1), batch()["valid"].flatten(0, 1)
    crps = scales_loss(members, fine, valid, config.scales)
    energy = energy_loss(members, fine, valid, config.energy_block)
    torch.testing.assert_close(got["loss"], (1 - weight) * crps + weight * energy)
    torch.testing.assert_close(got["spread"], members.std(0).mean())


def test_the_spread_is_shown_and_not_trained_on():
    got, _, _ = losses(0.5)
    assert not got["spread"].requires_grad
    assert got["loss"].requires_grad
