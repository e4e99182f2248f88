"""Guidance by block means: with the exact denoiser of a normal field, samples have its exact posterior."""

from __future__ import annotations

from functools import partial

import numpy as np
import pytest
import torch

from downbench_methods.diffusion.samplers import ddim
from downbench_methods.diffusion.schedule import alpha_sigma
from downbench_methods.fields.transform import Transform
from downbench_methods.prior.guidance import BlockMeans, guided

SIDE, FACTOR, SAMPLES = 8, 4, 2000
# rain is 100 + 10 z mm/h to a thousandth, so that the operator is as good as linear
LINEAR = Transform(scale=1e4, rain=(0.01, 0.001))


def prior() -> torch.Tensor:
    """Covariance of a field of unit variance, correlated over 3 cells."""
    y, x = np.mgrid[:SIDE, :SIDE].reshape(2, -1)
    return torch.tensor(np.exp(-np.hypot(y[:, None] - y, x[:, None] - x) / 3), dtype=torch.float32)


def operator() -> torch.Tensor:
    """Block means as a matrix, (blocks, cells)."""
    block = np.arange(SIDE) // FACTOR
    number = (block[:, None] * (SIDE // FACTOR) + block).ravel()
    return torch.tensor(np.eye(4)[number].T / FACTOR**2, dtype=torch.float32)


def posterior(wanted: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Mean and covariance of the field given its block means."""
    c, a = prior(), operator()
    gain = c @ a.T @ torch.linalg.inv(a @ c @ a.T)
    return gain @ wanted, c - gain @ a @ c


def sample(wanted: torch.Tensor, steps: int) -> torch.Tensor:
    """Samples (n, cells) with the exact denoiser."""
    c, about = prior(), partial(BlockMeans.about, transform=LINEAR, scale=1.0, factor=FACTOR)

    def denoise(x, level):
        logsnr = torch.full((len(x),), level)
        a, s = (float(one[0]) for one in alpha_sigma(logsnr))
        shrink = a * c @ torch.linalg.inv(a**2 * c + s**2 * torch.eye(len(c)))
        blocks = wanted.view(1, 1, 2, 2).expand(len(x), -1, -1, -1)
        return guided(
            lambda field: (field.flatten(1) @ shrink).view_as(field), x, logsnr, blocks, about, steps, 1e-3
        )

    noise = torch.randn(SAMPLES, 1, SIDE, SIDE, generator=torch.Generator().manual_seed(0))
    return ddim(denoise, noise, list(np.linspace(-8, 8, 40))).flatten(1)


WANTED = torch.tensor([1.5, -0.5, 0.0, 0.7])


def test_samples_have_the_exact_posterior():
    mean, covariance = posterior(WANTED)
    got = sample(WANTED, steps=4)  # as many as there are blocks: conjugate gradients are exact
    torch.testing.assert_close(got.mean(0), mean, rtol=0, atol=0.07)  # three standard errors of 2,000 samples
    torch.testing.assert_close(torch.cov(got.T), covariance, rtol=0, atol=0.08)
    torch.testing.assert_close(got @ operator().T, WANTED.expand(SAMPLES, -1), rtol=0, atol=0.01)


def test_the_pseudo_inverse_gives_the_means_and_not_the_posterior():
    mean, _ = posterior(WANTED)
    got = sample(WANTED, steps=0)
    torch.testing.assert_close(got @ operator().T, WANTED.expand(SAMPLES, -1), rtol=0, atol=0.01)
    assert (got.mean(0) - mean).abs().max() > 0.1


@pytest.mark.parametrize("kind", ["log1p", "log"])
def test_the_operator_is_the_mean_of_rain_and_its_derivative(kind):
    transform = Transform(kind=kind, scale=0.5, rain=(0.3, 1.2))
    z = torch.rand(1, 1, 8, 8, generator=torch.Generator().manual_seed(1), dtype=torch.float64) + 1
    about = partial(BlockMeans.about, transform=transform, scale=2.0, factor=4)
    rain = transform.inverse(2 * z.numpy()).reshape(2, 4, 2, 4).mean((1, 3))
    np.testing.assert_allclose(about(z).means[0, 0], transform.forward(rain), rtol=1e-4)
    small = 1e-3 * torch.randn(z.shape, generator=torch.Generator().manual_seed(2), dtype=torch.float64)
    change = (about(z + small).means - about(z - small).means) / 2
    torch.testing.assert_close(about(z).of(small).double(), change.double(), rtol=0.01, atol=3e-6)
    field, blocks = torch.randn(1, 1, 8, 8), torch.randn(1, 1, 2, 2)
    torch.testing.assert_close((about(z).of(field) * blocks).sum(), (about(z).back(blocks) * field).sum())
