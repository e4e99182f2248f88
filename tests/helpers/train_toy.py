"""Training of a toy for the tests of several processes: ``python train_toy.py FOLDER OPTIONS``."""

import json
import sys
from pathlib import Path

import numpy as np
import torch
from sequences import make_sequence, showers
from torch import nn

from downbench import FitContext
from downbench.suite.processes import started_processes
from downbench_methods.fields.transform import fit_transform
from downbench_methods.training import together, ways
from downbench_methods.training.clips import Clips
from downbench_methods.training.configuration import TrainingConfig
from downbench_methods.training.draws import example_normal
from downbench_methods.training.loop import train
from downbench_methods.training.losses import masked_mse

SETTINGS = {
    "train_steps": 6,
    "batch": 4,
    "patch": 16,
    "warmup": 2,
    "checkpoint_every": 3,
    "log_every": 1,
    "validate_every": 2,
    "lr": 0.05,
}


def sequence(seed=0, gaps=True):
    """Rain (9, 1, 32, 32), unevenly missing."""
    fine = showers((9, 1, 32, 32), np.random.default_rng(seed), wet=0.5)
    if gaps:
        fine[:, :, :9, :13] = np.nan
    return make_sequence(fine, start="2020-01-01", hours=3)


class Toy(nn.Module):
    """Linear upscaling with noise in its loss, and a buffer that follows data and weights."""

    level: torch.Tensor

    def __init__(self, channels, turns):
        super().__init__()
        torch.manual_seed(3)
        self.one, self.two = (nn.Conv2d(channels, 64, 3, padding=1) for _ in range(2))
        self.register_buffer("level", torch.zeros(()))
        if turns:
            self.turns = ("one", "one", "two")

    def predict(self, coarse):
        return nn.functional.pixel_shuffle(self.one(coarse) + self.two(coarse), 8)[:, 0]

    def forward(self, batch, seed, turn=""):
        fine, valid = batch["fine"].flatten(0, 1), batch["valid"].flatten(0, 1)
        noise = example_normal(batch, *batch["fine"].shape[1:]).flatten(0, 1)
        out = self.predict(batch["coarse"].flatten(0, 1)) + self.level
        return {"loss": masked_mse(out + 0.1 * noise, fine, valid)}


class Traced(Toy):
    """In float64, with a loss that hangs on how often it was worked out, and on torch's random numbers."""

    calls: torch.Tensor

    def __init__(self, channels, turns):
        super().__init__(channels, turns)
        self.register_buffer("calls", torch.zeros(()))
        self.double()

    def forward(self, batch, seed, turn=""):
        self.calls += 1
        batch = {k: value.double() if value.is_floating_point() else value for k, value in batch.items()}
        return {"loss": super().forward(batch, seed, turn)["loss"] * (1 + self.calls + torch.rand(()))}


def tell_seconds(told):
    """Have attempts take so many seconds, one after the other; as often as they are measured, no more."""
    seconds = iter(told)
    ways.seconds_of = together.seconds_of = lambda *_: next(seconds)


def train_toy(root, processes, turns=False, gaps=True, budget=None, toy=Toy, **settings):
    """Train and give the weights and the log."""
    data = [sequence(gaps=gaps)]
    clips = Clips(data, fit_transform(data, "log1p", 0.1), 8, 16, 3, seed=1)
    module = toy(clips.transform.channels, turns)
    told = []

    @torch.no_grad()
    def before(step):
        if step % 2 == 0:
            batch = clips.batch(range(2**30 + step, 2**30 + step + 4))
            module.level.copy_(batch["fine"].mean() + module.one.bias.mean())

    def score(module):
        return {"score": float(module.one.weight.square().sum())}

    def progress(done, total, text):
        told.append(text)
        if done == settings.get("kill"):
            raise KeyboardInterrupt

    root.mkdir(parents=True, exist_ok=True)
    context = FitContext(seed=5, directory=root, processes=processes, progress=progress, budget=budget)
    config = TrainingConfig(**{**SETTINGS, **{k: v for k, v in settings.items() if k != "kill"}})
    log = train(module, clips, config, context, score, before)
    return module.state_dict(), log, told


if __name__ == "__main__":
    torch.set_num_threads(1)
    processes = started_processes()
    root, options = Path(sys.argv[1]), json.loads(sys.argv[2])
    if "seconds" in options:
        tell_seconds(options.pop("seconds")[processes.rank])
    if "gain" in options:
        ways.WORTH, ways.GAIN = 0.0, options.pop("gain")
    if options.pop("traced", False):
        options["toy"] = Traced
    weights, log, _ = train_toy(root, processes, **options)
    result = {"log": log, "weights": {name: value.tolist() for name, value in weights.items()}}
    (root / f"rank{processes.rank}.json").write_text(json.dumps(result))
