"""What of rain moves: how much the frame before, moved along, tells of the present frame.

    python tests/performance/flow_study.py MODEL DATASET [DATA_ROOT] [KEY=VALUE ...]

MODEL is the ``model`` folder of a fitted ofdiff, KEY=VALUE a parameter of the dataset. On clips of
validation the frame before is left where it is, moved by the model's flow, by block matching of the
deterministic predictions of both frames, and by block matching of their truths, which nobody has when
sampling. Moved along are rain; the residual that diffusion models (normal scores of rain given the
prediction), which is what a flow has to carry over for samples to live on; and the prediction. Its squared
error against the present truth is given over that of the present prediction, and the share of the latter
that a linear blend of both would take away: what the frame before tells beyond the present one.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
import yaml
from torch import Tensor
from torch.nn import functional as F

from downbench.suite.request import DatasetSpec
from downbench.suite.resolve import make_dataset
from downbench_methods.ofdiff.method import OFDiff
from downbench_methods.ofdiff.model import OFDiffModel
from downbench_methods.ofdiff.warp import carry

CLIPS, BATCH = 192, 16
BLOCK, REACH = 32, 14  # fine cells
WET = 0.05  # mm/h of the prediction, in the present or before


def matched(before: Tensor, now: Tensor) -> Tensor:
    """Displacements (B, 2, H, W) of blocks with the least squared difference; of equal ones the shortest."""
    b, h, w = now.shape
    padded = F.pad(before[:, None], [REACH] * 4, mode="replicate")[:, 0]
    side = range(-REACH, REACH + 1)
    moves = sorted(((dy, dx) for dy in side for dx in side), key=lambda move: move[0] ** 2 + move[1] ** 2)

    def error(move: tuple[int, int]) -> Tensor:
        y, x = REACH + move[0], REACH + move[1]
        square = (padded[:, y : y + h, x : x + w] - now).square()
        return square.view(b, h // BLOCK, BLOCK, w // BLOCK, BLOCK).mean((2, 4))

    best = torch.stack([error(move) for move in moves]).argmin(0)
    flow = torch.tensor(moves, dtype=torch.float32).flip(1)[best].movedim(-1, 1)  # (x, y), as flows are
    return flow.repeat_interleave(BLOCK, 2).repeat_interleave(BLOCK, 3)


def main(model: str, dataset: str, *rest: str) -> None:
    """Print a Markdown table."""
    torch.set_num_threads(1)
    settings = {key: yaml.safe_load(value) for key, _, value in (s.partition("=") for s in rest) if value}
    root = next((Path(s) for s in rest if "=" not in s), None)
    place = make_dataset(DatasetSpec(name=dataset, root=root, set=settings))
    method = OFDiff.load(Path(model))
    network = method.fitted("cpu")
    assert isinstance(network, OFDiffModel)
    clips = method.clips(place.open("validation"), 0).of_length(network.past + 1)
    motions: dict[str, Callable[[dict[str, Tensor], Tensor], Tensor]] = {
        "none": lambda batch, mean: torch.zeros(len(mean), 2, *mean.shape[-2:]),
        "the model's flow": lambda batch, _: network.condition(batch["coarse"], batch["relief"]).flow[:, :2],
        "blocks of the prediction": lambda batch, mean: matched(mean[:, -2], mean[:, -1]),
        "blocks of the truth": lambda batch, mean: matched(batch["fine"][:, -2], batch["fine"][:, -1]),
    }
    pairs: dict[str, list[Tensor]] = {name: [] for name in motions}
    threshold = float(method.transform.forward(np.array([WET]))[0])
    with torch.inference_mode():
        for first in range(0, CLIPS, BATCH):
            batch = clips.batch(range(first, first + BATCH))
            rain, valid = batch["fine"], batch["valid"][:, -2:].all(1)
            mean = network.prediction(batch).view_as(rain)
            residual = network.encode(rain, mean)
            counted = valid & (mean[:, -2:] > threshold).any(1)
            for name, motion in motions.items():
                flow = motion(batch, mean)
                fields = torch.stack([rain, residual, mean], 1)
                before, inside = carry(fields[:, :, -2], flow)
                both = torch.stack([fields[:, :, -1], before], 2).flatten(1, 2).movedim(1, -1)
                pairs[name].append(both[counted & inside[:, 0]].T)
    print(f"{place.label}, validation, {CLIPS} clips, wet cells; correlation with the frame before, moved")
    print("| motion | of rain | of the residual | error of the moved prediction | told beyond the present |")
    print("|---" * 5 + "|")
    for name, parts in pairs.items():
        rain, rain_moved, residual, residual_moved, mean, mean_moved = torch.cat(parts, 1).numpy()
        r, z = (np.corrcoef(*two)[0, 1] for two in ((rain, rain_moved), (residual, residual_moved)))
        error = np.square(mean_moved - rain).mean() / np.square(mean - rain).mean()
        told = np.corrcoef(rain - mean, mean_moved - mean)[0, 1] ** 2
        print(f"| {name} | {r:.2f} | {z:.2f} | {error:.2f} | {told:.1%} |")


if __name__ == "__main__":
    main(*sys.argv[1:])
