"""Methods that predict frame by frame: sizes, the interpolation they start from, windows, conserved mass."""

from copy import deepcopy

import numpy as np
import pytest
import torch
import xarray as xr
from sequences import shower_sequence

from downbench import FitContext, SampleContext, block_mean, build_config
from downbench.plugins.registry import Registry
from downbench_methods.base import network, pacing
from downbench_methods.base.frame_by_frame import FrameModel
from downbench_methods.fields.finishing import Finisher
from downbench_methods.networks.build import UNetConfig
from downbench_methods.networks.edsr import EDSR
from downbench_methods.networks.frame import FrameUNet
from downbench_methods.regression.configuration import UNetRegressionConfig
from downbench_methods.regression.methods import RegressionModel

NAMES = ("unet", "swin-ir", "edsr", "unet-crps", "wgan-gp", "srgan")
METHODS = {e.info.name: e for e in Registry().entries("method") if e.info.name in NAMES}


def method_class(name):
    return METHODS[name].load()


def configuration(name, preset, **changes):
    cls = method_class(name)
    return build_config(name, cls.Config, cls.presets, preset, changes)


def count(module):
    return sum(p.numel() for p in module.parameters())


@pytest.mark.parametrize("name", NAMES)
def test_every_preset_is_a_configuration_and_grows(name):
    sizes = []
    for preset in ("smoke", "tiny", "small", "paper"):
        parameters = method_class(name).parameters(configuration(name, preset), 12)
        sizes.append(sum(parameters.values()))
    # SRGAN's own generator is as large as the one that "small" takes
    assert sizes[0] < sizes[1] < sizes[2] <= sizes[3]


def test_parameters_are_those_of_the_papers():
    """EDSR: 43 M and, for x2, 1.37 M (Lim et al. 2017, table 1 and section 4.2); Swin-IR and the U-Net of
    OF-Diff's published code 15.65 M and 15.66 M (the latter of 36 channels to 2)."""
    with torch.device("meta"):
        assert count(EDSR(3, 4, 256, 32, out=3)) == pytest.approx(43e6, rel=0.01)
        assert count(EDSR(3, 2, 64, 16, 1.0, out=3)) == pytest.approx(1.37e6, rel=0.01)
    swinir, sized = method_class("swin-ir"), configuration("swin-ir", "paper")
    assert swinir.parameters(sized, 12)["network"] == pytest.approx(15.65e6, rel=0.01)
    unet = method_class("unet")
    assert unet.parameters(configuration("unet", "paper"), 12)["network"] == pytest.approx(15.66e6, rel=0.01)
    edsr = method_class("edsr")  # two more stages of x2 than x2 has, and one map out
    assert edsr.parameters(configuration("edsr", "paper"), 12)["network"] == pytest.approx(45.4e6, rel=0.01)
    srgan = method_class("srgan").parameters(configuration("srgan", "paper"), 12)
    assert srgan["generator"] == pytest.approx(1.5e6, rel=0.15)  # SRResNet for x4, 1.5 M


def example(batch=2, frames=1, size=4, seed=0):
    generator = torch.Generator().manual_seed(seed)
    fine = torch.randn(batch, frames, size * 8, size * 8, generator=generator)
    return {
        "coarse": torch.randn(batch, frames, 2, size, size, generator=generator),
        "relief": torch.randn(batch, 1, size * 8, size * 8, generator=generator),
        "fine": fine,
        "valid": torch.ones_like(fine, dtype=torch.bool),
        "index": torch.arange(batch),
        "seed": torch.arange(batch),
    }


def unet(**changes):
    torch.manual_seed(0)
    sizes = UNetConfig(width=16, multipliers=(1, 2), heads=2, head_width=8, unet_patch=4, stem=3)
    return FrameUNet(sizes, 2, 8, 1, **changes)


def test_an_untrained_unet_interpolates():
    batch = example()
    expected = torch.nn.functional.interpolate(batch["coarse"][:, 0, :1], scale_factor=8, mode="bilinear")
    torch.testing.assert_close(FrameModel(unet()).members(batch, 1)[0], expected[:, 0])


def test_the_unet_sees_fine_relief():
    network, batch = unet(), example()
    torch.nn.init.normal_(network.unet.head.weight)
    flat = {**batch, "relief": batch["relief"] * 0}
    assert not torch.allclose(FrameModel(network).members(batch, 1), FrameModel(network).members(flat, 1))


def test_members_follow_from_examples_whatever_the_batch():
    model, batch = FrameModel(unet(noise_maps=1)), example(batch=3, frames=2)
    torch.nn.init.normal_(model.network.unet.head.weight)
    whole = model.members(batch, 4)  # (4, 6, H, W)
    alone = model.members({name: value[1:2] for name, value in batch.items()}, 4)
    torch.testing.assert_close(whole[:, 2:4], alone, rtol=1e-4, atol=1e-4)
    assert (whole[0] - whole[1]).abs().mean() > 0.01


def test_dry_is_the_least_and_keeps_a_gradient():
    class Below(torch.nn.Module):
        noise_maps = 0

        def forward(self, coarse, relief, noise):
            return coarse

    x = torch.tensor([-2.0, 0.5], requires_grad=True)
    rain = FrameModel(Below(), dry=-1.0).predict(x, x)
    torch.testing.assert_close(rain, torch.tensor([-1.0, 0.5]))
    rain.sum().backward()
    torch.testing.assert_close(x.grad, torch.tensor([0.1, 1.0]))


