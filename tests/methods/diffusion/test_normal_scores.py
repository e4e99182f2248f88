"""The residual in normal scores: normal given the prediction, and invertible."""

from __future__ import annotations

import pytest
import torch
from scipy import stats

from downbench_methods.diffusion.normal_scores import HIGHEST, LOWEST, STEP, NormalScores


def world(n: int = 200_000, seed: int = 0) -> tuple[torch.Tensor, torch.Tensor]:
    """Predictions, and rain that is dry more rarely and stronger the higher the prediction; dry is -0.4."""
    generator = torch.Generator().manual_seed(seed)
    mean = torch.rand(n, generator=generator) ** 4 * 5 - 0.4
    above = mean + 0.4
    wet = torch.rand(n, generator=generator) < above / (above + 0.6)
    rain = 1.2 * above * torch.randn(n, generator=generator).exp()
    return mean, torch.where(wet, rain, 0.0) - 0.4


@pytest.fixture(scope="module")
def fitted() -> NormalScores:
    scores = NormalScores()
    scores.fit(*world())
    return scores


@pytest.mark.parametrize("low", [0.5, 1.5, 3.0])
def test_scores_are_standard_normal_given_the_prediction(fitted: NormalScores, low: float) -> None:
    mean, rain = world(seed=1)
    near = (mean > low) & (mean < low * 1.2) & (rain > -0.4)
    scores = fitted(rain, mean)[near]
    share = float((rain[(mean > low) & (mean < low * 1.2)] > -0.4).float().mean())
    # rainy pixels hold the upper share of the normal distribution
    levels = torch.tensor([0.1, 0.5, 0.9])  # further out, a bin has too few pixels to tell
    expected = stats.norm.ppf(1 - share + share * levels.numpy())
    torch.testing.assert_close(
        scores.quantile(levels), torch.tensor(expected, dtype=torch.float32), atol=0.12, rtol=0
    )


def test_rain_comes_back(fitted: NormalScores) -> None:
    mean, rain = world(seed=2)
    scores = fitted(rain, mean)
    inside = (scores > LOWEST) & (scores < HIGHEST - 0.01)
    back = fitted.inverse(scores, mean)
    dry = rain <= -0.4
    assert (back[dry] < -0.39).float().mean() > 0.97
    error = (back - rain).abs()[inside & ~dry] / (rain + 0.4)[inside & ~dry]
    assert error.quantile(0.9) < 1e-3


def test_normal_noise_has_the_climate_of_rain(fitted: NormalScores) -> None:
    """What an untrained denoiser samples: each prediction's own distribution, without structure."""
    mean, rain = world(seed=3)
    drawn = fitted.inverse(torch.randn(len(mean), generator=torch.Generator().manual_seed(9)), mean)
    assert float(drawn.mean()) == pytest.approx(float(rain.mean()), rel=0.05)
    assert float(drawn.std()) == pytest.approx(float(rain.std()), rel=0.1)
    assert float((drawn > 0).float().mean()) == pytest.approx(float((rain > 0).float().mean()), rel=0.05)
    for level in (0.9, 0.99):
        assert float(drawn.quantile(level)) == pytest.approx(float(rain.quantile(level)), rel=0.1)


def test_wetness_is_the_share_of_rain(fitted: NormalScores) -> None:
    for value in (0.2, 1.0, 3.0):
        got = float(fitted.wetness(torch.tensor([value])))
        assert got == pytest.approx((value + 0.4) / (value + 1.0), abs=0.12)


def test_nearly_dry_predictions_have_bins_of_their_own() -> None:
    """Most pixels are nearly dry, and their rain depends on how nearly: scores average to zero."""
    generator = torch.Generator().manual_seed(4)
    mean = torch.randn(400_000, generator=generator).exp().square() * 0.01
    wet = torch.rand(len(mean), generator=generator) < 1 - (-8 * mean).exp()
    rain = torch.where(wet, mean * torch.randn(len(mean), generator=generator).exp(), 0.0)
    scores = NormalScores()
    scores.fit(mean, rain)
    found, tenth = scores(rain, mean), len(mean) // 10
    for part in mean.argsort().split(tenth):
        assert abs(float(found[part].mean())) < 0.05


def test_values_that_many_pixels_share_get_the_middle_of_their_ranks() -> None:
    """Radar tells few values apart; the oracle is the middle of the deviates at both ends of a value."""
    generator = torch.Generator().manual_seed(5)
    mean = torch.rand(200_000, generator=generator)
    share = torch.tensor([0.2, 0.3, 0.2, 0.15, 0.1, 0.05])
    rain = torch.multinomial(share, len(mean), replacement=True, generator=generator) / 2
    scores = NormalScores()
    scores.fit(mean, rain)
    found = scores(rain, mean)
    ends = stats.norm.ppf(torch.tensor([0.2, 0.5, 0.7, 0.85, 0.95]).numpy())
    for k in range(1, 5):
        middle = (ends[k - 1] + ends[k]) / 2
        assert float(found[rain == k / 2].mean()) == pytest.approx(middle, abs=STEP / 2)


def test_predictions_beyond_all_that_were_seen_get_more_rain(fitted: NormalScores) -> None:
    """Rain of the last bin is moved with the prediction, so that the heaviest rain is not cut off."""
    last = float(fitted.centres[-1])
    mean = last + torch.tensor([0.0, 0.5, 3.0])
    for score in (0.0, 1.5):
        rain = fitted.inverse(torch.full((3,), score), mean)
        torch.testing.assert_close(rain - rain[0], mean - last)
        torch.testing.assert_close(fitted(rain, mean), torch.full((3,), score), atol=1e-3, rtol=0)
    dry = fitted.inverse(torch.full((3,), -5.0), mean)
    assert (dry <= -0.4).all()  # no rain stays none


def test_weights_with_other_bins_are_read(fitted: NormalScores) -> None:
    few, again = NormalScores(), NormalScores()
    state = {**fitted.state_dict(), "table": fitted.table[::4], "centres": fitted.centres[::4]}
    few.load_state_dict(state)
    assert len(few.centres) == 24
    mean, rain = world(1000, seed=6)
    assert (few(rain, mean) - fitted(rain, mean)).abs().median() < 0.1
    again.load_state_dict(fitted.state_dict())
    assert torch.equal(again(rain, mean), fitted(rain, mean))
    few.load_state_dict({name: value.half() for name, value in fitted.state_dict().items()})
    assert few.table.dtype == torch.float32
    torch.testing.assert_close(few(rain, mean), fitted(rain, mean), atol=0.05, rtol=0)


def test_rank_is_kept(fitted: NormalScores) -> None:
    scores = torch.linspace(-5, 5, 200)
    for value in (-0.4, 0.0, 1.0, 9.0):
        rain = fitted.inverse(scores, torch.full_like(scores, value))
        assert (rain.diff() >= 0).all()


def test_few_and_constant_pixels() -> None:
    scores = NormalScores()
    scores.fit(torch.zeros(10), torch.zeros(10))
    assert torch.isfinite(scores(torch.zeros(4), torch.zeros(4))).all()
    assert torch.isfinite(scores.inverse(torch.zeros(4), torch.ones(4))).all()
