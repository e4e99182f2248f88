"""Schedules, v-prediction and solvers: closed forms, and diffusers as an independent implementation."""

import math

import numpy as np
import pytest
import torch

from downbench_methods.diffusion.samplers import SOLVERS, ddim, dpmpp, heun, karras_levels
from downbench_methods.diffusion.schedule import (
    alpha_sigma,
    from_velocity,
    log_snr,
    signal_level,
    solver_levels,
    velocity,
)


def test_cosine_schedule_is_that_of_diffusers():
    diffusers = pytest.importorskip("diffusers")
    theirs = diffusers.DDPMScheduler(1000, beta_schedule="squaredcos_cap_v2").alphas_cumprod
    np.testing.assert_allclose(signal_level("cosine", 1000), theirs, rtol=2e-4, atol=1e-9)


def test_sigmoid_schedule_by_its_definition():
    n = 1500
    level = signal_level("sigmoid", n)

    def gamma(t):  # start -3, end 3, tau 1
        low, high, here = (1 / (1 + math.exp(-z)) for z in (-3, 3, 6 * t - 3))
        return (high - here) / (high - low)

    assert len(level) == n
    for k in (1, 2, 300, 750, 1499):
        assert level[k - 1] == pytest.approx(gamma(k / n), rel=1e-9)
    # the last beta would be 1; it is clipped at 0.999
    assert level[-1] == pytest.approx(level[-2] * 0.001, rel=1e-9)


@pytest.mark.parametrize("kind", ["sigmoid", "cosine"])
def test_levels_fall_and_are_finite(kind):
    levels = log_snr(kind, 1500)
    assert levels.isfinite().all()
    assert (levels.diff() < 0).all()
    torch.testing.assert_close(log_snr(kind, 1500, -2.0), levels - 2)


def test_velocity_and_residual_are_inverse():
    residual, noise = torch.randn(3, 1, 4, 4), torch.randn(3, 1, 4, 4)
    logsnr = torch.tensor([-4.0, 0.0, 5.0])
    alpha, sigma = alpha_sigma(logsnr)
    torch.testing.assert_close(alpha**2 + sigma**2, torch.ones(3, 1, 1, 1))
    x = alpha * residual + sigma * noise
    v = velocity(residual, noise, logsnr)
    torch.testing.assert_close(from_velocity(x, v, logsnr), residual, rtol=1e-5, atol=1e-5)


MEAN, SPREAD = 0.7, 0.4


def gaussian(x, logsnr):
    """The exact denoiser when clean values are normal: E[x0 | x]."""
    alpha, sigma = math.sqrt(1 / (1 + math.exp(-logsnr))), math.sqrt(1 / (1 + math.exp(logsnr)))
    gain = alpha * SPREAD**2 / (alpha**2 * SPREAD**2 + sigma**2)
    return MEAN + gain * (x - alpha * MEAN)


def exact(x, logsnr):
    """Where the probability flow carries noise that starts at ``logsnr``: quantiles are kept."""
    alpha, sigma = math.sqrt(1 / (1 + math.exp(-logsnr))), math.sqrt(1 / (1 + math.exp(logsnr)))
    return MEAN + SPREAD * (x - alpha * MEAN) / math.sqrt(alpha**2 * SPREAD**2 + sigma**2)


def worst(solver, steps):
    levels = solver_levels(log_snr("cosine", 1000).double(), steps)
    x = torch.linspace(-3, 3, 61, dtype=torch.float64)
    return float((SOLVERS[solver](gaussian, x, levels) - exact(x, levels[0])).abs().max())


def test_solvers_converge_to_the_exact_gaussian():
    assert worst("ddim", 400) < 0.01
    assert worst("dpmpp", 100) < 0.01
    assert worst("ddim", 20) > 1.6 * worst("ddim", 40)  # first order
    assert worst("dpmpp", 20) > 2.5 * worst("dpmpp", 40)  # second order
    assert worst("dpmpp", 8) < worst("ddim", 8)


def worst_heun(steps):
    """Error of so many steps between fixed ends, of which the lower leaves next to no noise."""
    levels = karras_levels(2 * steps - 1, 80.0, 0.002)
    x = torch.linspace(-3, 3, 61, dtype=torch.float64)
    return float((heun(gaussian, x, levels) - exact(x, levels[0])).abs().max())


def test_heun_converges_in_second_order():
    assert worst_heun(100) < 0.01
    for steps in (20, 40, 80):
        assert 3 < worst_heun(steps) / worst_heun(2 * steps) < 5
    assert worst("heun", 41) < worst("ddim", 41)


