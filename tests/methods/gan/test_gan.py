"""GANs: the critic's distance in closed form, the penalty, turns, diagnostics, and training that holds."""

import numpy as np
import pytest
import torch
from torch import nn

from downbench_methods.base.frame_by_frame import FrameModel
from downbench_methods.gan.configuration import SRGANConfig, WGANConfig
from downbench_methods.gan.model import spread_and_error
from downbench_methods.gan.networks import Critic, Generator, steps
from downbench_methods.gan.srgan import SRGANModel
from downbench_methods.gan.wgan import WGANGP, WGANModel
from downbench_methods.networks.edsr import EDSR
from downbench_methods.networks.frame import CoarseNetwork


def example(batch=4, size=2, seed=0):
    generator = torch.Generator().manual_seed(seed)
    fine = torch.randn(batch, 1, size * 8, size * 8, generator=generator)
    return {
        "coarse": torch.randn(batch, 1, 2, size, size, generator=generator),
        "relief": torch.randn(batch, 1, size * 8, size * 8, generator=generator),
        "fine": fine,
        "valid": torch.ones_like(fine, dtype=torch.bool),
        "index": torch.arange(batch),
        "seed": torch.arange(batch),
    }


def wgan(**changes):
    torch.manual_seed(0)
    config = WGANConfig(critic_width=8, residual_width=8, critic_steps=2, **changes)
    generator = FrameModel(Generator(2, 8, 8, True, 2, blocks=1))
    return WGANModel(generator, Critic(2, 8, 8, True, 4), config)


class Linear(nn.Module):
    """A critic whose judgement is a multiple of the mean."""

    def __init__(self, slope):
        super().__init__()
        self.slope = nn.Parameter(torch.tensor(slope))

    def forward(self, rain, coarse, relief):
        return self.slope * rain.mean((1, 2, 3))


@pytest.mark.parametrize("slope", [0.5, 1.0, 3.0])
def test_gap_and_penalty_of_a_linear_critic(slope):
    """The slope of s mean(x), per root-mean-square difference, is s; so is the gap of fields apart by one."""
    model, batch = wgan(), example()
    model.critic = Linear(slope)
    real = batch["fine"].flatten(0, 1)[:, None]
    losses = model.critic_loss(batch, real, real - 1)
    assert float(losses["gap"]) == pytest.approx(slope, rel=1e-5)
    assert float(losses["slope"]) == pytest.approx(slope, rel=1e-4)
    assert float(losses["loss"]) == pytest.approx(10 * (slope - 1) ** 2 - slope, rel=1e-3)


def test_the_critic_finds_the_distance_of_two_constants():
    """Wasserstein-1 in root-mean-square distance between fields that differ by 2 everywhere is 2."""
    model, batch = wgan(), example(batch=2, size=1)
    critic = model.critic
    optimiser = torch.optim.Adam(critic.parameters(), lr=5e-3, betas=(0.5, 0.99))
    real, gaps = torch.ones(2, 1, 8, 8), []
    for _ in range(120):
        losses = model.critic_loss(batch, real, -real)
        optimiser.zero_grad()
        losses["loss"].backward()
        optimiser.step()
        gaps.append(float(losses["gap"]))
    # the penalty of weight 10 lets the slope s exceed one: 2 s - 10 (s - 1)^2 is largest at s = 1.1
    assert np.mean(gaps[-20:]) == pytest.approx(2 * 1.1, rel=0.1)


def test_turns_train_one_part_and_say_how_it_goes():
    model, batch = wgan(), example()
    assert model.turns == ("critic", "critic", "generator")
    critic = model(batch, 0, "critic")
    critic["loss"].backward()
    assert all(p.grad is None for p in model.generator.parameters())
    assert all(p.grad is not None for p in model.critic.parameters())
    assert {"loss", "gap", "slope"} <= set(critic)
    model.zero_grad()
    generator = model(batch, 0, "generator")
    generator["loss"].backward()
    assert all(p.grad is None for p in model.critic.parameters())
    assert any(p.grad.abs().sum() > 0 for p in model.generator.parameters())
    assert {"loss", "crps", "spread", "error"} <= set(generator)


def test_the_critic_counts_after_the_steps_on_content_only():
    method = WGANGP(WGANConfig(train_steps=10, content_only=0.3, adversarial=0.2))
    method.module = wgan()
    weights = []
    for step in (0, 2, 3, 9):
        method.before_step(None, step)
        weights.append(float(method.module.weight))
    assert weights == pytest.approx([0, 0, 0.2, 0.2])


def test_the_critic_moves_wet_pixels_only():
    model, batch = wgan(), example()
    model.generator.dry = -1.0
    members = torch.tensor([-1.0, 0.5]).repeat(1, 4, 16, 8).requires_grad_()
    model.shown(batch, members).sum().backward()
    torch.testing.assert_close(members.grad, torch.tensor([0.0, 1.0]).repeat(1, 4, 16, 8))


def test_gaps_tell_the_critic_nothing():
    model, batch = wgan(), example()
    batch["valid"][..., :8] = False
    members = torch.randn(2, 4, 16, 16)
    shown = model.shown(batch, members)
    torch.testing.assert_close(shown[:4, 0, :, :8], batch["fine"][:, 0, :, :8])
    torch.testing.assert_close(shown[4:, 0, :, 8:], members[1, :, :, 8:])


def test_spread_matches_error_where_members_and_truth_are_alike():
    generator = torch.Generator().manual_seed(0)
    fields = torch.randn(5, 200, 32, 32, generator=generator)
    values = spread_and_error(fields[:4], fields[4])
    assert float(values["spread"]) == pytest.approx(float(values["error"]), rel=0.01)


FACTORS = [(8, [2, 2, 2]), (10, [2, 5]), (12, [2, 2, 3]), (7, [7]), (1, [])]


@pytest.mark.parametrize(("factor", "expected"), FACTORS)
def test_networks_of_any_factor_and_size(factor, expected):
    assert steps(factor) == expected
    coarse, noise = torch.randn(2, 3, 3, 5), torch.randn(2, 2, 3, 5)
    relief = torch.randn(2, 1, 3 * factor, 5 * factor)
    rain = Generator(3, factor, 8, True, 2, blocks=1)(coarse, relief, noise)
    assert rain.shape == (2, 1, 3 * factor, 5 * factor)
    assert Critic(3, factor, 8, True)(rain, coarse, relief).shape == (2,)


def test_srgan_adds_the_critic_s_judgement_by_its_weight():
    torch.manual_seed(0)
    config = SRGANConfig(features=8, blocks=1, critic_width=8)
    model = SRGANModel(FrameModel(CoarseNetwork(EDSR(2, 8, 8, 1))), Critic(2, 8, 8, True, 4), config)
    batch = example()
    before = model(batch, 0, "generator")
    assert float(before["loss"]) == pytest.approx(float(before["content"]))
    model.weight.fill_(0.5)
    after = model(batch, 0, "generator")
    assert float(after["loss"]) == pytest.approx(
        float(after["content"] + 0.5 * after["adversarial"]), rel=1e-5
    )
    critic = model(batch, 0, "critic")
    assert 0 <= float(critic["right"]) <= 1
