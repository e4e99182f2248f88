"""Each ablation is OF-Diff but for one thing, and that thing is really changed."""

from __future__ import annotations

import pkgutil

import numpy as np
import pytest
import torch

from downbench import build_config
from downbench_methods.ofdiff.catalogue import ABLATIONS, PAPER_FORM, PAPER_FORMS
from downbench_methods.ofdiff.configuration import PRESETS, OFDiffConfig
from downbench_methods.ofdiff.gan import OFDiffGAN, OFDiffGANConfig, OFDiffGANModel
from downbench_methods.ofdiff.method import OFDiff
from downbench_methods.ofdiff.model import OFDiffModel
from downbench_methods.ofdiff.paper_form import FINE, PaperForm

CLASSES = {info.name: pkgutil.resolve_name(info.target) for info in ABLATIONS}
# a GAN is trained in its own way
TRAINED = {"ofdiff-gan": {"train_steps", "lr", "lr_end", "warmup", "adam", "ema", "mean_share"}}


def smoke(**changes: object) -> OFDiffConfig:
    """With the three networks that the paper has."""
    return OFDiffConfig(**{**PRESETS["smoke"], "flow_grid": "fine", **changes})


def batch(frames: int = 4, channels: int = 3, size: int = 32) -> dict[str, torch.Tensor]:
    generator = torch.Generator().manual_seed(0)
    coarse = torch.randn(2, frames, channels, size // 8, size // 8, generator=generator)
    fine = torch.randn(2, frames, size, size, generator=generator)
    return {
        "coarse": coarse,
        "relief": torch.zeros(2, 0, size, size),
        "fine": fine,
        "valid": torch.ones(fine.shape, dtype=torch.bool),
        "index": torch.arange(2),
        "seed": torch.tensor([3, 4]),
        "time": torch.arange(2),
    }


def gradients(config: OFDiffConfig) -> dict[str, float]:
    """Sum of absolute gradients of each network after one loss."""
    torch.manual_seed(0)
    model = OFDiffModel(config, 3, 8, None)
    for name, parameter in model.named_parameters():  # heads begin at zero and would let nothing through
        if name.endswith(("head.weight", "out.weight")):
            torch.nn.init.normal_(parameter, std=0.1)
    data = batch()
    model.fit_scores([data])
    model(data, 0)["loss"].backward()
    return {
        name: sum(float(p.grad.abs().sum()) for p in network.parameters() if p.grad is not None)
        for name, network in model.named_children()
    }


@pytest.mark.parametrize("name", CLASSES)
@pytest.mark.parametrize("preset", PRESETS)
def test_presets_differ_from_ofdiff_by_the_switch_alone(name: str, preset: str) -> None:
    cls = CLASSES[name]
    theirs = dict(build_config("ofdiff", OFDiff.Config, OFDiff.presets, preset, {}))
    ours = dict(build_config(name, cls.Config, cls.presets, preset, {}))
    changed = {key for key in theirs if ours[key] != theirs[key]}
    equal_time = set(getattr(cls, "equal_time", {"train_steps"})) if preset == "tiny" else set()
    batch = {"mean_batch"} if name == "ofdiff-unet-mean" else set()  # that which suits the network
    assert equal_time <= {"train_steps", "mean_rate", "mean_share"} | batch
    thrown = {key for key, value in cls.switch.items() if theirs[key] != value}
    assert changed - {"clip"} - equal_time - TRAINED.get(name, set()) == thrown
    assert {key: ours[key] for key in cls.switch} == cls.switch
    # at `paper` rain is relative to the prediction anyway
    assert set(cls.switch) - thrown == ({"relative_to"} & set(cls.switch) if preset == "paper" else set())
    other_past = "order" in cls.switch and preset != "paper"
    assert ours["clip"] == (ours["order"] + 1 if other_past else theirs["clip"])  # one frame has its past


def test_the_paper_s_form_is_given_one_help_at_a_time() -> None:
    """At ``paper``, where there is no help, OF-Diff has the paper's form already."""
    ofdiff, paper = ({**OFDiffConfig().model_dump(), **PRESETS[name]} for name in ("tiny", "paper"))
    assert {key: paper[key] for key in PAPER_FORM} == PAPER_FORM
    assert {key: PaperForm.presets["tiny"][key] for key in FINE} == FINE
    helped = {info.name: pkgutil.resolve_name(info.target).switch for info in PAPER_FORMS}
    assert helped.pop("ofdiff-paper-form") == PaperForm.switch == PAPER_FORM
    added = [{key for key in PAPER_FORM if switch[key] != PAPER_FORM[key]} for switch in helped.values()]
    assert all(
        switch[key] == ofdiff[key]
        for switch, keys in zip(helped.values(), added, strict=True)
        for key in keys
    )
    assert sorted(key for keys in added for key in keys) == sorted(PAPER_FORM)  # each once


def test_no_two_ablations_are_the_same() -> None:
    switches = [(cls.Config, *sorted(cls.switch.items())) for cls in CLASSES.values()]
    assert len(set(switches)) == len(CLASSES)


@pytest.mark.parametrize("name", CLASSES)
def test_only_networks_that_an_ablation_has_are_counted(name: str) -> None:
    cls = CLASSES[name]
    config = build_config(name, cls.Config, cls.presets, "tiny", {})
    counts, full = cls.parameters(config, 6), OFDiff.parameters(smoke(**PRESETS["tiny"]), 6)
    missing = {
        "ofdiff-no-flow": {"past_frames"},
        "ofdiff-no-diffusion": {"denoiser"},
        "ofdiff-gan": {"denoiser"},
        "ofdiff-no-swin-ir": {"swinir"},
        "ofdiff-unet-mean": {"swinir"},
    }
    assert set(full) - {name for name, count in counts.items() if count} == missing.get(name, set())


def test_separate_training_lets_no_term_reach_another_network() -> None:
    joint = gradients(smoke(loss_mean=0.0, loss_flow=0.0, swin_skip=False))
    assert joint["downscaler"] > 0
    assert joint["flow"] > 0
    apart = gradients(smoke(loss_mean=0.0, loss_flow=0.0, joint=False))
    assert apart["downscaler"] == apart["flow"] == 0
    assert apart["denoiser"] > 0
    flow_alone = gradients(smoke(loss_mean=0.0, loss_diffusion=0.0, joint=False))
    assert flow_alone["flow"] > 0
    assert flow_alone["downscaler"] == flow_alone["denoiser"] == 0


@pytest.mark.parametrize(("order", "reaches"), [(0, 0), (1, 1), (2, 2), (3, 3)])
def test_the_order_is_how_many_frames_before_count(order: int, reaches: int) -> None:
    torch.manual_seed(0)
    config = smoke(order=order, clip=4)
    model = OFDiffModel(config, 3, 8, None)
    torch.nn.init.normal_(model.flow.head.weight, std=0.1)
    data = batch()
    coarse = data["coarse"][:, -order - 1 :]

    def warped(frames: torch.Tensor) -> torch.Tensor:
        return model.condition(frames, data["relief"]).warped

    with torch.no_grad():
        base = warped(coarse)
        assert coarse.shape[1] == reaches + 1
        for k in range(reaches + 1):
            changed = coarse.clone()
            changed[:, k] += 1
            assert not torch.allclose(warped(changed), base), k


def test_the_denoiser_is_told_what_the_switches_say() -> None:
    sizes = {}
    for name, changes in {
        "full": {},
        "fields": {"denoiser_fields": False},
        "maps": {"denoiser_maps": False},
    }.items():
        model = OFDiffModel(smoke(**changes), 5, 8, None)
        sizes[name] = model.denoiser.stem.weight.shape[1] // model.config.unet_patch**2
        data = batch(3, 5)
        assert len(model.condition(data["coarse"], data["relief"]).maps) == (0 if name == "maps" else 4)
    assert sizes["full"] - sizes["fields"] == 4  # of five channels all but rain
    assert sizes["full"] == sizes["maps"]


def test_on_the_coarse_grid_the_denoiser_is_told_two_maps_on_the_fine_one() -> None:
    models = [
        OFDiffModel(smoke(flow_grid="coarse", denoiser_maps=told), 5, 8, None) for told in (True, False)
    ]
    told, plain = (m.denoiser.stem.weight.shape[1] // m.config.unet_patch**2 for m in models)
    assert told - plain == 2
    data = batch(3, 5)
    assert [len(m.condition(data["coarse"], data["relief"]).maps) for m in models] == [0, 0]


def test_without_diffusion_the_warped_frame_is_trained_alone() -> None:
    torch.manual_seed(0)
    model = OFDiffModel(smoke(diffusion=False), 3, 8, None)
    data = batch()
    losses = model(data, 0)
    assert set(losses) == {"loss", "mean", "flow"}
    torch.testing.assert_close(losses["loss"], losses["mean"] + 0.3 * losses["flow"])


def test_interpolation_as_the_mean_is_that_of_torch() -> None:
    model = OFDiffModel(smoke(mean_network="interpolation"), 3, 8, None)
    coarse = batch()["coarse"].flatten(0, 1)
    expected = torch.nn.functional.interpolate(coarse[:, :1], scale_factor=8, mode="bilinear")
    np.testing.assert_allclose(model.mean(coarse), expected)


@pytest.mark.parametrize("changes", [{"clip": 2}, {"order": 3}, {"order": 0, "history": "generated"}])
def test_settings_that_cannot_be_are_refused(changes: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="before"):
        smoke(**changes)


def gan(**changes: object) -> OFDiffGANModel:
    """A fresh GAN whose flow speaks."""
    torch.manual_seed(0)
    config = {**OFDiffGAN.presets["smoke"], "flow_grid": "fine", **changes}
    model = OFDiffGANModel(OFDiffGANConfig(**config), 3, 8, None)
    torch.nn.init.normal_(model.generator.flow.head.weight, std=0.1)
    return model


def test_a_gan_s_turns_train_the_three_networks_or_the_critic() -> None:
    model, data = gan(), batch()
    assert model.turns == ("critic", "generator")
    model(data, 0, "critic")["loss"].backward()
    assert all(p.grad is None for p in model.generator.parameters())
    assert all(p.grad is not None for p in model.critic.parameters())
    model.zero_grad()
    model.weight.fill_(0.5)
    losses = model(data, 0, "generator")
    losses["loss"].backward()
    assert all(p.grad is None for p in model.critic.parameters())
    for name, network in model.generator.named_children():
        assert sum(float(p.grad.abs().sum()) for p in network.parameters() if p.grad is not None) > 0, name


def test_a_gan_s_loss_is_that_of_wgan_gp_and_of_ofdiff_s_prediction_and_warped_frame() -> None:
    model, data = gan(), batch()
    losses = model(data, 0)
    ensemble = (losses["crps"] + losses["energy"]) / 2
    torch.testing.assert_close(losses["loss"], ensemble + losses["mean"] + 0.3 * losses["flow"])
    plain = smoke(diffusion=False)
    twin = OFDiffModel(plain, 3, 8, None)
    state = {k: v for k, v in model.generator.state_dict().items() if not k.startswith("head.")}
    twin.load_state_dict(state)
    theirs = twin(data, 0)
    torch.testing.assert_close((losses["mean"], losses["flow"]), (theirs["mean"], theirs["flow"]))


def test_a_gan_s_members_come_from_noise_and_are_no_drier_than_dry() -> None:
    model, data = gan(), batch()
    model.generator.dry = -0.2
    torch.nn.init.normal_(model.generator.head.head.weight, std=0.3)
    with torch.no_grad():
        members, moved = model.generator.ensemble(data, 5)
    assert members.shape == (5, 4, 32, 32)  # two clips, two frames with a past each
    assert float(members.std(0).mean()) > 0.05
    assert float(members.min()) >= -0.2 - 1e-6
    assert torch.equal(moved.reference, moved.means[:, 2:].flatten(0, 1)[:, None])
