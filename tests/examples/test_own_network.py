"""The example with a network of its own: what it gets from the toolkit without a line of its own."""

import json
import os
import subprocess
import sys

import own_network
import pytest
import torch
from own_network import SETTINGS, fit_ensemble

from downbench_methods.training.checkpoint import CHECKPOINT, read_tensors


@pytest.fixture(scope="module")
def unbroken(tmp_path_factory):
    """A fit, and the weights that it had after each step, from its checkpoints."""
    folder, after = tmp_path_factory.mktemp("unbroken"), []

    def watch(step):
        if step > 1:  # a checkpoint is written after progress is told
            after.append(read_tensors(folder / CHECKPOINT)[0])

    method = fit_ensemble(folder, watch=watch)
    return method, [*after, read_tensors(folder / CHECKPOINT)[0]]


def test_a_killed_fit_goes_on_where_it_was(unbroken, tmp_path):
    with pytest.raises(KeyboardInterrupt):
        fit_ensemble(tmp_path, kill=3)
    told = []
    again = fit_ensemble(tmp_path, watch=told.append)
    assert told == [3, 4]
    for name, value in unbroken[0].module.state_dict().items():
        assert torch.equal(again.module.state_dict()[name], value), name


def test_the_weights_that_are_kept_are_an_average(unbroken):
    """Worked out again from the weights after each step: the first, and then a part in so many of each."""
    method, after = unbroken
    assert len(after) == SETTINGS["train_steps"]
    decay = method.config.ema
    for name, kept in method.module.named_parameters():
        average = after[0][f"model.{name}"]
        for tensors in after[1:]:
            average = decay * average + (1 - decay) * tensors[f"model.{name}"]
        torch.testing.assert_close(kept.detach(), average)
        assert not torch.equal(kept, after[-1][f"model.{name}"])


def test_two_processes_fit_what_one_does(unbroken, tmp_path):
    """To the rounding of sums in another order. Adam divides small gradients by themselves, which enlarges
    it: weights agree to a hundredth of how far training has moved them."""
    command = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2"]
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "CUDA_VISIBLE_DEVICES": ""}
    done = subprocess.run(
        [*command, own_network.__file__, tmp_path], env=environment, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    first, second = (json.loads((tmp_path / f"rank{rank}.json").read_text()) for rank in (0, 1))
    assert first["weights"] == second["weights"]
    method = unbroken[0]
    for key in ("loss", "gradient_norm"):
        assert first["log"][0][key] == pytest.approx(method.log[0][key], rel=1e-4)
    started = fit_ensemble(tmp_path / "start", train_steps=0).module.state_dict()
    for name, value in method.module.state_dict().items():
        off = torch.linalg.norm(torch.tensor(first["weights"][name]) - value)
        assert off < 0.01 * torch.linalg.norm(value - started[name]), name
