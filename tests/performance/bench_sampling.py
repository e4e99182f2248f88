"""OF-Diff's sampling against members and frames one by one, the conditioning redone at every evaluation.

    python tests/performance/bench_sampling.py [preset] [cells] [members] [steps] [frames]

Untrained networks, the same solver, levels and noise; both ways are run in turn and must agree.
"""

from __future__ import annotations

import statistics
import sys
import time

import numpy as np
import torch

from downbench import build_config
from downbench_methods.base.pacing import PLAIN_CELLS, Pacer
from downbench_methods.diffusion.samplers import SOLVERS
from downbench_methods.diffusion.schedule import solver_levels
from downbench_methods.diffusion.tiles import TileSampler
from downbench_methods.fields.transform import Transform
from downbench_methods.ofdiff.configuration import OFDiffConfig
from downbench_methods.ofdiff.method import OFDiff
from downbench_methods.ofdiff.model import OFDiffModel

CHANNELS, REPEATS = 12, 3


def one_by_one(
    model: OFDiffModel, config: OFDiffConfig, coarse: torch.Tensor, relief: torch.Tensor, noise: torch.Tensor
) -> torch.Tensor:
    """Members and frames apart; what the denoiser is told is worked out again for each evaluation."""
    out = torch.empty_like(noise)
    levels = solver_levels(model.levels, config.steps, config.spacing)
    for m, member in enumerate(noise):
        for t, white in enumerate(member):
            window = coarse[None, [max(t - 2, 0), max(t - 1, 0), t]]
            condition = None

            def denoise(x: torch.Tensor, logsnr: float, window: torch.Tensor = window) -> torch.Tensor:
                nonlocal condition
                condition = model.condition(window, relief[None])
                return model.clean(x, x.new_full((1,), logsnr), condition, 1)

            residual = SOLVERS[config.solver](denoise, white[None, None], levels)
            assert condition is not None
            out[m, t] = model.decode(residual, condition.reference)[0, 0]
    return out


def main(
    preset: str = "paper", cells: int = 96, members: int = 2, steps: int = 4, frames: int = 1
) -> dict[str, float]:
    """Print seconds of both and their ratio; return the seconds."""
    device = "cuda" if torch.cuda.is_available() else "cpu"
    overrides = {"steps": steps, "clip_residual": False, "residual": "additive", "conserve": False}
    config = build_config("ofdiff", OFDiffConfig, OFDiff.presets, preset, overrides)
    assert isinstance(config, OFDiffConfig)
    torch.manual_seed(0)
    transform = Transform(names=tuple("abcdefghij"), fields=((0.0, 1.0),) * 10, topography=(0.0, 1.0))
    model = OFDiffModel(config, CHANNELS, 8, CHANNELS - 1).to(device).eval()
    assert model.denoiser is not None
    motion = model.past_frames if model.on_coarse else model.flow
    for network in (model.denoiser, motion):  # heads begin at zero
        torch.nn.init.normal_(network.head.weight, std=0.02)
    coarse = torch.randn(frames, CHANNELS, cells // 8, cells // 8)
    relief = torch.randn(1, cells, cells)
    noise = torch.randn(members, frames, cells, cells)
    sampler = TileSampler(model, transform, coarse.numpy(), relief.numpy(), device, Pacer(PLAIN_CELLS))
    ours = lambda: torch.from_numpy(sampler.sample(range(frames), noise.numpy()))  # noqa: E731
    with torch.inference_mode():
        plain = lambda: one_by_one(  # noqa: E731
            model, config, coarse.to(device), relief.to(device), noise.to(device)
        ).cpu()
        times: dict[str, list[float]] = {"batched": [], "one by one": []}
        results = {}
        for _ in range(REPEATS):
            for name, work in (("batched", ours), ("one by one", plain)):
                start = time.perf_counter()
                results[name] = work()
                times[name].append(time.perf_counter() - start)
    np.testing.assert_allclose(results["batched"], results["one by one"], atol=1e-3)
    best = {name: statistics.median(values) for name, values in times.items()}
    print(
        f"ofdiff {preset}, {cells}x{cells}, {members} members, {frames} frames, {steps} steps, {device}: "
        + ", ".join(f"{name} {value:.2f} s" for name, value in best.items())
        + f", ratio {best['one by one'] / best['batched']:.2f}"
    )
    return best


if __name__ == "__main__":
    main(*sys.argv[1:2], *(int(a) for a in sys.argv[2:]))
