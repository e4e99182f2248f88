"""Clips of a tile: which are sampled, in what order, from what, and what they share."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from downbench import UserError, build_config
from downbench_methods.base.pacing import PLAIN_CELLS, Pacer
from downbench_methods.diffusion.method import times_at
from downbench_methods.diffusion.stvd import STVD
from downbench_methods.diffusion.swinir_diffusion import SwinIRDiffusion
from downbench_methods.diffusion.tiles import TileSampler
from downbench_methods.diffusion.video_diffusion import VideoDiffusion
from downbench_methods.fields.transform import Transform

SIZE = 32


def sampler(length, method=VideoDiffusion, seed=0, **changes):
    config = build_config("toy", method.Config, method.presets, "smoke", changes)
    torch.manual_seed(0)
    model = method.Model(config, 1, 8, None).eval()
    for module in model.modules():  # heads and attention over time start at zero: make them speak
        if hasattr(module, "head"):
            torch.nn.init.normal_(module.head.weight, std=0.2)
        if hasattr(module, "project") and hasattr(module, "qkv"):
            torch.nn.init.normal_(module.project.weight, std=0.2)
    coarse = np.random.default_rng(seed).normal(size=(length, 1, SIZE // 8, SIZE // 8)).astype(np.float32)
    relief, pacer = np.zeros((0, SIZE, SIZE), np.float32), Pacer(config.batch_pixels or PLAIN_CELLS)
    return TileSampler(model, Transform(), coarse, relief, "cpu", pacer, config.window)


def noise(members):
    def of(position):
        out = np.empty((members, len(position), SIZE, SIZE), np.float32)
        for member in range(members):
            for i, p in enumerate(position):
                out[member, i] = np.random.default_rng((member, p)).normal(size=(SIZE, SIZE))
        return out

    return of


def run(tile, start=0, members=2):
    parts = list(tile.run(start, members, noise(members)))
    frames = [p for position, _ in parts for p in position]
    rain = np.concatenate([z for _, z in parts], 1)
    kept = [i for i, p in enumerate(frames) if p >= start]
    return [frames[i] for i in kept], rain[:, kept]


@pytest.mark.parametrize(("clip", "overlap"), [(3, 1), (5, 2), (4, 0), (5, 1)])
def test_every_frame_comes_once_and_in_order(clip, overlap):
    for length in (1, 2, 4, 5, 7, 8, 11, 14):
        tile = sampler(length, clip=clip, overlap=overlap)
        tile.sample = lambda clips, white: white
        for start in range(0, length, 3):
            frames, _ = run(tile, start)
            assert frames == list(range(start, length))


@pytest.mark.parametrize("method", [VideoDiffusion, STVD])
def test_frames_do_not_depend_on_start_batches_and_members(method):
    settings = {"clip": 5, "overlap": 2, "width": 8, "unet_patch": 8}
    _, whole = run(sampler(12, method, **settings))
    for start in (1, 5, 9):
        _, part = run(sampler(12, method, **settings), start)
        np.testing.assert_allclose(part, whole[:, start:], rtol=1e-4, atol=1e-4)
    _, single = run(sampler(12, method, **settings, batch_pixels=1))
    np.testing.assert_allclose(single, whole, rtol=1e-4, atol=1e-4)
    _, one = run(sampler(12, method, **settings), members=1)
    np.testing.assert_allclose(one, whole[:1], rtol=1e-4, atol=1e-4)


def test_a_frame_depends_on_three_clips_at_most():
    """The bounds that the method's description declares: five frames before it and five after."""
    settings = {"clip": 5, "overlap": 2, "width": 8, "unet_patch": 8}
    whole = run(sampler(18, **settings))[1]
    reach = []
    for changed in (0, 7, 11, 17):
        tile = sampler(18, **settings)
        tile.coarse[changed] += 3
        moved = np.abs(run(tile)[1] - whole).max((0, 2, 3)) > 1e-4
        assert moved[changed]
        reach += [frame - changed for frame in np.flatnonzero(moved)]
    assert min(reach) >= -5
    assert max(reach) <= 5
    assert {-2, -1, 1, 2} & set(reach)


def test_a_clip_between_others_is_given_what_it_shares(monkeypatch):
    tile = sampler(11, clip=5, overlap=2)
    seen = []

    def draw(model, transform, condition, white, solver, steps, frames, known, wanted, covered):
        seen.append(known)
        return white

    monkeypatch.setattr("downbench_methods.diffusion.tiles.draw", draw)
    _, rain = run(tile)
    first, second, between = seen
    assert first is None
    assert second is None
    known = between.view(2, 5, SIZE, SIZE)
    np.testing.assert_array_equal(known[:, :2], rain[:, 3:5])
    np.testing.assert_array_equal(known[:, 3:], rain[:, 6:8])
    assert known[:, 2].isnan().all()


def test_large_tiles_are_sampled_in_windows():
    settings = {"clip": 3, "overlap": 1, "window": 16 * 8}
    tile = sampler(4, **settings)
    assert tile.window == 16
    config = build_config("toy", SwinIRDiffusion.Config, SwinIRDiffusion.presets, "smoke", {"window": 128})
    model = SwinIRDiffusion.Model(config, 1, 8, None).eval()
    coarse = np.random.default_rng(0).normal(size=(2, 1, 20, 18)).astype(np.float32)
    empty = np.zeros((0, 160, 144), np.float32)
    parts = list(
        TileSampler(model, Transform(), coarse, empty, "cpu", Pacer(PLAIN_CELLS)).run(
            0, 1, lambda position: np.zeros((1, len(position), 160, 144), np.float32)
        )
    )
    assert np.concatenate([z for _, z in parts], 1).shape == (1, 2, 160, 144)


def test_noise_is_keyed_by_time_beyond_the_end():
    times = np.datetime64("2020-01-01T00", "ns") + np.arange(4) * np.timedelta64(3, "h")
    longer = np.datetime64("2020-01-01T00", "ns") + np.arange(7) * np.timedelta64(3, "h")
    np.testing.assert_array_equal(times_at(times, [2, 3, 4, 6]), longer[[2, 3, 4, 6]])


def test_clips_that_share_too_much_are_refused():
    with pytest.raises(UserError, match="overlap"):
        VideoDiffusion(
            build_config(
                "video", VideoDiffusion.Config, VideoDiffusion.presets, "smoke", {"clip": 4, "overlap": 2}
            )
        )


def test_sizes_of_the_papers():
    counts = STVD.parameters(build_config("stvd", STVD.Config, STVD.presets, "paper", {}), 12)
    assert counts["denoiser"] == pytest.approx(22.66e6, rel=0.01)
    assert counts["mean"] == pytest.approx(17.33e6, rel=0.01)
    counts = SwinIRDiffusion.parameters(
        build_config("swin", SwinIRDiffusion.Config, SwinIRDiffusion.presets, "paper", {}), 12
    )
    assert counts["swinir"] == pytest.approx(15.65e6, rel=0.01)
