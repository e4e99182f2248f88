"""Fits of the example package with a network of its own: ``python own_network.py FOLDER`` is one process."""

import json
import sys
from pathlib import Path

import torch
from folders import ROOT
from sequences import shower_sequence

from downbench import FitContext, Processes
from downbench.suite.processes import started_processes

sys.path.insert(0, str(ROOT / "examples" / "downbench-own-network" / "src"))

from downbench_own_network.methods import OwnEnsemble

SETTINGS = {
    "width": 8,  # two channels a group: of one alone, a group norm takes the bias away
    "train_steps": 4,
    "batch": 4,
    "members": 2,
    "patch": 16,
    "warmup": 0,
    "lr": 0.01,
    "log_every": 1,
    "checkpoint_every": 1,
    "score_clips": 2,
    "noise_memory": 0.0,
}


def fit_ensemble(folder, processes=None, kill=None, watch=lambda step: None, **settings):
    """Fit on a few frames of showers; a kill at a step leaves its checkpoints in the folder."""

    def progress(done, total, text):
        watch(done)
        if done == kill:
            raise KeyboardInterrupt

    folder.mkdir(parents=True, exist_ok=True)
    method = OwnEnsemble(OwnEnsemble.Config(**{**SETTINGS, **settings}))
    data = [(shower_sequence(frames, (24, 24), seed, relief=True),) for frames, seed in ((9, 1), (4, 2))]
    context = FitContext(seed=5, directory=folder, progress=progress, processes=processes or Processes())
    method.fit(*data, context)
    return method


if __name__ == "__main__":
    torch.set_num_threads(1)
    processes = started_processes()
    fitted = fit_ensemble(Path(sys.argv[1]), processes)
    weights = {name: value.tolist() for name, value in fitted.module.state_dict().items()}
    result = {"weights": weights, "log": fitted.log}
    (Path(sys.argv[1]) / f"rank{processes.rank}.json").write_text(json.dumps(result))
