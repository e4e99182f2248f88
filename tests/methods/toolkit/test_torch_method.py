"""Methods that bring a network of their own: their loss, their members, and what presets they have."""

from pathlib import Path

import numpy as np
import pytest
import torch
from sequences import shower_sequence
from torch import nn

from downbench import FitContext, SampleContext, UserError, block_mean, build_config
from downbench_methods.fields.transform import Transform
from downbench_methods.regression.ensemble import UNetCRPS
from downbench_methods.regression.methods import UNet
from downbench_methods.toolkit.configuration import ENSEMBLE_PRESETS, PRESETS
from downbench_methods.toolkit.torch_method import TorchEnsemble, TorchMethod
from downbench_methods.training.losses import crps_loss, masked_mae, masked_mse


class Plain(TorchMethod):
    """One convolution."""

    @classmethod
    def network(cls, config, channels, factor):
        return nn.Conv2d(channels, 1, 1)


class Absolute(Plain):
    """Another loss, with a part beside it."""

    @classmethod
    def loss(cls, config, rain, truth, valid):
        return {"loss": masked_mae(rain, truth, valid), "squared": masked_mse(rain, truth, valid)}


class Noisy(TorchEnsemble):
    """One convolution of fields and noise."""

    @classmethod
    def network(cls, config, channels, factor):
        return nn.Conv2d(channels, 1, 1)


class Dropping(TorchMethod):
    """Random in a way of its own."""

    @classmethod
    def network(cls, config, channels, factor):
        return nn.Sequential(nn.Conv2d(channels, 1, 1), nn.Dropout(0.5))


def fitted(cls, folder, **changes):
    method = cls(build_config("own", cls.Config, cls.presets, "smoke", {"patch": 16, **changes}))
    data = [(shower_sequence(frames, relief=True),) for frames in (9, 3)]
    folder.mkdir(exist_ok=True)
    method.fit(*data, FitContext(seed=1, directory=folder))
    return method


def batch(seed=0, frames=3):
    """Clips as training has them, without relief; some of the truth is missing."""
    torch.manual_seed(seed)
    fine = torch.randn(2, frames, 16, 16)
    return {
        "coarse": torch.randn(2, frames, 1, 2, 2),
        "relief": torch.zeros(2, 0, 16, 16),
        "fine": fine,
        "valid": torch.rand(fine.shape) > 0.2,
        "seed": torch.tensor([3, 4]),
    }


def test_the_loss_is_the_squared_error_of_valid_cells_unless_another_is_written():
    data = batch()
    for cls, expected in ((Plain, torch.square), (Absolute, torch.abs)):
        module = cls.module_for(cls.Config(), Transform(), 8)
        rain = module.predict(data["coarse"].flatten(0, 1), data["relief"].repeat(3, 1, 1, 1))[:, 0]
        error = expected(rain - data["fine"].flatten(0, 1))[data["valid"].flatten(0, 1)]
        losses = module(data, 0)
        torch.testing.assert_close(losses["loss"], error.mean())
    assert set(losses) == {"loss", "squared"}


def test_an_ensemble_is_scored_as_one():
    data = batch()
    module = Noisy.module_for(Noisy.Config(members=3), Transform(), 8)
    members = module.members(data, 3)
    assert members.shape == (3, 6, 16, 16)
    expected = crps_loss(members, data["fine"].flatten(0, 1), data["valid"].flatten(0, 1))
    torch.testing.assert_close(module(data, 0)["loss"], expected)


def test_what_is_random_in_a_network_follows_from_the_seed_of_the_step():
    """So that a fit with dropout, too, repeats itself after a kill; the state of torch is left alone."""
    module, data = Dropping.module_for(Dropping.Config(), Transform(), 8), batch()
    before = torch.get_rng_state()
    first, again, other = (float(module(data, seed)["loss"].detach()) for seed in (7, 7, 2**63 + 8))
    assert first == again != other
    assert torch.equal(torch.get_rng_state(), before)


def test_a_deterministic_method_has_one_field_and_an_ensemble_members_that_differ(tmp_path):
    data = shower_sequence(4, seed=3, relief=True)
    arguments = data.coarse.isel(tile=0), data.static.isel(tile=0), 3, SampleContext(seed=1)
    [one] = fitted(Plain, tmp_path / "one").sample(*arguments)
    [several] = fitted(Noisy, tmp_path / "several").sample(*arguments)
    assert (one.sizes["member"], several.sizes["member"]) == (1, 3)
    assert not np.array_equal(several[0], several[1])
    for rain in (one, several):  # both are scaled to the coarse rain
        held = block_mean(rain.to_numpy(), 8)
        np.testing.assert_allclose(
            held, np.broadcast_to(arguments[0]["precipitation"], held.shape), atol=1e-4
        )


def test_weights_come_back_in_a_new_object(tmp_path: Path):
    method = fitted(Noisy, tmp_path)
    method.save(tmp_path)
    assert not [file for file in tmp_path.iterdir() if file.suffix in (".pt", ".pth", ".pkl")]
    data = shower_sequence(2, seed=3, relief=True)
    arguments = data.coarse.isel(tile=0), data.static.isel(tile=0), 2, SampleContext(seed=1)
    for ours, theirs in zip(method.sample(*arguments), Noisy.load(tmp_path).sample(*arguments), strict=True):
        np.testing.assert_array_equal(ours, theirs)


def test_presets_are_those_of_the_built_ins_without_a_paper():
    """What stands in both is the same, so that a comparison at one preset is a fair one."""
    for ours, cls in ((PRESETS, UNet), (ENSEMBLE_PRESETS, UNetCRPS)):
        assert list(ours) == ["smoke", "tiny", "small"]
        for name, values in ours.items():
            theirs = cls.presets[name]
            assert {key for key in values if values[key] != theirs.get(key)} <= {"train_steps", "batch"}
    assert Plain.finishing(Plain.Config(conserve=True)) == {"conserve": "on"}


def test_a_network_that_is_none_is_told_so():
    class Wrong(TorchMethod):
        @classmethod
        def network(cls, config, channels, factor):
            return "unet"

    with pytest.raises(UserError, match=r"Wrong\.network gives 'unet', which is no torch\.nn\.Module"):
        Wrong.module_for(Wrong.Config(), Transform(), 8)


@pytest.mark.parametrize(
    ("attribute", "value", "message"),
    [
        ("grid", "corse", r"Mistaken\.grid is 'corse'"),
        ("multiple", 0, r"Mistaken\.multiple is 0"),
        ("multiple", 2.0, r"Mistaken\.multiple is 2\.0"),
    ],
)
def test_an_attribute_that_means_nothing_is_told_so(attribute, value, message):
    class Mistaken(Plain):
        pass

    setattr(Mistaken, attribute, value)
    with pytest.raises(UserError, match=message):
        Mistaken.module_for(Mistaken.Config(), Transform(), 8)


def test_parameters_are_counted_without_fitting():
    """3 predictors with the topography among them: 3 weights and a bias."""
    assert Plain.parameters(Plain.Config(), 3) == {"network": 4}
    assert Noisy.parameters(Noisy.Config(), 3) == {"network": 5}


def test_the_truth_that_is_missing_costs_nothing():
    data = batch()
    nothing = data | {"valid": torch.zeros_like(data["valid"])}
    module = Plain.module_for(Plain.Config(), Transform(), 8)
    assert float(module(nothing, 0)["loss"].detach()) == 0