@pytest.mark.parametrize(("loss", "expected"), [("mse", 4.0), ("mae", 2.0), ("quantile", 1.8)])
def test_losses_of_a_constant_error(loss, expected):
    batch = example()
    config = UNetRegressionConfig(loss=loss, quantile=0.9)
    model = RegressionModel(unet(), config)
    batch["fine"] = model.members(batch, 1)[0].detach()[:, None] + 2  # predicted too little by 2
    assert float(model(batch, 0)["loss"]) == pytest.approx(expected, rel=1e-5)


def sequence(frames=8, size=(32, 48), seed=0):
    return shower_sequence(frames, size, seed, relief=True)


def sample(method, data, **changes):
    method.config = method.config.model_copy(update=changes)
    context = SampleContext(seed=0, sequence="s")
    parts = method.sample(data.coarse.isel(tile=0), data.static.isel(tile=0), 3, context)
    return xr.concat(list(parts), "time").to_numpy()


@pytest.fixture(scope="module", params=["unet", "unet-crps", "wgan-gp-residual"])
def fitted(request, tmp_path_factory):
    """A deterministic method, one with noise on the fine and one with noise on the coarse grid."""
    name = request.param.removesuffix("-residual")
    changes = {} if name == request.param else {"generator": "residual", "residual_width": 8, "noise_maps": 2}
    method = method_class(name)(configuration(name, "smoke", **changes))
    method.fit((sequence(),), (sequence(seed=1),), FitContext(seed=0, directory=tmp_path_factory.mktemp("f")))
    return method


def test_mass_is_conserved_when_asked_for(fitted):
    data = sequence(seed=2)
    coarse = data.coarse["precipitation"].to_numpy()[None, :, 0]
    kept = block_mean(sample(fitted, data, conserve=True), 8)
    np.testing.assert_allclose(kept, np.broadcast_to(coarse, kept.shape), rtol=1e-4, atol=1e-5)
    free = block_mean(sample(fitted, data, conserve=False), 8)
    assert np.abs(free - coarse).max() > 1e-2


def test_batches_change_nothing_and_windows_little(fitted):
    data = sequence(3, (64, 192), seed=3)
    whole = sample(fitted, data, conserve=False)
    one = sample(fitted, data, conserve=False, batch_pixels=1)
    np.testing.assert_allclose(one, whole, rtol=1e-3, atol=1e-4)
    windows = sample(fitted, data, conserve=False, batch_pixels=2**18, window=128)
    # away from where windows meet, a cell sees the same within its network's reach
    assert windows.shape == whole.shape
    assert np.corrcoef(windows.ravel(), whole.ravel())[0, 1] > 0.98


def test_what_is_measured_while_sampling_changes_nothing(fitted, monkeypatch):
    data, method = sequence(24, (32, 64), seed=3), deepcopy(fitted)
    whole = sample(method, data, conserve=False, batch_pixels=None)
    assert method.chosen() == {"batch_cells": 2**18}  # too little for measuring to pay
    for name, value in {"WORTH": 1, "FIRST_CELLS": 2**12}.items():
        monkeypatch.setattr(network, name, value)
    for name, value in {"MOST_CELLS": 2**13, "GAIN": 0.0}.items():  # whatever is tried is kept
        monkeypatch.setattr(pacing, name, value)
    measured = sample(method, data, conserve=False)
    cells = 2**13 if method.members(3) == 1 else 2**12  # three members of a frame are more than a batch
    assert method.chosen() == {"batch_cells": cells, "channels_last": True}
    np.testing.assert_allclose(measured, whole, rtol=1e-3, atol=1e-4)


def test_the_record_tells_in_which_way_it_was_trained(fitted, tmp_path):
    method = deepcopy(fitted)
    method.log = [{"step": 0, "seconds_of_a_step": {}, "ways": ["channels_last"]}, {"step": 2, "loss": 1.0}]
    method.save(tmp_path)
    assert type(fitted).load(tmp_path).chosen() == {"trained_channels_last": True}


def test_ensembles_are_calibrated_and_stay_so(fitted, tmp_path):
    # one field is not calibrated, and a GAN of four steps is too far off for a map to help
    calibrated = fitted.finisher.calibration is not None
    assert calibrated == (type(fitted).__name__ == "UNetCRPS")
    fitted.save(tmp_path)
    again = type(fitted).load(tmp_path)
    assert again.finisher == fitted.finisher
    data = sequence(seed=2)
    rain = sample(fitted, data)
    np.testing.assert_array_equal(sample(again, data, **fitted.config.model_dump()), rain)
    again.finisher = Finisher(memory=fitted.finisher.memory)
    assert (sample(again, data) == rain).all() != calibrated


def test_calibrated_samples_have_the_quantiles_of_training_rain(tmp_path):
    method = method_class("unet-crps")(configuration("unet-crps", "smoke", conserve=False))
    method.fit((sequence(),), (sequence(seed=1),), FitContext(seed=0, directory=tmp_path))
    data, levels = sequence(), np.linspace(0, 0.95, 50)  # which it was trained on
    wanted = np.quantile(data.fine.to_numpy(), levels)
    found = np.quantile(sample(method, data), levels)
    method.finisher = Finisher()
    raw = np.quantile(sample(method, data), levels)
    assert np.abs(found - wanted).mean() < np.abs(raw - wanted).mean() / 3
