"""EDM's preconditioning by the principles that it follows from (Karras et al. 2022, appendix B.6)."""

import pytest
import torch
from sequences import shower_sequence

from downbench import FitContext, build_config
from downbench_methods.diffusion.condition import Condition
from downbench_methods.diffusion.edm_residual import EDMModel, EDMResidual, loss_weight, preconditioning
from downbench_methods.diffusion.model import DiffusionModel
from downbench_methods.diffusion.samplers import heun, karras_levels

SIGMA = torch.tensor([0.002, 0.1, 0.5, 1.0, 7.0, 80.0], dtype=torch.float64)


@pytest.mark.parametrize("data", [0.5, 1.0, 2.0])
def test_inputs_and_targets_have_unit_variance(data):
    skip, out, scale = preconditioning(SIGMA, data)
    torch.testing.assert_close(scale.square() * (SIGMA.square() + data**2), torch.ones_like(SIGMA))
    # target of F: (y - c_skip (y + n)) / c_out, with Var y = data^2 and Var n = sigma^2
    variance = ((1 - skip).square() * data**2 + skip.square() * SIGMA.square()) / out.square()
    torch.testing.assert_close(variance, torch.ones_like(SIGMA))
    torch.testing.assert_close(loss_weight(SIGMA, data) * out.square(), torch.ones_like(SIGMA))


def test_the_skip_amplifies_errors_of_the_network_least():
    skip, out, _ = preconditioning(SIGMA, 0.5)
    for shift in (-0.01, 0.01):
        other = (1 - skip - shift).square() * 0.25 + (skip + shift).square() * SIGMA.square()
        assert (other > out.square()).all()


class Plain(DiffusionModel):
    """A residual, and nothing of EDM's."""

    predicts = True


def models():
    config = build_config(
        "edm", EDMResidual.Config, EDMResidual.presets, "smoke", {"wiener": False, "residual": "additive"}
    )
    torch.manual_seed(0)
    edm = EDMModel(config, 2, 8, None)
    torch.nn.init.normal_(edm.denoiser.head.weight, std=0.3)
    plain = Plain(config, 2, 8, None)
    plain.load_state_dict(edm.state_dict())
    return edm, plain


def test_for_data_of_unit_variance_it_is_velocity_prediction():
    edm, plain = models()
    generator = torch.Generator().manual_seed(0)
    target, noise, mean = (torch.randn(4, 1, 16, 16, generator=generator) for _ in range(3))
    fields = torch.randn(4, 2, 16, 16, generator=generator)
    condition = Condition(torch.cat([mean, fields], 1), mean, ())
    logsnr = torch.tensor([-6.0, -1.0, 0.5, 6.0])
    with torch.no_grad():
        x = plain.clean(target, logsnr, condition, 1)
        torch.testing.assert_close(edm.clean(target, logsnr, condition, 1), x, rtol=1e-4, atol=1e-4)
        weight = torch.rand(target.shape, generator=generator)
        losses = [m.loss_at(target, noise, logsnr, condition, weight, 1) for m in (edm, plain)]
    torch.testing.assert_close(*losses, rtol=1e-3, atol=1e-4)


def test_levels_in_training_are_log_normal():
    edm, _ = models()
    log_sigma = -edm.training_levels((torch.arange(10_000) + 0.5) / 10_000) / 2
    assert float(log_sigma.mean()) == pytest.approx(-0.5, abs=0.01)  # -1.2 for sigma_data = 0.5
    assert float(log_sigma.std()) == pytest.approx(1.2, abs=0.01)
    sigma = torch.exp(-torch.tensor(edm.sampling_levels(18)) / 2)
    torch.testing.assert_close(sigma[[0, -1]], torch.tensor([10.0, 0.05]))
    assert edm.sampling_levels(18) == karras_levels(18, 10.0, 0.05)


def test_settings_of_the_paper():
    config = build_config("edm", EDMResidual.Config, EDMResidual.presets, "paper", {})
    assert (config.solver, config.steps, config.base) == ("heun", 35, "bicubic")
    assert (config.sigma_min, config.sigma_max) == (0.002, 80.0)


def test_a_normal_residual_keeps_its_spread_with_the_levels_of_tiny():
    """The exact denoiser of variances around one, as the bands of scales of a scaled residual have."""
    config = build_config("edm", EDMResidual.Config, EDMResidual.presets, "tiny", {})
    levels = karras_levels(config.steps, config.sigma_max, config.sigma_min)
    for variance in (0.1, 1.0, 10.0):

        def denoise(x, logsnr, variance=variance):
            level = torch.tensor(logsnr, dtype=torch.float64)
            signal, noise = level.sigmoid(), (-level).sigmoid()
            return signal.sqrt() * variance / (signal * variance + noise) * x

        spread = float(heun(denoise, torch.ones((), dtype=torch.float64), levels)) / variance**0.5
        assert spread == pytest.approx(1, abs=0.1)


@pytest.mark.parametrize("base", ["bilinear", "bicubic"])
@pytest.mark.parametrize("residual", ["additive", "normal-scores"])
def test_what_is_diffused_has_unit_variance(base, residual, tmp_path):
    """Over its own interpolation, and though dry pixels share one normal score."""
    changes = {"base": base, "residual": residual, "batch": 8}
    config = build_config("edm", EDMResidual.Config, EDMResidual.presets, "smoke", changes)
    method = EDMResidual(config)
    data = shower_sequence(seed=0)
    method.fit((data,), (), FitContext(seed=2, directory=tmp_path))
    batch = method.clips((data,), 1).batch(range(128))
    rain = batch["fine"].flatten(0, 1)[:, None]
    with torch.no_grad():
        reference = method.module.prediction(batch)
        encoded = method.module.encode(rain, reference)
        again = method.module.decode(encoded, reference)
    assert float(encoded.square().mean().sqrt()) == pytest.approx(1, abs=0.05)
    wet = rain > rain.min() + 0.1
    assert float(((again - rain)[wet].abs() < 0.3).float().mean()) > 0.995  # all but beyond the last quantile
