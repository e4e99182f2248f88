"""``enscale``: every stage is given its own noise of unit variance, and is scored on its own grid."""

from __future__ import annotations

import pytest
import torch
from torch.nn import functional as F

from downbench_methods.regression.enscale import EnScaleConfig, EnScaleModel, StagedNetwork, prime_factors
from downbench_methods.training.losses import energy_loss

CONFIG = EnScaleConfig(width=8, blocks=1, members=3, noise_maps=2)


@pytest.mark.parametrize(("number", "factors"), [(1, []), (8, [2, 2, 2]), (12, [2, 2, 3]), (7, [7])])
def test_prime_factors(number, factors):
    assert prime_factors(number) == factors


@pytest.mark.parametrize(("factor", "sides"), [(8, [8, 16, 32]), (6, [8, 24]), (3, [12])])
def test_each_stage_is_finer_by_one_prime_factor(factor, sides):
    network = StagedNetwork(CONFIG, 2, factor, 1)
    noise = torch.randn(1, network.noise_maps, 4 * factor, 4 * factor)
    relief = torch.randn(1, 1, 4 * factor, 4 * factor)
    made = network.stages(torch.randn(1, 2, 4, 4), relief, noise)
    assert [rain.shape[-1] for rain in made] == sides


def test_the_noise_of_each_stage_has_unit_variance_and_is_its_own():
    network = StagedNetwork(CONFIG, 1, 8, None)
    seen = []
    for stage in network.networks:
        stage.register_forward_pre_hook(lambda _, inputs: seen.append(inputs[0][:, -2:]))
    noise = torch.randn(4, 6, 256, 256, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        network.stages(torch.zeros(4, 1, 32, 32), torch.zeros(4, 0, 256, 256), noise)
    for white in seen:
        assert float(white.std()) == pytest.approx(1, abs=0.02)
    pooled = [F.avg_pool2d(white, white.shape[-1] // 64) for white in seen]
    flat = torch.stack([one[:, 0].flatten() for one in pooled])
    assert (torch.corrcoef(flat) - torch.eye(3)).abs().max() < 0.03


def test_the_loss_is_the_mean_of_the_energy_scores_of_the_stages():
    torch.manual_seed(0)
    model = EnScaleModel(StagedNetwork(CONFIG, 1, 4, None), -100.0, CONFIG)
    batch = {
        "coarse": torch.randn(2, 1, 1, 4, 4),
        "relief": torch.zeros(2, 0, 16, 16),
        "fine": torch.randn(2, 1, 16, 16),
        "valid": torch.ones(2, 1, 16, 16, dtype=torch.bool),
        "index": torch.arange(2),
        "seed": torch.tensor([5, 6]),
    }
    batch["valid"][0, 0, :3] = False
    with torch.no_grad():
        got = model(batch, 0)
        final = model.members(batch, 3)  # the same noise
    fine, valid = batch["fine"][:, 0], batch["valid"][:, 0]
    torch.testing.assert_close(got["energy_1"], energy_loss(final, fine, valid, 8))
    torch.testing.assert_close(got["loss"], (got["energy_1"] + got["energy_2"]) / 2)
