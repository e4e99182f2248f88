"""``prior-guided``: its denoiser sees no coarse rain, and its samples follow it nevertheless."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from sequences import make_sequence

from downbench import build_config
from downbench_methods.fields.transform import Transform
from downbench_methods.prior.guidance import BlockMeans
from downbench_methods.prior.method import PriorGuided
from downbench_methods.training.clips import Clips
from downbench_methods.training.pseudo_pairs import own_pairs

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
            condition = model.training_condition(batch)  # a checkpoint is chosen with guidance too
            free = model.clean(x, logsnr, replace(condition, maps=()), 1)
            made = model.clean(x, logsnr, condition, 1)
        operator = BlockMeans.about(free, TRANSFORM, 1.0, 8)
        torch.testing.assert_close(operator.of(made - free), level - operator.means, rtol=0, atol=0.01)


def test_the_noise_lives_as_long_as_what_rain_has_beyond_its_block_means(model):
    """White cells of which half of the variance stays from hour to hour: exp(-1 h / memory) = 1/2."""
    random = np.random.default_rng(0)
    shape = (40, 1, 32, 32)
    frames = [random.normal(size=shape)]
    for _ in range(3):
        frames.append(0.5 * frames[-1] + np.sqrt(0.75) * random.normal(size=shape))
    method = PriorGuided(model.config.model_copy(update={"patch": 32, "batch": 32}))
    method.module, method.transform = model, TRANSFORM
    rain = np.concatenate([TRANSFORM.inverse(x.astype(np.float32) / 3 + 1) for x in frames], 1)
    sequences = [own_pairs(make_sequence(stretch), 8) for stretch in rain]
    clips = Clips(sequences, TRANSFORM, 8, 32, 1, 0)
    assert method.residual_memory(clips) == pytest.approx(1 / np.log(2), rel=0.1)
