"""Presets of the diffusion methods are settings that exist."""

from __future__ import annotations

import pytest

from downbench_methods.diffusion.configuration import DiffusionConfig
from downbench_methods.diffusion.image_diffusion import ImageDiffusion
from downbench_methods.diffusion.presets import NOISE, OVER_SWINIR, PRESETS, SHARED
from downbench_methods.diffusion.swinir_diffusion import SwinIRDiffusion


@pytest.mark.parametrize("name", ["smoke", "tiny", "small", "paper"])
def test_every_preset_is_a_configuration(name):
    """A misspelt parameter is refused by the model."""
    ImageDiffusion.Config(**PRESETS[name])
    SwinIRDiffusion.Config(**OVER_SWINIR[name])


def test_the_paper_s_noise_and_solver():
    """Settings of the published code: sigmoid schedule, 1,500 steps, DDIM with 20 evaluations."""
    config = DiffusionConfig(
        **{k: v for k, v in SHARED["paper"].items() if k in DiffusionConfig.model_fields}
    )
    assert (config.schedule, config.noise_steps, config.solver, config.steps) == ("sigmoid", 1500, "ddim", 20)
    assert "paper" not in NOISE
    assert not config.wiener


def test_a_frame_by_frame_method_takes_clips_of_one_frame():
    assert {preset["clip"] for preset in PRESETS.values()} == {1}
