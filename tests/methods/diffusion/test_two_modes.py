"""Every diffusion model on a distribution with two modes, where squared error gives what never happens."""

from __future__ import annotations

from functools import cache

import pytest
import torch
from torch.nn import functional as F

from downbench import build_config
from downbench_methods.diffusion.edm_residual import EDMResidual
from downbench_methods.diffusion.flow_matching import FlowMatching
from downbench_methods.diffusion.image_diffusion import ImageDiffusion
from downbench_methods.diffusion.sampling import draw
from downbench_methods.diffusion.stvd import STVD
from downbench_methods.diffusion.swinir_diffusion import SwinIRDiffusion
from downbench_methods.diffusion.video_diffusion import VideoDiffusion
from downbench_methods.fields.transform import Transform

SIZE, BLOCK, STEPS, BATCH = 32, 4, 300, 16
SETTINGS = {
    "clip_residual": False,
    "heads": 2,
    "head_width": 8,
    "multipliers": (1,),
    "unet_patch": 4,
    "steps": 31,
    "spacing": "time",
}
NORMAL = 0.39  # share of standard normal values within 0.4 of -1 or 1


def clips(count, frames, seed, coarse=None):
    """Clips whose coarse rain is -1 or 1 and whose fine rain is 1 more or 1 less, block by block."""
    generator = torch.Generator().manual_seed(seed)
    told = torch.randint(0, 2, (count,), generator=generator) * 2.0 - 1
    told = told if coarse is None else torch.full((count,), float(coarse))
    blocks = (count, 1, SIZE // BLOCK, SIZE // BLOCK)
    mode = torch.randint(0, 2, blocks, generator=generator) * 2.0 - 1
    mode = mode.repeat_interleave(BLOCK, 2).repeat_interleave(BLOCK, 3)  # one for all frames of a clip
    shape = (count, frames, SIZE, SIZE)
    noise = 0.1 * torch.randn(shape, generator=generator)
    return {
        "coarse": told.view(-1, 1, 1, 1, 1).expand(-1, frames, 1, SIZE // 8, SIZE // 8),
        "relief": torch.zeros(count, 0, SIZE, SIZE),
        "fine": told.view(-1, 1, 1, 1) + mode + noise,
        "valid": torch.ones(shape, dtype=torch.bool),
        "index": torch.arange(seed * count, (seed + 1) * count),
        "seed": torch.arange(seed * count, (seed + 1) * count),
    }


@cache
def train(method, frames):
    config = build_config("toy", method.Config, method.presets, "smoke", SETTINGS)
    torch.manual_seed(0)
    model = method.Model(config, 1, 8, None)
    optimiser = torch.optim.Adam(model.parameters(), 1e-2)
    model.measure(clips(64, frames, 10**6), untrained=True)
    for step in range(STEPS):
        if step in (25, 75, 150) and model.scores is not None:
            model.fit_scores([clips(64, frames, 10**6 + step)])
            model.measure(clips(64, frames, 10**6 + step))
        for group in optimiser.param_groups:
            group["lr"] = 1e-2 * (1 - step / STEPS)
        optimiser.zero_grad()
        model(clips(BATCH if frames == 1 else 10, frames, step), 0)["loss"].backward()
        optimiser.step()
    return model.eval()


def draw_clip(model, coarse, noise, known=None):
    """Members of one clip, (members, frames, 1, H, W)."""
    batch = clips(1, noise.shape[1], 7, coarse)
    args = (model.config.solver, model.config.steps, noise.shape[1])
    with torch.inference_mode():
        condition = model.condition(batch["coarse"], batch["relief"])
        return draw(model, Transform(), condition, noise.flatten(0, 1), *args, known).view_as(noise)


def levels(rain):
    """Block means, (members, frames, blocks)."""
    return F.avg_pool2d(rain.flatten(0, 1), BLOCK).view(*rain.shape[:2], -1)


def white(frames, seed=1, members=24):
    return torch.randn(members, frames, 1, SIZE, SIZE, generator=torch.Generator().manual_seed(seed))


def check(model, frames):
    for coarse in (-1, 1):
        level = levels(draw_clip(model, coarse, white(frames))) - coarse
        assert ((level.abs() - 1).abs() < 0.4).float().mean() > 2 * NORMAL  # at a mode, not between them
        assert 0.3 < (level > 0).float().mean() < 0.7


IMAGES = [ImageDiffusion, SwinIRDiffusion, EDMResidual, FlowMatching]


@pytest.mark.parametrize("method", IMAGES, ids=lambda m: m.__name__)
def test_frames(method):
    check(train(method, 1), 1)


def test_a_prediction_alone_lies_between_the_modes():
    """Swin-IR under squared error on the same data gives what never happens."""
    coarse = clips(8, 1, 7)["coarse"][:, 0]
    model = train(SwinIRDiffusion, 1)
    with torch.inference_mode():
        level = F.avg_pool2d(model.swinir(coarse), BLOCK) - coarse[:, :, :1, :1]
    assert (level.abs() < 0.6).float().mean() > 0.9


@pytest.fixture(scope="module", params=[VideoDiffusion, STVD], ids=lambda m: m.__name__)
def video(request):
    return train(request.param, 3)


def test_clips(video):
    check(video, 3)


def test_frames_of_a_clip_agree(video):
    mode = levels(draw_clip(video, 1, white(3))) > 1
    assert (mode == mode[:, :1]).all(1).float().mean() > 0.9


@pytest.mark.parametrize("given", [[0], [2], [0, 2]])
def test_a_clip_follows_the_frames_that_are_known(video, given):
    """Blocks take up the mode of the frames that they are given, though their noise may say otherwise."""
    before = draw_clip(video, 1, white(3))[:, :1]
    fresh = white(3, seed=2)
    known = torch.full_like(fresh, torch.nan)
    known[:, given] = before
    after, alone = (levels(draw_clip(video, 1, fresh, k)) > 1 for k in (known.flatten(0, 1), None))
    mode = levels(before) > 1
    assert (after[:, given] == mode).float().mean() > 0.99
    assert (after == mode).float().mean() > 0.9
    assert (alone == mode).float().mean() < 0.7
