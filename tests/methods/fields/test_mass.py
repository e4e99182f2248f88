"""Mass consistency: block means given back, structure kept."""

from __future__ import annotations

import numpy as np
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from downbench import block_mean
from downbench_methods.fields.mass import conserve, raise_dry_blocks


def fields(seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Rain (3, 2, 32, 40), coarse rain (2, 4, 5), and cell areas (32, 40)."""
    random = np.random.default_rng(seed)
    rain = np.where(random.random((3, 2, 32, 40)) < 0.3, random.gamma(0.5, 4, (3, 2, 32, 40)), 0)
    coarse = np.where(random.random((2, 4, 5)) < 0.7, random.gamma(0.7, 2, (2, 4, 5)), 0)
    return rain.astype(np.float32), coarse.astype(np.float32), random.random((32, 40)) + 0.5


@given(seed=st.integers(0, 10_000), weighted=st.booleans())
@settings(deadline=None)
def test_block_means_are_given_back(seed: int, weighted: bool) -> None:
    rain, coarse, area = fields(seed)
    rain[:, :, :8, :8] = 0  # a block that came out dry
    weights = area if weighted else None
    kept = conserve(rain, coarse, 8, weights)
    assert (kept >= 0).all()
    given_back = block_mean(kept.astype(np.float64), 8, weights)
    np.testing.assert_allclose(given_back, np.broadcast_to(coarse, given_back.shape), rtol=1e-4, atol=1e-6)


def test_a_consistent_sample_stays_as_it_is() -> None:
    rain, _, area = fields(1)
    first = rain[:1]
    kept = conserve(first, block_mean(first, 8, area)[0], 8, area)
    np.testing.assert_allclose(kept, first, rtol=1e-4, atol=1e-6)


def test_dry_cells_of_a_rainy_block_stay_dry() -> None:
    rain, _, _ = fields(2)
    kept = conserve(rain[:1], block_mean(rain[1:2], 8)[0], 8)
    rain = rain[:1]
    assert (kept[rain == 0] == 0).all()


def test_a_missing_input_changes_nothing() -> None:
    rain, coarse, _ = fields(3)
    coarse[1, 2, 3] = np.nan
    kept = conserve(rain, coarse, 8)
    block = (slice(None), 1, slice(16, 24), slice(24, 32))
    assert np.isfinite(kept).all()
    np.testing.assert_allclose(kept[block].mean(axis=(1, 2)), rain[block].mean(axis=(1, 2)), rtol=1e-4)


def test_dry_blocks_get_as_much_rain_as_the_input_in_as_few_cells_as_can_be() -> None:
    generator = torch.Generator().manual_seed(0)
    latent = torch.randn(2, 1, 16, 24, generator=generator)
    reference = torch.full_like(latent, 3.0)  # rain begins three standard deviations above nothing
    latent[0, 0, :8, :8] = torch.linspace(-1, 1, 64).view(8, 8)
    wanted = torch.zeros(2, 1, 2, 3)
    wanted[0, 0, 0, 0], wanted[1, 0, 1, 2], wanted[1, 0, 0, 0] = 0.05, 2.0, torch.nan

    def to_rain(x: torch.Tensor, told: torch.Tensor) -> torch.Tensor:
        return (x - told).clamp(min=0)

    raised = raise_dry_blocks(latent, reference, wanted, to_rain)
    rain = to_rain(raised, reference)
    torch.testing.assert_close(rain[0, 0, :8, :8].mean(), torch.tensor(0.05), rtol=0.03, atol=0)
    torch.testing.assert_close(rain[1, 0, 8:, 16:].mean(), torch.tensor(2.0), rtol=0.01, atol=0)
    # sum of the k highest of a ramp of step d above its threshold is close to d k^2 / 2 = 64 x 0.05
    assert (rain[0, 0, :8, :8] > 0).sum() == 14
    changed = raised != latent
    assert changed[0, 0, :8, :8].all()
    assert changed[1, 0, 8:, 16:].all()
    assert changed.sum() == 128  # no other block


def test_blocks_with_rain_are_not_raised() -> None:
    latent = torch.ones(1, 1, 8, 8)
    wanted = torch.full((1, 1, 1, 1), 5.0)
    assert torch.equal(raise_dry_blocks(latent, latent, wanted, lambda x, _: x), latent)
