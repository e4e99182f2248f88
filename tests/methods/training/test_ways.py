"""Ways of working that pay in a long training, on an injected clock; what they must not change."""

import pytest
import torch
from sequences import shower_sequence
from torch import nn

from downbench import DownbenchWarning, FitContext, RunFailed
from downbench_methods.fields.transform import fit_transform
from downbench_methods.networks.ways import Way, training_ways
from downbench_methods.training import loop, ways
from downbench_methods.training.clips import Clips
from downbench_methods.training.configuration import TrainingConfig
from downbench_methods.training.loop import train
from downbench_methods.training.ways import WORTH, paying_ways, take_over_layout

SETTINGS = TrainingConfig(
    train_steps=24, batch=4, patch=16, warmup=2, checkpoint_every=8, log_every=3, lr=0.05
)


class Machine:
    """A step takes ``plain`` seconds, times the factor of each way that is on; None stands for a failure."""

    def __init__(self, factors):
        self.factors, self.on, self.now, self.steps = factors, [], 0.0, 0
        self.ways = [
            Way(
                name,
                lambda name=name: self.on.append(name),
                lambda name=name: self.on.remove(name),
                least=least,
            )
            for name, (_, least) in factors.items()
        ]

    def step(self):
        self.steps += 1
        for name in self.on:
            factor = self.factors[name][0]
            if factor is None:
                raise RuntimeError("not here")
            self.now += 10.0 * (factor - 1)
        self.now += 10.0


def chosen(factors, ahead=1e6):
    machine = Machine(factors)
    kept, seconds = paying_ways(machine.ways, machine.step, ahead, lambda: machine.now)
    assert machine.on == [way.name for way in kept]
    return machine, seconds


def test_ways_that_pay_are_kept_together():
    machine, seconds = chosen({"a": (0.8, 0), "b": (0.97, 0), "c": (None, 0), "d": (0.7, 0)})
    assert machine.on == ["a", "d"]
    assert seconds == pytest.approx({"plain": 10, "a": 8, "b": 7.7, "c": None, "d": 5}, nan_ok=False)


def test_short_training_measures_nothing():
    machine, seconds = chosen({"a": (0.1, 0)}, ahead=WORTH - 1)
    assert (machine.on, seconds, machine.steps) == ([], {}, 0)


def test_a_dear_way_needs_more_ahead():
    machine, _ = chosen({"quick": (0.5, 0), "dear": (0.5, WORTH)}, ahead=1.5 * WORTH)
    assert machine.on == ["quick"]  # it halves what is ahead


class Convolutions(nn.Module):
    """A toy with a kernel that channels last lays out in another way."""

    def __init__(self):
        super().__init__()
        torch.manual_seed(3)
        self.first, self.last = nn.Conv2d(1, 8, 3, padding=1), nn.Conv2d(8, 64, 3, padding=1)

    def forward(self, batch, seed):
        maps = self.last(self.first(batch["coarse"].flatten(0, 1)).relu())
        out = nn.functional.pixel_shuffle(maps, 8)[:, 0]
        return {"loss": (out - batch["fine"].flatten(0, 1)).square().mean()}


class Killed(Exception):
    pass


def trained(directory, module, settings=SETTINGS, **context):
    directory.mkdir(exist_ok=True)
    data = [shower_sequence(9, tiles=2, wet=0.5)]
    clips = Clips(data, fit_transform(data, "log1p", 0.1), 8, settings.patch, 3, seed=1)
    log = train(module, clips, settings, FitContext(seed=5, directory=directory, **context), None)
    return module.state_dict(), log


def kill(done, total, text):
    if done == 18:
        raise Killed


