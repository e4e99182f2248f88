"""Training that tries ways of working, in several processes: ``python train_ways.py FOLDER CASES``."""

import json
import sys
from pathlib import Path

import torch
from sequences import shower_sequence
from torch import nn

from downbench import FitContext
from downbench.suite.processes import started_processes
from downbench_methods.fields.transform import fit_transform
from downbench_methods.training import ways
from downbench_methods.training.clips import Clips
from downbench_methods.training.configuration import TrainingConfig
from downbench_methods.training.loop import train

SETTINGS = TrainingConfig(
    train_steps=24, batch=4, patch=16, warmup=2, checkpoint_every=8, log_every=3, lr=0.05
)


class Convolutions(nn.Module):
    """A toy with a kernel that channels last lays out in another way."""

    def __init__(self):
        super().__init__()
        torch.manual_seed(3)
        self.first, self.last = nn.Conv2d(1, 8, 3, padding=1), nn.Conv2d(8, 64, 3, padding=1)

    def forward(self, batch, seed):
        self.channels_last = self.last.weight.is_contiguous(memory_format=torch.channels_last)
        maps = self.last(self.first(batch["coarse"].flatten(0, 1)).relu())
        out = nn.functional.pixel_shuffle(maps, 8)[:, 0]
        return {"loss": (out - batch["fine"].flatten(0, 1)).square().mean()}


class InTurn(Convolutions):
    """Its two layers are trained one after the other, and each step uses what it trains alone."""

    turns = ("first", "last")

    def forward(self, batch, seed, turn):
        self.first.requires_grad_(turn == "first")
        self.last.requires_grad_(turn == "last")
        return super().forward(batch, seed)


class Killed(Exception):
    pass


def kill(done, total, text):
    if done == 18:
        raise Killed


def trained(directory, module, settings=SETTINGS, **context):
    directory.mkdir(parents=True, exist_ok=True)
    data = [shower_sequence(9, tiles=2, wet=0.5)]
    clips = Clips(data, fit_transform(data, "log1p", 0.1), 8, settings.patch, 3, seed=1)
    log = train(module, clips, settings, FitContext(seed=5, directory=directory, **context), None)
    return module.state_dict(), log


def stopwatch(told):
    """A measurement that says ``told`` seconds one after the other; None stands for a failure."""
    remaining = iter(told)

    def seconds(step, clock):
        said = next(remaining)
        if said is None:
            raise RuntimeError("not in this process")
        step()
        return said

    return seconds


def train_all(root, cases, processes):
    """Train each case (its name, steps, and what each process's stopwatch says) and write what came of it."""
    ways.WORTH = 0.0
    for name, steps, told in cases:
        ways._seconds = stopwatch(told[processes.rank])
        module = InTurn() if name == "in turn" else Convolutions()
        settings = SETTINGS.model_copy(update={"train_steps": steps})
        weights, log = trained(root / name, module, settings, processes=processes)
        result = {
            "tried": [line for line in log if "ways" in line],
            "channels_last": module.channels_last,
            "weights": {name: value.tolist() for name, value in weights.items()},
        }
        (root / name / f"{steps}-{processes.rank}.json").write_text(json.dumps(result))


if __name__ == "__main__":
    torch.set_num_threads(1)
    train_all(Path(sys.argv[1]), json.loads(sys.argv[2]), started_processes())
