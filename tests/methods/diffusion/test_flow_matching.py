"""``flow-matching``: its loss and solver are those of straight paths, written out here in their own terms."""

from __future__ import annotations

from itertools import pairwise

import pytest
import torch

from downbench import build_config
from downbench_methods.diffusion.flow_matching import FlowMatching, FlowMatchingModel, level_of_time
from downbench_methods.diffusion.samplers import ddim
from downbench_methods.diffusion.schedule import alpha_sigma, from_velocity

SEED = torch.Generator().manual_seed(3)


def model(**settings):
    made = FlowMatchingModel(
        build_config("toy", FlowMatching.Config, FlowMatching.presets, "smoke", settings), 1, 8, None
    )
    torch.nn.init.normal_(made.denoiser.head.weight, std=0.3)
    return made


def straight(x, v, t):
    """z_t and u of the straight path for a field and a velocity of the variance-preserving one."""
    alpha, sigma = alpha_sigma(torch.full((len(x),), level_of_time(t)))
    return x * ((1 - t) ** 2 + t**2) ** 0.5, (sigma - alpha) * x + (alpha + sigma) * v


@pytest.mark.parametrize("t", [0.1, 0.5, 0.9])
def test_the_loss_is_the_squared_error_of_the_straight_path_s_velocity(t):
    flow = model()
    target, noise = (torch.randn(4, 1, 32, 32, generator=SEED) for _ in range(2))
    condition = flow.condition(torch.zeros(4, 1, 1, 4, 4), torch.zeros(4, 0, 32, 32))
    level, weight = torch.full((4,), level_of_time(t)), torch.ones_like(target)
    with torch.no_grad():
        got = flow.loss_at(target, noise, level, condition, weight, 1)
        z = (1 - t) * target + t * noise
        x = z / ((1 - t) ** 2 + t**2) ** 0.5
        u = straight(x, flow.denoise(x, level, condition, 1), t)[1]
    torch.testing.assert_close(got, (u - (noise - target)).square().mean(), rtol=1e-4, atol=1e-5)


def test_ddim_is_euler_s_method_of_the_straight_path():
    """On the exact velocity of a normal variable of spread 0.5, dz/dt = u(z, t)."""
    spread, steps = 0.5, 6
    noise = torch.randn(1, 1, 64, 64, generator=SEED)

    def velocity(x, logsnr):  # E[v | x] of r = spread * normal
        alpha, sigma = alpha_sigma(torch.tensor([logsnr]))
        return alpha * sigma * (1 - spread**2) / (alpha**2 * spread**2 + sigma**2) * x

    levels = model().sampling_levels(steps)
    got = ddim(lambda x, level: from_velocity(x, velocity(x, level), torch.tensor([level])), noise, levels)
    times = [0.999, *(1 - k / steps for k in range(1, steps)), 0]
    z = noise * ((1 - times[0]) ** 2 + times[0] ** 2) ** 0.5
    for t, after in pairwise(times):
        x = z / ((1 - t) ** 2 + t**2) ** 0.5
        z = z + (after - t) * straight(x, velocity(x, level_of_time(t)), t)[1]
    torch.testing.assert_close(got, z, rtol=1e-3, atol=1e-4)


def test_times_of_training_are_logit_normal_or_uniform():
    uniform = (torch.arange(20_000) + 0.5) / 20_000
    logit = -model(times_std=1.5).training_levels(uniform) / 2  # the logit of t
    assert float(logit.mean()) == pytest.approx(0, abs=1e-3)
    assert float(logit.std()) == pytest.approx(1.5, abs=0.01)
    t = (-model(times="uniform").training_levels(uniform) / 2).sigmoid()
    torch.testing.assert_close(t, uniform, atol=6e-4, rtol=0)
