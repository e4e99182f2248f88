"""Where data have gaps there is no residual, and the denoiser sees there what it saw in training."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from downbench import build_config
from downbench_methods.diffusion.condition import Condition
from downbench_methods.diffusion.edm_residual import EDMResidual
from downbench_methods.diffusion.flow_matching import FlowMatching
from downbench_methods.diffusion.image_diffusion import ImageDiffusion
from downbench_methods.diffusion.samplers import SOLVERS
from downbench_methods.diffusion.sampling import draw
from downbench_methods.diffusion.schedule import alpha_sigma
from downbench_methods.diffusion.swinir_diffusion import SwinIRDiffusion
from downbench_methods.fields.transform import Transform
from downbench_methods.ofdiff.fast import OFDiffFast
from downbench_methods.ofdiff.method import OFDiff

METHODS = [SwinIRDiffusion, OFDiff, OFDiffFast, EDMResidual, FlowMatching, ImageDiffusion]
SIZE, FACTOR = 32, 8
TRANSFORM = Transform(missing=True, rain=(0.3, 0.8))


def model_of(method):
    config = build_config("toy", method.Config, method.presets, "smoke", {})
    torch.manual_seed(0)
    model = method.module_for(config, TRANSFORM, FACTOR).eval()
    for module in model.modules():  # heads start at zero: make them speak
        if hasattr(module, "head"):
            torch.nn.init.normal_(module.head.weight, std=0.2)
    return model


def clip_with_gaps(frames=3):
    """Two clips whose left coarse cells are missing, the fine ones filled as training fills them."""
    random = torch.Generator().manual_seed(1)
    side = SIZE // FACTOR
    coarse = torch.randn(2, frames, 2, side, side, generator=random)
    coarse[:, :, 1] = 1
    coarse[:, :, :, :, 0] = torch.tensor([TRANSFORM.dry, 0.0])[:, None]
    valid = torch.ones(2, frames, SIZE, SIZE, dtype=torch.bool)
    valid[..., :FACTOR] = False
    fine = torch.randn(2, frames, SIZE, SIZE, generator=random).where(valid, TRANSFORM.dry)
    return {
        "coarse": coarse,
        "relief": torch.zeros(2, 0, SIZE, SIZE),
        "fine": fine,
        "valid": valid,
        "seed": torch.tensor([3, 4]),
        "index": torch.tensor([0, 1]),
    }


@pytest.mark.parametrize("method", METHODS, ids=lambda m: m.__name__)
def test_training_does_not_depend_on_what_gaps_are_filled_with(method):
    model, batch = model_of(method), clip_with_gaps()
    other = {**batch, "fine": batch["fine"].where(batch["valid"], 5.0)}
    with torch.no_grad():
        loss, filled = (float(model(x, 0)["loss"]) for x in (batch, other))
    assert filled == loss
    changed = {**batch, "fine": batch["fine"] + 0.5 * batch["valid"]}
    with torch.no_grad():
        assert float(model(changed, 0)["loss"]) != pytest.approx(loss, rel=1e-3)


@pytest.mark.parametrize("solver", sorted(SOLVERS))
def test_sampling_meets_the_noise_of_training_in_gaps(solver, monkeypatch):
    """As in training x is sigma eps there, whatever the denoiser answers; solvers begin at eps."""
    model, batch = model_of(SwinIRDiffusion), clip_with_gaps(1)
    condition = model.training_condition(batch)
    covered = model.covered(batch["coarse"].flatten(0, 1))
    seen = []

    def clean(x, logsnr, condition, frames):
        seen.append((x, alpha_sigma(logsnr)[1]))
        return torch.full_like(x, 0.7)

    monkeypatch.setattr(model, "clean", clean)
    noise = torch.randn(6, 1, SIZE, SIZE, generator=torch.Generator().manual_seed(2))
    rain = draw(model, TRANSFORM, condition, noise, solver, 5, covered=covered)
    inside = batch["valid"].repeat_interleave(3, 0)
    first = seen[0][1]
    for x, sigma in seen:
        np.testing.assert_allclose(x[~inside], (sigma / first * noise)[~inside], rtol=1e-4, atol=1e-5)
    reference = condition.repeat(3, 1).reference
    torch.testing.assert_close(rain[~inside], model.decode(torch.zeros_like(noise), reference)[~inside])
    full = model.decode(torch.full_like(noise, 0.7), reference)
    torch.testing.assert_close(rain[inside], full[inside])


@pytest.mark.parametrize("history", ["deterministic", "generated"])
def test_a_checkpoint_is_not_chosen_by_rain_of_gaps(history):
    """Coarse rain that is missing is not taken for none: samples keep their own mean there."""
    changes = {"history": history, "noise_memory": 0.0}
    method = OFDiff(build_config("toy", OFDiff.Config, OFDiff.presets, "smoke", changes))
    method.transform, method.factor, method.module = TRANSFORM, FACTOR, model_of(OFDiff)
    batch, cells = clip_with_gaps(), SIZE // FACTOR
    with torch.no_grad():
        made = method._draw(method.module, batch, 2, "dpmpp", 2)
    missing = np.zeros((2, cells, cells), bool)
    missing[:, :, 0] = True
    np.testing.assert_array_equal(np.isnan(made.coarse), missing)
    present = TRANSFORM.rate(batch["coarse"][:, -1, 0]).numpy()
    np.testing.assert_array_equal(made.coarse[~missing], present[~missing])


def test_records_without_gaps_are_covered_everywhere():
    model = model_of(SwinIRDiffusion)
    model.gaps = False
    assert model.covered(torch.ones(1, 1, 4, 4)) is None
    assert isinstance(model.condition(torch.ones(1, 1, 2, 4, 4), torch.zeros(1, 0, SIZE, SIZE)), Condition)