@pytest.mark.parametrize("solver", SOLVERS)
@pytest.mark.parametrize("steps", [1, 2, 5, 8])
def test_cost_is_counted_in_evaluations(solver, steps):
    calls = []

    def counted(x, logsnr):
        calls.append(logsnr)
        return gaussian(x, logsnr)

    levels = solver_levels(log_snr("cosine", 1000), steps)
    SOLVERS[solver](counted, torch.zeros(2), levels)
    assert len(calls) == (steps if solver != "heun" else 2 * ((steps + 1) // 2) - 1)
    assert calls == sorted(calls) or solver == "heun"


def test_karras_levels_by_their_definition():
    levels = karras_levels(18, 80.0, 0.002)
    sigma = np.exp(-np.array(levels) / 2)
    np.testing.assert_allclose(sigma[[0, -1]], [80.0, 0.002])
    np.testing.assert_allclose(np.diff(sigma ** (1 / 7), 2), 0, atol=1e-12)
    assert levels == sorted(levels)


def network(x, logsnr):
    """A nonlinear stand-in for a denoiser."""
    return torch.tanh(1.3 * x) * (1 - math.exp(-abs(logsnr + 2))) + 0.1 * x.square().clamp(max=2)


def with_diffusers(scheduler, x, alphas, **kwargs):
    """Run diffusers' own loop, with the v that stands for the denoiser's x0."""
    for t in scheduler.timesteps:
        level = float(alphas[int(t)])
        logsnr = math.log(level / (1 - level))
        x0 = network(x, logsnr)
        v = (math.sqrt(level) * x - x0) / math.sqrt(1 - level)
        x = scheduler.step(v, t, x, **kwargs).prev_sample
    return x


def test_ddim_is_that_of_diffusers():
    diffusers = pytest.importorskip("diffusers")
    betas = 1 - np.exp(np.diff(np.log(signal_level("sigmoid", 1000)), prepend=0.0))
    scheduler = diffusers.DDIMScheduler(
        1000,
        trained_betas=betas,
        prediction_type="v_prediction",
        clip_sample=False,
        timestep_spacing="trailing",
    )
    scheduler.set_timesteps(20)
    torch.manual_seed(0)
    x = torch.randn(500)
    alphas = scheduler.alphas_cumprod.double()
    levels = solver_levels(torch.log(alphas) - torch.log1p(-alphas), 20)
    theirs = with_diffusers(scheduler, x, alphas, eta=0.0)
    torch.testing.assert_close(ddim(network, x, levels), theirs, rtol=1e-4, atol=1e-4)


def test_dpmpp_is_that_of_diffusers():
    diffusers = pytest.importorskip("diffusers")
    betas = 1 - np.exp(np.diff(np.log(signal_level("cosine", 1000)), prepend=0.0))
    scheduler = diffusers.DPMSolverMultistepScheduler(
        1000,
        trained_betas=betas,
        prediction_type="v_prediction",
        algorithm_type="dpmsolver++",
        solver_order=2,
        solver_type="midpoint",
        lower_order_final=True,
        final_sigmas_type="zero",
        timestep_spacing="trailing",
    )
    scheduler.set_timesteps(20)
    torch.manual_seed(0)
    x = torch.randn(500)
    alphas = scheduler.alphas_cumprod.double()
    levels = solver_levels(torch.log(alphas) - torch.log1p(-alphas), 20)
    assert [int(t) for t in scheduler.timesteps] == [999 - 50 * i for i in range(20)]
    theirs = with_diffusers(scheduler, x, alphas)
    torch.testing.assert_close(dpmpp(network, x, levels), theirs, rtol=1e-4, atol=1e-4)


def test_solver_levels_cover_the_schedule_from_its_noisy_end():
    levels = log_snr("sigmoid", 1500)
    nodes = solver_levels(levels, 20)
    assert nodes[0] == float(levels[-1])
    assert nodes == sorted(nodes)
    assert len(solver_levels(levels, 1)) == 1
    assert len(solver_levels(levels[:5], 9)) == 5


def test_heun_is_that_of_diffusers():
    diffusers = pytest.importorskip("diffusers")
    scheduler = diffusers.HeunDiscreteScheduler(
        1000, beta_schedule="scaled_linear", use_karras_sigmas=True, timestep_spacing="linspace"
    )
    scheduler.set_timesteps(12)
    sigmas = [float(s) for s in scheduler.sigmas if s > 0]
    levels = karras_levels(23, sigmas[0], sigmas[-1])
    np.testing.assert_allclose(np.exp(-np.array(karras_levels(12, sigmas[0], sigmas[-1])) / 2), sigmas[::2])
    torch.manual_seed(0)
    noise = torch.randn(500, dtype=torch.float64)
    x = noise * math.sqrt(1 + sigmas[0] ** 2)
    for t in scheduler.timesteps:
        sigma = float(scheduler.sigmas[scheduler.step_index or 0])
        x0 = network(x / math.sqrt(1 + sigma**2), -2 * math.log(sigma))
        x = scheduler.step((x - x0) / sigma, t, x).prev_sample
    torch.testing.assert_close(heun(network, noise, levels), x, rtol=1e-4, atol=1e-4)
