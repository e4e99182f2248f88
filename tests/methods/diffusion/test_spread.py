"""How wide samples spread: a factor of the residual, by what scores best on validation data."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from sequences import shower_sequence

from downbench import FitContext, build_config
from downbench_methods.diffusion import method as diffusion_method
from downbench_methods.diffusion.image_diffusion import ImageDiffusion
from downbench_methods.diffusion.method import lowest
from downbench_methods.diffusion.sampling import draw
from downbench_methods.diffusion.swinir_diffusion import SwinIRDiffusion
from downbench_methods.fields.transform import Transform


def fit(directory, **changes):
    """A method whose residual is additive, and whose samples nothing finishes."""
    plain = {"residual": "additive", "conserve": False, "calibrate": 0, "noise_memory": 0.0}
    config = build_config(
        "toy", SwinIRDiffusion.Config, SwinIRDiffusion.presets, "smoke", {**plain, **changes}
    )
    method = SwinIRDiffusion(config)
    directory.mkdir(exist_ok=True)
    method.fit((shower_sequence(),), (shower_sequence(seed=1),), FitContext(seed=2, directory=directory))
    return method


def test_samples_that_spread_too_little_are_spread(tmp_path, monkeypatch):
    """The truth is the prediction and unit noise, samples have 0.8 of it: by 1.25 they are right."""
    method = fit(tmp_path)
    model, random = method.module, torch.Generator().manual_seed(0)

    def batches(clips, first, number, size):
        batch = clips.batch(range(24))
        reference = model.prediction(batch).detach().view_as(batch["fine"])
        # above dry by far, so that no member is cut off there
        noise = torch.randn(reference.shape, generator=random)
        return [{**batch, "fine": model.decode(noise, reference)}]

    def residual(model, transform, condition, noise, *args):
        return 0.8 * noise

    monkeypatch.setattr(method, "_batches", batches)
    monkeypatch.setattr(diffusion_method, "draw_residual", residual)
    monkeypatch.setattr(Transform, "inverse", lambda self, z: z)  # dry rain would cut off half of the noise
    context = FitContext(seed=2, directory=tmp_path)
    assert method.fitted_spread((shower_sequence(seed=1),), context) == pytest.approx(1.25, abs=0.04)
    assert method.fitted_spread((), context) == 1.0


def test_the_factor_scales_the_residual_of_samples(tmp_path):
    plain, wide, fitted = (fit(tmp_path / str(x), spread=x) for x in (1.0, 1.5, "fitted"))
    scales = [float(method.module.residual_scale) for method in (plain, wide, fitted)]
    assert scales[1] == pytest.approx(1.5 * scales[0])
    assert 0.8 * scales[0] <= scales[2] <= 1.51 * scales[0]


def test_known_frames_are_given_back_whatever_the_scale():
    config = build_config(
        "toy", ImageDiffusion.Config, ImageDiffusion.presets, "smoke", {"clip_residual": False}
    )
    torch.manual_seed(0)
    model = ImageDiffusion.module_for(config, Transform(), 8).eval()
    torch.nn.init.normal_(model.denoiser.head.weight, std=0.2)
    condition = model.condition(torch.randn(1, 2, 1, 4, 4), torch.zeros(1, 0, 32, 32))
    noise = torch.randn(2, 1, 32, 32)
    known = torch.full_like(noise, torch.nan)
    known[0] = torch.randn(1, 32, 32)
    args = (model, Transform(), condition, noise, "ddim", 3, 1)
    with torch.no_grad():
        once = draw(*args)
        model.residual_scale.mul_(2)
        twice, beside = draw(*args), draw(*args, standing=known)
    torch.testing.assert_close(twice - condition.reference, 2 * (once - condition.reference))
    torch.testing.assert_close(beside[0], known[0])
    torch.testing.assert_close(beside[1], twice[1])


def test_lowest_is_that_of_the_parabola():
    x = np.linspace(0.8, 1.5, 8)
    assert lowest(x, (x - 1.137) ** 2 + 4) == pytest.approx(1.137)
    assert lowest(x, x) == 0.8
    assert lowest(x, -x) == 1.5
