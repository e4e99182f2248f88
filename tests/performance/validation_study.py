"""What a change of a method is worth on validation, where choices are made.

    python tests/performance/validation_study.py METHOD DATASET [DATA_ROOT] [MODEL] [seed=0] [KEY=VALUE]

METHOD begins with its preset ``tiny``; each KEY=VALUE is a parameter of it, or of the dataset as
``data.KEY=VALUE``. With MODEL, the ``model`` folder of a run, nothing is fitted, and each KEY=VALUE is one of
sampling, such as ``steps``. Printed are the processor
seconds of the fit; fair CRPS, squared error of the mean, spread over skill and the change from frame to frame
(over the truth's, less one) of 8 members on the whole validation split; and of a network the squared error of
transformed rain in 480 clips of either split: of its prediction where it has one, or else of the mean of 8
members, less what chance adds to it. The test split is not read.
"""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
import torch
import xarray as xr
import yaml

from downbench import Dataset, FitContext, Method, SampleContext, build_config, open_dataset
from downbench.plugins.session import registry
from downbench_methods.base.frame_by_frame import FrameModel
from downbench_methods.base.network import NetworkMethod, fair_crps
from downbench_methods.diffusion.model import DiffusionModel
from downbench_methods.ofdiff.model import OFDiffModel

MEMBERS, CLIPS, BATCH = 8, 480, 24


def fit(method: Method, dataset: Dataset, seed: int) -> float:
    """Fit, and give the processor seconds."""
    started = time.process_time()
    with tempfile.TemporaryDirectory() as folder:
        context = FitContext(seed, Path(folder), factor=dataset.factor)
        method.fit(dataset.open("train"), dataset.open("validation"), context)
    return time.process_time() - started


def score(method: Method, dataset: Dataset) -> str:
    """Scores of the validation split."""
    crps, error, variance, changes = [], [], [], []
    for sequence in dataset.open("validation"):
        for tile in range(sequence.fine.sizes["tile"]):
            truth = sequence.fine.isel(tile=tile).to_numpy()
            context = SampleContext(
                seed=5, sequence=sequence.name, tile=tile, factor=dataset.factor, start=sequence.warmup
            )
            fields = sequence.coarse.isel(tile=tile), sequence.static.isel(tile=tile)
            made = xr.concat(list(method.sample(*fields, MEMBERS, context)), "time")
            made = made.isel(time=slice(-len(truth), None)).transpose("member", "time", "y", "x")
            valid = np.isfinite(truth)
            rain, wanted = made.to_numpy()[:, valid], truth[valid]
            crps.append(fair_crps(rain, wanted))
            spread = rain.var(0, ddof=1) if len(rain) > 1 else np.zeros_like(wanted)
            error.append(np.square(rain.mean(0) - wanted) - spread / len(rain))
            variance.append(spread)
            both = valid[1:] & valid[:-1]
            made_changes, true_changes = (
                np.abs(np.diff(x, axis=-3))[..., both] for x in (made.to_numpy(), truth)
            )
            changes.append(made_changes.mean() / true_changes.mean() - 1)
    c, e, v = (float(np.concatenate(one).mean()) for one in (crps, error, variance))
    return (
        f"CRPS {c:.5f} mm/h, squared error of the mean {e:.5f}, spread over skill {np.sqrt(v / e):.2f}, "
        f"change from frame to frame {np.mean(changes):+.3f}"
    )


def error_of_prediction(method: NetworkMethod[Any, Any], dataset: Dataset, split: str) -> float:
    """Mean squared error of transformed rain in the last frames of clips."""
    clips = method.clips(dataset.open(split), 123).of_length(getattr(method.module, "past", 2) + 1)
    total = counted = 0.0
    for first in range(0, CLIPS, BATCH):
        batch = clips.batch(range(first, first + BATCH))
        fine, valid = batch["fine"][:, -1:], batch["valid"][:, -1:]
        with torch.inference_mode():
            if isinstance(method.module, OFDiffModel):
                error = (method.module.training_condition(batch).warped - fine).square()
            else:
                last = {**batch, "coarse": batch["coarse"][:, -1:], "fine": fine}
                members = method.module.members(last, MEMBERS)
                chance = members.var(0) / len(members) if len(members) > 1 else 0
                error = ((members.mean(0) - fine[:, 0]).square() - chance).view_as(fine)
        total, counted = total + float(error[valid].sum()), counted + int(valid.sum())
    return total / counted


def main(name: str, dataset_name: str, root: str | None, model: str | None, given: dict[str, Any]) -> None:
    """Print a line on the fit, one on the scores, and one on the prediction."""
    torch.set_num_threads(1)
    seed = given.pop("seed", 0)
    data = {key.removeprefix("data."): given.pop(key) for key in list(given) if key.startswith("data.")}
    dataset = open_dataset(dataset_name, root, data)
    cls = registry().find("method", name).load()
    if model:
        method = cls.load(Path(model))
        method.config = method.config.model_copy(update=given)
        if isinstance(method, NetworkMethod) and isinstance(module := method.fitted("cpu"), DiffusionModel):
            module.config = method.config
    else:
        suited = cls.preset_at("tiny", dataset.factor)
        method = cls(build_config(name, cls.Config, cls.presets, "tiny", {**suited, **given}))
        print(f"{name}: fit in {fit(method, dataset, seed):.0f} CPU s", flush=True)
    print(f"validation: {score(method, dataset)}", flush=True)
    if isinstance(method, NetworkMethod) and isinstance(method.fitted("cpu"), OFDiffModel | FrameModel):
        errors = [error_of_prediction(method, dataset, split) for split in ("train", "validation")]
        print("squared error of transformed rain: {:.4f} on training, {:.4f} on validation".format(*errors))


if __name__ == "__main__":
    plain = [text for text in sys.argv[1:] if "=" not in text]
    parts = (text.partition("=") for text in sys.argv[1:] if "=" in text)
    settings = {key: yaml.safe_load(value) for key, _, value in parts}
    method_name, place, *rest = plain
    main(method_name, place, *[*rest, None, None][:2], settings)
