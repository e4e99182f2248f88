"""Training examples, the loop and its checkpoints: what an interruption must not change."""

import json
import re
from dataclasses import replace

import numpy as np
import pytest
import torch
from sequences import shower_sequence
from torch import nn

from downbench import FitContext, RunFailed, UserError, block_mean
from downbench_methods.fields.transform import fit_transform
from downbench_methods.training.clips import Clips
from downbench_methods.training.configuration import TrainingConfig
from downbench_methods.training.loop import learning_rate, train


def sequence(lazy=False):
    """Showers on two tiles with relief, after two frames of warm-up; from dask when ``lazy``."""
    data = shower_sequence(9, tiles=2, wet=0.5, relief=True, warmup=2)
    return replace(data, coarse=data.coarse.chunk(time=2), fine=data.fine.chunk(time=2)) if lazy else data


def clips(patch=16, length=3, memory=4e9, halo=0, **kwargs):
    data = [sequence(**kwargs)]
    return Clips(data, fit_transform(data, "log1p", 0.1), 8, patch, length, seed=1, memory=memory, halo=halo)


def test_examples_pair_coarse_and_fine():
    source = clips()
    for index in range(20):
        example = source[index]
        assert example["coarse"].shape == (3, 2, 2, 2)
        rain = source.transform.inverse(example["fine"].numpy())
        expected = source.transform.forward(block_mean(rain, 8))
        np.testing.assert_allclose(example["coarse"][:, 0], expected, atol=1e-3)
        relief = block_mean(example["relief"][0].numpy(), 8)
        np.testing.assert_allclose(example["coarse"][0, 1], relief, atol=1e-4)


def test_examples_follow_from_their_index_and_differ():
    a, b = clips(), clips()
    assert torch.equal(a[7]["fine"], b[7]["fine"])
    assert len({float(a[i]["fine"].sum()) for i in range(20)}) > 10


def test_lazy_data_give_the_same_examples():
    memory, lazy = clips(), clips(memory=0, lazy=True)
    assert memory.in_memory
    assert not lazy.in_memory
    for index in range(5):
        for name, value in memory[index].items():
            torch.testing.assert_close(lazy[index][name], value)


def test_patches_larger_than_the_domain_and_short_sequences():
    assert clips(patch=64)[0]["fine"].shape == (3, 32, 32)
    with pytest.raises(UserError, match="longest sequence has 9"):
        clips(length=10)


def test_a_halo_is_seen_and_does_not_count():
    whole, inner = clips(), clips(halo=3)
    rain = whole.sources[0].window(0, slice(0, 9), slice(0, 4), slice(0, 4))[1]
    found = set()
    for index in range(60):
        example, same = inner[index], whole[index]
        torch.testing.assert_close(example["fine"], same["fine"])
        places = [
            (y, x)
            for y in range(0, 17, 8)
            for x in range(0, 17, 8)
            if any((rain[t, y : y + 16, x : x + 16] == same["fine"][0].numpy()).all() for t in range(9))
        ]
        if not places:  # on the other tile
            continue
        [(y, x)] = places
        found.add((y, x))
        expected = np.zeros((32, 32), bool)
        expected[y + 3 * (y > 0) : y + 16 - 3 * (y < 16), x + 3 * (x > 0) : x + 16 - 3 * (x < 16)] = True
        assert (example["valid"].numpy() == expected[y : y + 16, x : x + 16]).all()
    assert len(found) == 9  # corners, edges and the middle
    assert clips(patch=32, halo=3)[0]["valid"].all()  # nothing is cut
    with pytest.raises(UserError, match="halo"):
        clips(halo=8)


class Toy(nn.Module):
    """Linear upscaling whose loss has noise, as diffusion has."""

    def __init__(self):
        super().__init__()
        torch.manual_seed(3)
        self.layer = nn.Conv2d(2, 64, 1)

    def forward(self, batch, seed):
        noise = torch.randn((), generator=torch.Generator().manual_seed(seed))
        out = nn.functional.pixel_shuffle(self.layer(batch["coarse"].flatten(0, 1)), 8)[:, 0]
        return {"loss": (out - batch["fine"].flatten(0, 1) + 0.1 * noise).square().mean()}


SETTINGS = TrainingConfig(
    train_steps=12, batch=2, patch=16, warmup=2, checkpoint_every=4, log_every=3, validate_every=6, lr=0.05
)


