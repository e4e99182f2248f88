"""The control with structure: noise of the residual's spectrum, quantiles and memory."""

from __future__ import annotations

import numpy as np
import pytest
import torch
import xarray as xr
from sequences import make_sequence

from downbench import FitContext, SampleContext, build_config, upsample
from downbench_methods.mean_noise.method import MeanNoise
from downbench_methods.mean_noise.spectrum_noise import MeanSpectrumNoise

LENGTH, LASTING, HOURS, FRAMES = 2.0, 0.7, 3, 40


def structured_rain(seed: int, frames: int = FRAMES, n: int = 64):
    """Log-normal rain with a large-scale part, and beside it a Gaussian field with a memory."""
    random = np.random.default_rng(seed)
    k = 2 * np.pi * np.fft.fftfreq(n)
    amplitude = np.exp(-np.square(np.hypot(k[:, None], k) * LENGTH) / 4)
    amplitude /= np.sqrt(np.square(amplitude).mean())

    def field() -> np.ndarray:
        return np.fft.ifft2(np.fft.fft2(random.standard_normal((n, n))) * amplitude).real

    small = [field()]
    for _ in range(frames - 1):
        small.append(LASTING * small[-1] + np.sqrt(1 - LASTING**2) * field())
    large = upsample(random.standard_normal((frames, n // 16, n // 16)).astype(np.float32), 16)
    return make_sequence(np.exp(large + np.stack(small)).astype(np.float32), hours=HOURS)


def fit(method, directory, **changes):
    plain = {"conserve": False, "calibrate": 0, "batch": 16, **changes}
    made = method(build_config("toy", method.Config, method.presets, "smoke", plain))
    made.fit((structured_rain(0),), (structured_rain(1),), FitContext(seed=0, directory=directory))
    return made


@pytest.fixture(scope="module")
def fitted(tmp_path_factory):
    return fit(MeanSpectrumNoise, tmp_path_factory.mktemp("spectrum"))


def sample(method, members=4, **changes):
    data = structured_rain(2, 8)
    context = SampleContext(seed=0, sequence="s", **changes)
    parts = method.sample(data.coarse.isel(tile=0), data.static, members, context)
    made = xr.concat(list(parts), "time")
    wanted = made.time >= data.coarse.time[context.start]  # earlier frames may come too
    return made.isel(time=wanted).to_numpy(), data


def prediction(method, data) -> np.ndarray:
    """The network's, transformed, (time, y, x)."""
    z = torch.from_numpy(method.transform.coarse(data.coarse.isel(tile=0), None))
    with torch.inference_mode():
        return method.module.swinir(z)[:, 0].numpy()


def residual_scores(method, rain, data) -> np.ndarray:
    """Normal scores of samples given the network's prediction, (member, time, y, x)."""
    mean, z = prediction(method, data), method.transform.forward(rain)
    return np.stack([method.quantiles.scores(mean, one, method.transform.dry) for one in z])


def along_rows(field: np.ndarray, lags: range) -> list[float]:
    """Correlation of a field (..., x) with itself so many cells further on."""
    return [np.corrcoef(field[..., lag:].ravel(), field[..., :-lag].ravel())[0, 1] for lag in lags]


def test_structure_and_memory_are_those_of_the_residual(fitted):
    assert np.exp(-HOURS / fitted.finisher.memory) == pytest.approx(LASTING, abs=0.05)
    data, lags = structured_rain(0), range(1, 6)
    residual = fitted.transform.forward(data.fine.to_numpy()[:, 0]) - prediction(fitted, data)
    found = np.interp(lags, fitted.spectrum.distance, fitted.spectrum.correlation)
    np.testing.assert_allclose(found, along_rows(residual, lags), atol=0.08)


def test_samples_have_them(fitted):
    scores = residual_scores(fitted, *sample(fitted))
    expected = np.interp(range(1, 6), fitted.spectrum.distance, fitted.spectrum.correlation)
    np.testing.assert_allclose(along_rows(scores, range(1, 6)), expected, atol=0.08)
    lag = np.corrcoef(scores[:, :-1].ravel(), scores[:, 1:].ravel())[0, 1]
    assert lag == pytest.approx(np.exp(-HOURS / fitted.finisher.memory), abs=0.05)


def test_its_quantiles_are_those_of_the_residual(fitted):
    scores = residual_scores(fitted, *sample(fitted, members=8))
    levels = [0.05, 0.25, 0.5, 0.75, 0.95]
    np.testing.assert_allclose(np.quantile(scores, levels), [-1.645, -0.674, 0, 0.674, 1.645], atol=0.15)


def test_start_members_and_storage_change_nothing(fitted, tmp_path):
    whole, _ = sample(fitted)
    np.testing.assert_allclose(sample(fitted, start=3)[0], whole[:, 3:], rtol=1e-5)
    np.testing.assert_allclose(sample(fitted, members=2)[0], whole[:2], rtol=1e-5)
    fitted.save(tmp_path)
    np.testing.assert_array_equal(sample(MeanSpectrumNoise.load(tmp_path))[0], whole)


def test_its_network_is_that_of_mean_noise(fitted, tmp_path):
    other = fit(MeanNoise, tmp_path)
    for name, value in other.module.state_dict().items():
        np.testing.assert_array_equal(value, fitted.module.state_dict()[name])
    assert other.quantiles == fitted.quantiles
    assert other.finisher == fitted.finisher
    assert MeanNoise.presets == MeanSpectrumNoise.presets
