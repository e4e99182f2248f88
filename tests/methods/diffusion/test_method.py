"""What the diffusion methods' samples keep: the input's mass, and noise with a memory."""

from __future__ import annotations

import numpy as np
import pytest
import torch
import xarray as xr
from sequences import make_sequence, shower_sequence

from downbench import FitContext, SampleContext, UserError, block_mean, build_config
from downbench_methods.base.fit_finishing import lag1
from downbench_methods.diffusion.edm_residual import EDMResidual
from downbench_methods.diffusion.image_diffusion import ImageDiffusion
from downbench_methods.diffusion.stvd import STVD
from downbench_methods.diffusion.swinir_diffusion import SwinIRDiffusion
from downbench_methods.diffusion.video_diffusion import VideoDiffusion


def fit(method, directory, **changes):
    directory.mkdir(exist_ok=True)
    fitted = method(build_config("toy", method.Config, method.presets, "smoke", changes))
    fitted.fit((shower_sequence(),), (shower_sequence(seed=1),), FitContext(seed=2, directory=directory))
    return fitted


def sample(method, start=0):
    data = shower_sequence(seed=3)
    context = SampleContext(seed=0, sequence="s", tile=0, start=start)
    parts = list(method.sample(data.coarse.isel(tile=0), data.static, 2, context))
    return xr.concat(parts, "time").sel(time=data.times[start:]).to_numpy()


@pytest.mark.parametrize("method", [SwinIRDiffusion, STVD], ids=lambda m: m.__name__)
def test_conserved_samples_give_the_input_back(method, tmp_path):
    held = block_mean(sample(fit(method, tmp_path / "a")), 8)
    coarse = shower_sequence(seed=3).coarse["precipitation"].isel(tile=0).to_numpy()
    np.testing.assert_allclose(held, np.broadcast_to(coarse, held.shape), rtol=1e-3, atol=1e-5)


def test_noise_with_a_memory(tmp_path):
    """The noise of a fresh denoiser is its sample: shared noise gives equal fields from equal input."""
    method = fit(ImageDiffusion, tmp_path / "a", conserve=False, noise_memory="shared")
    data = shower_sequence(seed=3)
    data.coarse["precipitation"][:] = data.coarse["precipitation"].isel(time=0).to_numpy()
    context = SampleContext(seed=0, sequence="s", tile=0)
    rain = xr.concat(method.sample(data.coarse.isel(tile=0), data.static, 2, context), "time").to_numpy()
    np.testing.assert_allclose(rain, np.broadcast_to(rain[:, :1], rain.shape), rtol=1e-4, atol=1e-4)
    lasting = fit(ImageDiffusion, tmp_path / "b", noise_memory=8.0)
    np.testing.assert_allclose(sample(lasting, start=3), sample(lasting)[:, 3:], rtol=1e-4, atol=1e-4)


LASTING = 0.6  # lag-1 correlation of the logarithm of lasting rain


def lasting_rain():
    """Rain whose logarithm is an autoregressive process, cell by cell."""
    generator = np.random.default_rng(0)
    log = [generator.standard_normal((1, 64, 64))]
    for _ in range(39):
        new = generator.standard_normal((1, 64, 64))
        log.append(LASTING * log[-1] + np.sqrt(1 - LASTING * LASTING) * new)
    return make_sequence(np.exp(np.stack(log)).astype(np.float32), hours=3)


def fit_lasting(method, directory):
    fitted = method(build_config("toy", method.Config, method.presets, "smoke", {"batch": 16}))
    fitted.fit((lasting_rain(),), (), FitContext(seed=2, directory=directory))
    return fitted


def test_memory_is_taken_from_training_data(tmp_path):
    """The residual over a learned prediction has the memory of rain."""
    memory = float(fit_lasting(SwinIRDiffusion, tmp_path).module.memory)
    assert np.exp(-3 / memory) == pytest.approx(LASTING, abs=0.02)  # what coarse rain tells


@pytest.mark.parametrize("method", [ImageDiffusion, EDMResidual], ids=lambda m: m.__name__)
def test_without_a_learned_prediction_samples_have_the_memory_of_rain(method, tmp_path):
    """What a denoiser knows without noise lasts as well, so that the residual does not tell."""
    fitted, data = fit_lasting(method, tmp_path), lasting_rain()
    context = SampleContext(seed=0, sequence="s", tile=0)
    rain = xr.concat(list(fitted.sample(data.coarse.isel(tile=0), data.static, 2, context)), "time")
    truth = data.fine.isel(tile=0).to_numpy()
    samples = rain.transpose("member", "time", "y", "x").to_numpy()
    assert lag1(list(samples)) == pytest.approx(lag1([truth]), abs=0.02)


def test_refreshes_share_no_clip_with_training_or_each_other(monkeypatch, tmp_path):
    """What quantiles are fitted to is new each time, and late in training there is much of it."""
    method, asked = fit(SwinIRDiffusion, tmp_path / "a"), []
    method.steps_after = 1000

    class Recorder:
        def batch(self, indices):
            asked.extend(indices)
            return {"fine": torch.zeros(1)}

    monkeypatch.setattr(method.module, "fit_scores", lambda batches: None)
    monkeypatch.setattr(method.module, "measure", lambda batch: None)
    counts = []
    for step in range(1000):
        before = len(asked)
        method.before_step(Recorder(), step)
        counts.append(len(asked) - before)
    steps = np.flatnonzero(counts).tolist()
    assert steps == [0, 10, 25, 50, 100, 200, 300, 400, 500, 600, 700]
    assert counts[700] == 768
    assert len(set(asked)) == len(asked)
    assert min(asked) >= 2**30
    assert max(asked) < 2**31


def test_clips_have_no_use_for_it():
    config = build_config(
        "video", VideoDiffusion.Config, VideoDiffusion.presets, "smoke", {"noise_memory": 8.0}
    )
    with pytest.raises(UserError, match="noise_memory"):
        VideoDiffusion(config)


def test_every_parameter_learns():
    for method in (SwinIRDiffusion, STVD):
        config = build_config("toy", method.Config, method.presets, "smoke", {"residual": "additive"})
        torch.manual_seed(0)
        model = method.Model(config, 2, 8, 1)
        for module in model.modules():  # what starts at zero
            if hasattr(module, "head"):
                torch.nn.init.normal_(module.head.weight, std=0.1)
            if hasattr(module, "project") and hasattr(module, "qkv"):
                torch.nn.init.normal_(module.project.weight, std=0.1)
        fine = torch.randn(2, 3, 32, 32)
        batch = {
            "coarse": torch.randn(2, 3, 2, 4, 4),
            "relief": torch.randn(2, 1, 32, 32),
            "fine": fine,
            "valid": torch.ones_like(fine, dtype=torch.bool),
            "index": torch.arange(2),
            "seed": torch.arange(2),
        }
        model(batch, 0)["loss"].backward()
        silent = [n for n, p in model.named_parameters() if p.grad is None or not p.grad.abs().sum() > 0]
        assert not silent, method.__name__
