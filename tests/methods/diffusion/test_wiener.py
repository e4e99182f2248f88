"""The adaptive Wiener filter against closed forms."""

import numpy as np
import pytest
import torch

from downbench_methods.diffusion.schedule import alpha_sigma, from_velocity
from downbench_methods.diffusion.wiener import (
    BANDS,
    LIMIT,
    log_variances,
    split,
    white_variances,
    wiener_velocity,
)


def test_bands_add_up():
    x = torch.randn(2, 1, 37, 50)
    bands = split(x)
    assert bands.shape == (2, BANDS, 37, 50)
    torch.testing.assert_close(bands.sum(1, keepdim=True), x, rtol=1e-5, atol=1e-5)


def test_smoothing_is_a_dilated_convolution():
    x = torch.randn(1, 1, 64, 64, dtype=torch.float64)
    line = torch.tensor([1.0, 4, 6, 4, 1], dtype=torch.float64) / 16
    smooth = x
    for level in range(BANDS - 1):
        kernel = (line[:, None] * line)[None, None]
        smooth = torch.nn.functional.conv2d(smooth, kernel, dilation=2**level)
    margin = 2 * (2 ** (BANDS - 1) - 1)
    torch.testing.assert_close(split(x)[:, -1:, margin:-margin, margin:-margin], smooth)


def test_white_variances_are_those_of_white_noise():
    noise = torch.randn(64, 1, 128, 128, generator=torch.Generator().manual_seed(0))
    measured = split(noise)[..., 30:-30, 30:-30].var((0, 2, 3))
    np.testing.assert_allclose(measured, white_variances(), rtol=0.05)


@pytest.mark.parametrize("logsnr", [-6.0, 0.0, 4.0])
def test_one_variance_gives_the_normal_posterior(logsnr):
    """One ratio r in all bands is white of variance r: the estimate is alpha r / (alpha^2 r + sigma^2) x."""
    x = torch.randn(2, 1, 16, 16, generator=torch.Generator().manual_seed(0))
    level = torch.full((2,), logsnr)
    alpha, sigma = alpha_sigma(level)
    for log_ratio in (-30.0, -2.0, 0.0, 3.0):
        v = wiener_velocity(x, torch.full((2, BANDS, 1, 1), log_ratio), level)
        ratio = np.exp(np.clip(log_ratio, -LIMIT, LIMIT))
        expected = alpha * ratio / (alpha.square() * ratio + sigma.square()) * x
        torch.testing.assert_close(from_velocity(x, v, level), expected, rtol=1e-4, atol=1e-5)


def test_it_is_close_to_the_exact_filter_for_a_red_field():
    """For a stationary normal field the exact estimate is diagonal in Fourier space."""
    generator = torch.Generator().manual_seed(0)
    n = 128
    k = torch.fft.fftfreq(n)[:, None].square() + torch.fft.fftfreq(n)[None].square()
    power = (k + 0.03**2) ** -1.5
    power = power / power.mean()
    shape = (16, 1, n, n)
    clean = torch.fft.ifft2(torch.fft.fft2(torch.randn(shape, generator=generator)) * power.sqrt()).real
    noise = torch.randn(shape, generator=generator)
    variances = log_variances(clean, torch.ones_like(clean, dtype=torch.bool))[:, None, None].expand(
        16, -1, 1, 1
    )
    for value in (-2.0, 0.0, 2.0):
        level = torch.full((16,), value)
        alpha, sigma = alpha_sigma(level)
        x = alpha * clean + sigma * noise
        a, s = float(alpha[0]), float(sigma[0])
        exact = torch.fft.ifft2(torch.fft.fft2(x) * (a * power / (a**2 * power + s**2))).real
        ours = from_velocity(x, wiener_velocity(x, variances, level), level)
        best, error = (exact - clean).square().mean(), (ours - clean).square().mean()
        assert best <= error < 1.25 * best


def test_training_starts_where_every_band_can_learn():
    """A smooth residual has next to no power in the finest band: beyond the limit there is no gradient."""
    y, x = torch.meshgrid(torch.linspace(0, 6, 64), torch.linspace(0, 6, 64), indexing="ij")
    smooth = (torch.sin(y) * torch.cos(x))[None, None]
    start = log_variances(smooth, torch.ones_like(smooth, dtype=torch.bool)).view(1, BANDS, 1, 1)
    change = torch.zeros(1, BANDS, 1, 1, requires_grad=True)
    noisy = smooth + torch.randn(smooth.shape, generator=torch.Generator().manual_seed(0))
    wiener_velocity(
        noisy, (start + change).expand(1, BANDS, 64, 64), torch.zeros(1)
    ).square().sum().backward()
    assert (change.grad.abs() > 0).all()
