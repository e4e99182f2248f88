"""Do samples of OF-Diff forget as fast as rain does: at rest, along the motion, and scale by scale?

    python tests/performance/memory_study.py MODEL DATASET [DATA_ROOT] [KEY=VALUE ...]

MODEL is the ``model`` folder of a fitted ofdiff whose noise moves, each KEY=VALUE a parameter of the dataset.
On the first tile of the training split, which memories are fitted to, samples are drawn with new noise in
each frame, with the fitted memory of noise that rests and of noise that moves, and with this made longer. The
table has, beside the truth: the correlation of successive frames of rain; the same without the heaviest
thousandth; the variance over the truth's; and how the residual of a frame is correlated with that of the
frame before, where it was, and moved along the flow: of all scales, and of wavelengths above 32, 16, 8 and 4
cells, and below. The test split is not read.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
import xarray as xr
import yaml
from numpy.typing import NDArray
from torch import Tensor

from downbench import SampleContext
from downbench.suite.request import DatasetSpec
from downbench.suite.resolve import make_dataset
from downbench_methods.base.sampling import Tile
from downbench_methods.ofdiff.method import OFDiff
from downbench_methods.ofdiff.model import OFDiffModel
from downbench_methods.ofdiff.moving_noise import band_correlation
from downbench_methods.ofdiff.warp import carry

LONGER = (1.0, 1.7, 2.9, 5.0)  # times the fitted memory
Array = NDArray[np.float32]


class Study:
    """Samples of one tile, and the residuals of whatever rain it is shown.

    Args:
        method: a fitted ofdiff.
        tile: what it samples from.
    """

    def __init__(self, method: OFDiff, tile: Tile) -> None:
        self.method, self.tile = method, tile
        model = method.fitted("cpu")
        assert isinstance(model, OFDiffModel)
        self.model = model
        self.coarse = torch.from_numpy(method.channels(tile))
        self.relief = torch.from_numpy(method.relief(tile))

    @torch.inference_mode()
    def residuals(self, rain: Array) -> tuple[Tensor, Tensor]:
        """Residuals (frames, H, W) of those with their past, and flows (frames, 2, H, W)."""
        past, z = self.model.past, torch.from_numpy(self.method.transform.forward(rain))
        made, flows = [], []
        for frame in range(past, len(rain)):
            moved = self.model.condition(self.coarse[None, frame - past : frame + 1], self.relief[None])
            assert moved.flow is not None
            made.append(self.model.encode(z[None, None, frame], moved.reference)[0, 0])
            flows.append(moved.flow[0, :2])
        return torch.stack(made), torch.stack(flows)

    def row(self, name: str, rain: Array, truth: Array) -> str:
        """One row of the table for rain (time, H, W) in mm/h."""
        residual, flow = self.residuals(rain)
        before, now = residual[:-1], residual[1:]
        carried, inside = (x[:, 0] for x in carry(before[:, None], flow[1:]))
        bands = band_correlation(carried, now, inside.float())
        highest = np.quantile(truth, 0.999)
        values = (
            correlation(rain[:-1], rain[1:]),
            correlation(*(np.minimum(x, highest) for x in (rain[:-1], rain[1:]))),
            rain.var() / truth.var(),
            correlation(before.numpy(), now.numpy()),
            correlation(carried[inside].numpy(), now[inside].numpy()),
        )
        cells = [*(f"{value:.3f}" for value in values), ", ".join(f"{value:.2f}" for value in bands)]
        return f"| {name} | {' | '.join(cells)} |"


def correlation(one: NDArray[Any], two: NDArray[Any]) -> float:
    """Over all cells of all frames."""
    return float(np.corrcoef(one.ravel(), two.ravel())[0, 1])


def main(path: str, dataset: str, root: str | None, settings: dict[str, Any]) -> None:
    """Print a Markdown table."""
    torch.set_num_threads(1)
    method = OFDiff.load(Path(path))
    place = make_dataset(DatasetSpec(name=dataset, root=Path(root) if root else None, set=settings))
    sequence = place.open("train")[0]
    coarse, static = sequence.coarse.isel(tile=0), sequence.static.isel(tile=0)
    truth = sequence.fine.isel(tile=0)
    study = Study(method, Tile(coarse, static, place.factor))
    context = SampleContext(seed=5, sequence=sequence.name, tile=0, factor=place.factor)
    fitted = study.model.moving_memory.clone()

    def sample(times: float = 1.0, **changes: Any) -> Array:
        method.config = config.model_copy(update=changes)
        study.model.moving_memory.copy_(times * fitted)
        parts = xr.concat(list(method.sample(coarse, static, 1, context)), "time")
        made: Array = parts.transpose("member", "time", "y", "x")[0].to_numpy()
        return made

    config, rain = method.config, truth.to_numpy()
    drawn: dict[str, Callable[[], Array]] = {
        "truth": lambda: rain,
        "new noise": lambda: sample(noise_memory=0.0),
        "noise at rest": lambda: sample(noise_moves=False),
        **{f"moving noise, memory times {times:g}": partial(sample, times) for times in LONGER},
    }
    print(f"{place.label}, training split, {len(rain)} frames of {rain.shape[1]} x {rain.shape[2]} cells")
    print("| | lag-1 | without heaviest | variance | residual at rest | moved | moved, by scale |")
    print("|---|---|---|---|---|---|---|")
    for name, make in drawn.items():
        print(study.row(name, make(), rain), flush=True)


if __name__ == "__main__":
    words = [word for word in sys.argv[1:] if "=" not in word]
    if not 2 <= len(words) <= 3:
        sys.exit(__doc__)
    pairs = [word.split("=", 1) for word in sys.argv[1:] if "=" in word]
    main(words[0], words[1], words[2] if len(words) == 3 else None, {k: yaml.safe_load(v) for k, v in pairs})