def test_what_was_chosen_is_told_and_taken_up_again(tmp_path, monkeypatch):
    """A killed fit goes on in the layout that it chose, to the bit, whatever a clock would say now."""

    def channels_last(ways, step, ahead):
        step()  # learns nothing
        ways[0].on()
        return [ways[0]], {"plain": 2.0, "channels_last": 1.0}

    monkeypatch.setattr(loop, "paying_ways", channels_last)
    whole, log = trained(tmp_path / "whole", Convolutions())
    assert [line["ways"] for line in log if "ways" in line] == [["channels_last"]]
    with pytest.raises(Killed):
        trained(tmp_path / "killed", Convolutions(), progress=kill)
    monkeypatch.setattr(loop, "paying_ways", lambda *_: ([], {}))
    module = Convolutions()
    resumed, _ = trained(tmp_path / "killed", module)
    assert all(torch.equal(whole[name], resumed[name]) for name in whole)
    assert all(p.is_contiguous() for p in module.parameters())  # as it was
    plain, _ = trained(tmp_path / "plain", Convolutions())
    for name, value in whole.items():
        torch.testing.assert_close(value, plain[name], rtol=1e-4, atol=1e-5)


def test_optimisers_follow_the_layout_of_parameters():
    """Fused Adam pairs numbers by their place in memory, so that averages in another layout go astray."""
    torch.manual_seed(0)
    start, first, second = torch.randn(8, 4, 3, 3), torch.randn(8, 4, 3, 3), torch.randn(8, 4, 3, 3)

    def steps(between, layout):
        parameter = nn.Parameter(start.clone())
        optimiser = torch.optim.Adam([parameter], lr=0.1, fused=True)
        parameter.grad = first.clone()
        optimiser.step()
        parameter.data = parameter.data.to(memory_format=layout)
        parameter.grad = second.to(memory_format=layout)
        between(optimiser)
        optimiser.step()
        return parameter.detach().contiguous()

    expected = steps(lambda _: None, torch.contiguous_format)
    torch.testing.assert_close(steps(take_over_layout, torch.channels_last), expected)


def test_training_ways_of_networks():
    assert [way.name for way in training_ways(nn.Linear(2, 2))] == ["compiled"]
    assert [way.name for way in training_ways(Convolutions())] == ["channels_last", "compiled"]


class InTurn(Convolutions):
    """Its two layers are trained one after the other."""

    turns = ("first", "last")

    def forward(self, batch, seed, turn):
        return super().forward(batch, seed)


def test_a_way_that_fails_leaves_no_gradients(tmp_path, monkeypatch):
    """A failure behind the backward pass of one part, in the forward pass of another."""
    plain, _ = trained(tmp_path / "plain", InTurn())

    class Broken(InTurn):
        def forward(self, batch, seed, turn):
            if broken and turn == "last":
                raise RuntimeError("not here")
            return super().forward(batch, seed, turn)

    broken = []
    dear = Way("dear", lambda: broken.append(1), broken.clear)
    monkeypatch.setattr(loop, "training_ways", lambda module, processes=1: [dear])
    monkeypatch.setattr(ways, "WORTH", 0.0)
    tried, log = trained(tmp_path / "tried", Broken())
    assert [line["seconds_of_a_step"]["dear"] for line in log if "ways" in line] == [None]
    assert all(torch.equal(plain[name], tried[name]) for name in plain)


class Greedy(Convolutions):
    """A network for whose device so many clips are too many."""

    def __init__(self, room):
        super().__init__()
        self.room = room

    def forward(self, batch, seed):
        if len(batch["fine"]) > self.room:
            raise torch.OutOfMemoryError("CUDA out of memory")
        return super().forward(batch, seed)


def test_a_step_that_does_not_fit_is_gone_through_in_pieces(tmp_path):
    with pytest.warns(DownbenchWarning, match="2 pieces"):
        weights, _ = trained(tmp_path / "halves", Greedy(2))
    asked, _ = trained(tmp_path / "asked", Greedy(4), SETTINGS.model_copy(update={"accumulate": 2}))
    assert all(torch.equal(weights[name], asked[name]) for name in asked)


def test_a_clip_that_does_not_fit_is_an_error(tmp_path):
    with (
        pytest.warns(DownbenchWarning, match="pieces"),
        pytest.raises(RunFailed, match="out of memory"),
    ):
        trained(tmp_path / "none", Greedy(0))
