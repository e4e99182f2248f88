"""Losses against independent scores and closed forms."""

import numpy as np
import pytest
import torch
from properscoring import crps_ensemble

from downbench_methods.training.losses import crps_loss, energy_loss, masked_mse, quantile_loss, scales_loss


def world(members=5, batch=3, size=16, seed=0):
    generator = torch.Generator().manual_seed(seed)
    x = torch.randn(members, batch, size, size, generator=generator)
    y = torch.randn(batch, size, size, generator=generator)
    return x, y, torch.rand(batch, size, size, generator=generator) < 0.7


def test_crps_is_the_fair_one():
    x, y, valid = world()
    m, error = len(x), (x - y).abs().mean(0).numpy()
    plain = crps_ensemble(y.numpy(), x.numpy(), axis=0)  # with 1 / m^2 in place of 1 / (m (m - 1))
    expected = (error - m / (m - 1) * (error - plain))[valid.numpy()].mean()
    assert float(crps_loss(x, y, valid)) == pytest.approx(expected, rel=1e-5)


def test_energy_score_is_the_fair_one():
    x, y, _ = world()
    m = len(x)
    blocks = x.unfold(2, 8, 8).unfold(3, 8, 8).flatten(-2).numpy()  # (M, B, 2, 2, 64)
    truth = y.unfold(1, 8, 8).unfold(2, 8, 8).flatten(-2).numpy()
    error = np.linalg.norm(blocks - truth, axis=-1).mean()
    pairs = [np.linalg.norm(a - b, axis=-1).mean() for a in blocks for b in blocks]
    expected = error - sum(pairs) / (2 * m * (m - 1))
    got = float(energy_loss(x, y, torch.ones_like(y, dtype=torch.bool), 8))
    assert got == pytest.approx(expected / 8, rel=1e-4)  # in units of one of 8 x 8 pixels


def test_scales_score_means_of_blocks():
    x, y, valid = world()
    valid[:, :4, :4] = False

    def mean(field):
        return field.unflatten(-1, (4, 4)).unflatten(-3, (4, 4)).mean((-3, -1))

    whole = mean(valid.float()) == 1
    expected = (crps_loss(x, y, valid) + crps_loss(mean(x), mean(y), whole)) / 2
    torch.testing.assert_close(scales_loss(x, y, valid, (1, 4)), expected)


def test_missing_pixels_carry_no_loss():
    x, y, valid = world()
    other = torch.where(valid, y, torch.full_like(y, 9.0))
    for loss in (
        lambda truth: crps_loss(x, truth, valid),
        lambda truth: energy_loss(x, truth, valid, 8),
        lambda truth: scales_loss(x, truth, valid, (1, 2)),
        lambda truth: masked_mse(x[0], truth, valid),
    ):
        assert float(loss(y)) == float(loss(other))


@pytest.mark.parametrize("level", [0.1, 0.5, 0.9])
def test_the_quantile_minimises_its_loss(level):
    y = torch.from_numpy(np.random.default_rng(0).gamma(2.0, 1.0, 20_001)).float()
    grid = torch.linspace(0, 10, 1001)
    losses = [float(quantile_loss(q.expand_as(y), y, torch.ones_like(y), level)) for q in grid]
    assert float(grid[int(np.argmin(losses))]) == pytest.approx(float(y.quantile(level)), abs=0.02)


def test_copies_of_one_member_have_no_spread():
    x, y, valid = world()
    same = x[:1].expand(4, -1, -1, -1)
    assert float(crps_loss(same, y, valid)) == pytest.approx(
        float(((x[0] - y).abs())[valid].mean()), rel=1e-5
    )
