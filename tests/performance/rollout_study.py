"""Without end: does OF-Diff drift where each frame follows from its own samples of the frames before?

    python tests/performance/rollout_study.py MODEL DATASET [DATA_ROOT] [frames=240] [members=2] [KEY=VALUE]

MODEL is the ``model`` folder of an ofdiff that was fitted with ``history=generated``, each KEY=VALUE a
parameter of the dataset. 30 days at 3 hours are 240 frames, a day at 5 minutes is 288. The test split is
folded back and forth until it is long enough. Printed is how mean, wet fraction and spectrum over those of
the truth change from the first block to the last, by a straight line; ``rollout.png`` shows each frame.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import torch
import xarray as xr
import yaml

sys.path.append(str(Path(__file__).parents[1] / "helpers"))
from rollouts import drifting, drifts, folded, ratios

from downbench import SampleContext
from downbench.suite.request import DatasetSpec
from downbench.suite.resolve import make_dataset
from downbench_methods.ofdiff.method import OFDiff

MEMORY = 24  # frames: a block of at least so many, or a turn of the folded record


def main(model: str, dataset: str, root: str | None, frames: int, members: int, settings: dict) -> None:
    """Print a Markdown table, and write the figure."""
    torch.set_num_threads(1)
    method = OFDiff.load(Path(model))
    if method.config.history != "generated":
        sys.exit("the model was fitted with a deterministic history: --set ofdiff.history=generated")
    place = make_dataset(DatasetSpec(name=dataset, root=Path(root) if root else None, set=settings))
    [sequence, *_] = place.open("test")
    coarse, truth = folded(sequence, frames)
    context = SampleContext(seed=0, sequence=sequence.name, tile=0, factor=place.factor)
    parts = method.sample(coarse, sequence.static.isel(tile=0), members, context)
    series = ratios(xr.concat(list(parts), "time").to_numpy(), truth)
    turn = 2 * (len(sequence.times) - 1)
    block = turn if MEMORY <= turn <= frames // 6 else MEMORY
    changes = drifts(series, block)
    print(f"{place.label}, {frames} frames, {members} members, blocks of {block} frames")
    print("| measure | over the truth | first to last block | p | drifts |\n|---|---|---|---|---|")
    moving = drifting(changes)
    for name, (change, p) in changes.items():
        print(
            f"| {name} | {np.exp(series[name].mean()):.3f} | {np.expm1(change):+.1%} | {p:.2f} "
            f"| {'yes' if name in moving else 'no'} |"
        )
    draw(series, place.label)


def draw(series: dict[str, np.ndarray], title: str) -> None:
    """One line a measure, over the truth."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(figsize=(8, 3.5), layout="constrained")
    for name, one in series.items():
        axes.plot(np.exp(one), label=name, linewidth=0.9)
    axes.axhline(1, color="black", linewidth=0.6)
    axes.set(title=title, xlabel="frame", ylabel="samples over truth", yscale="log")
    axes.legend(fontsize="small", ncols=3)
    figure.savefig("rollout.png", dpi=110)


if __name__ == "__main__":
    plain = [text for text in sys.argv[1:] if "=" not in text]
    given = {
        key: yaml.safe_load(value) for key, _, value in (t.partition("=") for t in sys.argv[1:] if "=" in t)
    }
    counts = {key: int(given.pop(key, default)) for key, default in (("frames", 240), ("members", 2))}
    model, dataset, *rest = plain
    main(model, dataset, rest[0] if rest else None, counts["frames"], counts["members"], given)