def run(directory, settings=SETTINGS, score=None, **kwargs):
    directory.mkdir(exist_ok=True)
    module = Toy()
    log = train(module, clips(), settings, FitContext(seed=5, directory=directory, **kwargs), score)
    return module.state_dict(), log


def rate(module):
    return {"score": float(module.layer.weight.square().sum())}


class Killed(Exception):
    pass


def test_a_killed_run_resumes_exactly(tmp_path):
    whole, log = run(tmp_path / "whole", score=rate)

    def kill(done, total, text):
        if done == 9:  # after the checkpoint of step 8
            raise Killed

    with pytest.raises(Killed):
        run(tmp_path / "killed", score=rate, progress=kill)
    assert json.loads((tmp_path / "killed" / "log.jsonl").read_text().splitlines()[-1])["step"] == 9
    resumed, again = run(tmp_path / "killed", score=rate)
    assert all(torch.equal(whole[name], resumed[name]) for name in whole)
    drop = [{k: v for k, v in line.items() if k != "seconds"} for line in log]
    assert [{k: v for k, v in line.items() if k != "seconds"} for line in again] == drop
    lines = (tmp_path / "killed" / "log.jsonl").read_text().splitlines()
    assert [json.loads(line)["step"] for line in lines] == [line["step"] for line in log]


def test_best_average_is_kept(tmp_path):
    scores = iter([0.1, 0.7])
    seen = []

    def score(module):
        seen.append(module.layer.weight.clone())
        return {"score": next(scores)}

    weights, _ = run(tmp_path / "a", score=score)
    assert torch.equal(weights["layer.weight"], seen[0])
    assert not torch.equal(seen[0], seen[1])


def test_average_is_the_exponential_one(tmp_path):
    """With decay 0 the average is the last weights; a long memory stays near the first ones."""
    last, _ = run(tmp_path / "last", SETTINGS.model_copy(update={"ema": 0.0}))
    slow, _ = run(tmp_path / "slow", SETTINGS.model_copy(update={"ema": 0.999}))
    start = Toy().state_dict()["layer.weight"]
    assert (slow["layer.weight"] - start).norm() < 0.2 * (last["layer.weight"] - start).norm()


def test_loss_falls_and_progress_is_told(tmp_path):
    told = []
    settings = SETTINGS.model_copy(update={"train_steps": 60})
    _, log = run(tmp_path / "a", settings, progress=lambda done, total, text: told.append((done, total)))
    assert log[-1]["loss"] < 0.8 * log[0]["loss"]
    assert told[-1] == (60, 60)


def test_budget_ends_training(tmp_path):
    settings, told = SETTINGS.model_copy(update={"train_steps": 10**6}), []
    progress = lambda done, total, text: told.append(done / total)  # noqa: E731
    _, log = run(tmp_path / "a", settings, budget=1.0, progress=progress)
    assert 0 < log[-1]["step"] < 10**6
    assert told == sorted(told)
    assert told[-1] > 0.95  # of the time, though hardly of the steps


def test_divergence_is_an_error(tmp_path):
    with pytest.raises(RunFailed, match="diverged"):
        run(tmp_path / "a", SETTINGS.model_copy(update={"lr": 1e30, "adam": (0.0, 0.0)}))


class Broken(Toy):
    """Its loss is the root of a number below zero, from a certain call on."""

    def __init__(self, good):
        super().__init__()
        self.good = good

    def forward(self, batch, seed):
        self.good -= 1
        losses = super().forward(batch, seed)
        return losses if self.good >= 0 else {"loss": (-1 - losses["loss"]).sqrt()}


@pytest.mark.parametrize(("good", "hint"), [(0, "look in the network"), (6, "^lower the learning rate$")])
def test_a_loss_that_never_was_a_number_is_not_put_down_to_the_learning_rate(tmp_path, good, hint):
    with pytest.raises(RunFailed) as caught:
        train(Broken(good), clips(), SETTINGS, FitContext(seed=5, directory=tmp_path), None)
    assert re.search(hint, caught.value.hint)


def test_learning_rate():
    settings = TrainingConfig(lr=1.0, lr_end=0.1, warmup=10)
    assert learning_rate(settings, 0, 0.0) == pytest.approx(0.1)
    assert learning_rate(settings, 50, 0.5) == pytest.approx(0.55)
    assert learning_rate(settings, 100, 1.0) == pytest.approx(0.1)
