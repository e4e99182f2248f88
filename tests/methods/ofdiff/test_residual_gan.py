"""``residual-gan`` is ``ofdiff-gan`` without a flow network: the same generator's loss, and nothing moved."""

from __future__ import annotations

import pytest
import torch

from downbench import build_config
from downbench_methods.ofdiff.gan import OFDiffGAN
from downbench_methods.ofdiff.residual_gan import ResidualGAN


def configured(cls, preset):
    return build_config("gan", cls.Config, cls.presets, preset, {})


@pytest.mark.parametrize("preset", ResidualGAN.presets)
def test_it_differs_from_ofdiff_gan_by_the_flow_and_the_size_of_a_step(preset):
    ours, theirs = (configured(cls, preset).model_dump() for cls in (ResidualGAN, OFDiffGAN))
    changed = {key for key in theirs if ours[key] != theirs[key]}
    assert changed - {"batch", "train_steps"} == {"flow", "order", "clip"}
    past = {"flow", "past_frames"}  # on the fine grid, and on the coarse one
    assert not past & set(ResidualGAN.parameters(configured(ResidualGAN, preset), 3))
    assert len(past & set(OFDiffGAN.parameters(configured(OFDiffGAN, preset), 3))) == 1


def test_members_are_the_prediction_and_what_the_generator_adds():
    torch.manual_seed(0)
    made = ResidualGAN.Model(configured(ResidualGAN, "smoke"), 1, 8, None).generator
    batch = {
        "coarse": torch.randn(2, 1, 1, 4, 4),
        "relief": torch.zeros(2, 0, 32, 32),
        "fine": torch.randn(2, 1, 32, 32),
        "valid": torch.ones(2, 1, 32, 32, dtype=torch.bool),
        "index": torch.arange(2),
        "seed": torch.tensor([3, 4]),
        "time": torch.arange(2),
    }
    with torch.no_grad():
        members, moved = made.ensemble(batch, 3)
        prediction = made.mean(batch["coarse"].flatten(0, 1))[:, 0]
        torch.testing.assert_close(moved.reference[:, 0], prediction)
        torch.nn.init.zeros_(made.head.head.weight)  # a generator that adds nothing
        torch.nn.init.zeros_(made.head.head.bias)
        members, _ = made.ensemble(batch, 3)
    torch.testing.assert_close(members, prediction.expand_as(members))
