"""``prior-guided``: its denoiser sees no coarse rain, and its samples follow it nevertheless."""

from __future__ import annotations

import pytest
import torch

from downbench import build_config
from downbench_methods.fields.transform import Transform
from downbench_methods.prior.guidance import BlockMeans
from downbench_methods.prior.method import PriorGuided

HEAVY, LIGHT = 1.5, -0.5  # of the coarse rain, transformed
TRANSFORM = Transform(scale=1.0, rain=(0.4, 0.6))


@pytest.fixture
def model():
    config = build_config("toy", PriorGuided.Config, PriorGuided.presets, "smoke", {"wiener": False})
    torch.manual_seed(0)
    made = PriorGuided.module_for(config, TRANSFORM, 8)
    torch.nn.init.normal_(made.denoiser.head.weight, std=0.1)
    return made


def fields(level: float, frames: int = 3) -> dict[str, torch.Tensor]:
    generator = torch.Generator().manual_seed(1)
    return {
        "coarse": torch.full((1, frames, 1, 4, 4), level),
        "relief": torch.zeros(1, 0, 32, 32),
        "fine": torch.randn(1, frames, 32, 32, generator=generator),
        "valid": torch.ones(1, frames, 32, 32, dtype=torch.bool),
        "seed": torch.tensor([3]),
        "index": torch.tensor([0]),
    }


def test_training_does_not_depend_on_coarse_rain(model):
    losses = [model(fields(level), 0)["loss"].item() for level in (LIGHT, HEAVY)]
    assert losses[0] == losses[1]


@pytest.mark.parametrize("steps", [0, 2])
def test_what_is_made_out_is_moved_to_the_block_means_that_are_wanted(model, steps):
    """To first order: the operator is linear about what is made out without them."""
    model.config = model.config.model_copy(update={"guidance_steps": steps, "coarse_error": 0.0})
    torch.nn.init.zeros_(model.denoiser.head.weight)  # nothing is learned: all cells are as uncertain
    x, logsnr = 0.3 * torch.randn(3, 1, 32, 32, generator=torch.Generator().manual_seed(2)), torch.zeros(3)
    for level in (LIGHT, HEAVY):
        batch = fields(level)
        with torch.inference_mode():
            free = model.clean(x, logsnr, model.training_condition(batch), 1)
            made = model.clean(x, logsnr, model.condition(batch["coarse"], batch["relief"]), 1)
        operator = BlockMeans.about(free, TRANSFORM, 1.0, 8)
        torch.testing.assert_close(operator.of(made - free), level - operator.means, rtol=0, atol=0.01)
