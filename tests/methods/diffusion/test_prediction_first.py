"""The prediction is trained alone first, and then everything together; an interruption changes neither."""

from __future__ import annotations

import json

import pytest
import torch
from pydantic import ValidationError
from sequences import shower_sequence

from downbench import FitContext, build_config
from downbench_methods.diffusion.prediction_first import FOLDER, Stages, stages, train_prediction
from downbench_methods.diffusion.swinir_diffusion import SwinIRDiffusion
from downbench_methods.ofdiff.fast import OFDiffFast
from downbench_methods.ofdiff.method import OFDiff

FIRST, TOGETHER, RATE = 6, 2, 3.0  # steps, steps, and of the first ones for one of the others
WHOLE = FIRST + round(RATE * TOGETHER)
CHANGES = {
    "train_steps": TOGETHER + round(FIRST / RATE),
    "mean_share": 0.5,
    "mean_rate": RATE,
    "log_every": 1,
    "checkpoint_every": 1,
    "validate_every": 2,
}


class Killed(Exception):
    pass


def fit(method, directory, kill=None, budget=None, **changes):
    """Fit, and give the method and what was told."""
    directory.mkdir(exist_ok=True)
    told = []

    def progress(done, total, text):
        told.append((done, total, text))
        if kill is not None and text.startswith(kill):
            raise Killed

    fitted = method(build_config("toy", method.Config, method.presets, "smoke", {**CHANGES, **changes}))
    context = FitContext(seed=2, directory=directory, progress=progress, budget=budget)
    fitted.fit((shower_sequence(),), (shower_sequence(seed=1),), context)
    return fitted, told


def plain(log):
    return [{k: v for k, v in line.items() if k != "seconds"} for line in log]


def train_alone(method, directory, steps):
    """Train the prediction of a fresh module with a budget of 1.2 s."""
    config = build_config("toy", method.Config, method.presets, "smoke", {"mean_rate": RATE, "log_every": 1})
    fresh = method(config)
    module = fresh.build()
    before = {name: value.clone() for name, value in module.state_dict().items()}
    context = FitContext(seed=2, directory=directory, budget=1.2)
    clips = fresh.clips((shower_sequence(),), 5)
    log, left = train_prediction(module.prediction_network, clips, None, config, context, steps)
    return module, before, log, left


@pytest.mark.parametrize("method", [SwinIRDiffusion, OFDiff], ids=lambda m: m.__name__)
def test_the_first_stage_trains_the_prediction_alone(method, tmp_path):
    module, before, log, _ = train_alone(method, tmp_path, Stages(2, 1, True))
    after = module.state_dict(keep_vars=True)
    own = {id(value) for value in module.prediction_network.state_dict(keep_vars=True).values()}
    changed = {name for name, value in after.items() if not torch.equal(value, before[name])}
    assert changed
    assert changed <= {name for name, value in after.items() if id(value) in own}
    assert [(line["stage"], line["step"]) for line in log] == [(FOLDER, 1), (FOLDER, 2)]


@pytest.fixture(scope="module")
def whole_fit(tmp_path_factory):
    """OF-Diff, what was told of its fit, and the fit's folder."""
    folder = tmp_path_factory.mktemp("whole")
    return (*fit(OFDiff, folder), folder)


def test_a_fit_has_both_stages_and_tells_them_in_equal_costs(whole_fit):
    fitted, told, folder = whole_fit
    assert [done for done, _, _ in told] == [1, 2, 3, 4, 5, 6, 9, 12]
    assert {total for _, total, _ in told} == {WHOLE}
    assert [text.startswith("prediction") for _, _, text in told] == [True] * FIRST + [False] * 2
    kept = [json.loads(line) for line in (folder / "log.jsonl").read_text().splitlines()]
    assert plain(kept) == plain(fitted.log)
    losses = [line for line in fitted.log if "loss" in line]
    assert [line.get("stage") for line in losses] == [FOLDER] * FIRST + [None] * TOGETHER
    assert "diffusion" in losses[-1]
    assert "diffusion" not in losses[0]


@pytest.mark.parametrize("kill", ["prediction  step 4", "step 1"], ids=["first", "second"])
def test_killed_in_either_stage_resumes_to_the_bit(kill, whole_fit, tmp_path):
    whole = whole_fit[0]
    with pytest.raises(Killed):
        fit(OFDiff, tmp_path / "killed", kill)
    resumed, told = fit(OFDiff, tmp_path / "killed")
    theirs = resumed.module.state_dict()
    assert all(torch.equal(value, theirs[name]) for name, value in whole.module.state_dict().items())
    assert len(told) < FIRST + TOGETHER  # the rest alone
    assert plain(resumed.log) == plain(whole.log)


def test_a_budget_is_shared_by_cost(tmp_path):
    """The first stage ends after its share of the time, a quarter, and the rest is left."""
    _, _, log, left = train_alone(SwinIRDiffusion, tmp_path, Stages(10**6, 10**6, True))
    taken = log[-1]["seconds"]
    assert 1.2 / (1 + RATE) <= taken < 1.2
    assert left.budget == pytest.approx(1.2 - taken, abs=0.01)


def test_a_prediction_is_given_a_step_on_each_frame_at_most():
    config = OFDiff.Config(train_steps=900, mean_share=0.5, mean_rate=6.0)
    assert stages(config, 10**6) == (2700, 450, True)
    assert stages(config, 60) == (60, 890, False)
    assert stages(config.model_copy(update={"mean_share": 0.0}), 60) == (0, 900, False)


@pytest.mark.parametrize("frames", [60, 3], ids=["all of its share", "less"])
def test_a_prediction_rests_once_it_had_its_share(frames, monkeypatch, tmp_path):
    """Its weights stay as they were at the end of the first stage; cut short, it goes on learning."""
    ended = {}

    def remember(network, *args):
        out = train_prediction(network, *args)
        ended.update({name: value.clone() for name, value in network.state_dict().items()})
        return out

    monkeypatch.setattr("downbench_methods.diffusion.method.train_prediction", remember)
    monkeypatch.setattr("downbench_methods.diffusion.method.stages", lambda config, _: stages(config, frames))
    fitted, _ = fit(SwinIRDiffusion, tmp_path)
    network = fitted.module.prediction_network
    same = [torch.equal(value, ended[name]) for name, value in network.state_dict().items()]
    assert all(same) is (frames == 60)
    assert all(p.requires_grad for p in fitted.module.parameters())


def test_consistency_is_tuned_over_the_steps_of_all_networks():
    fresh = OFDiffFast(build_config("toy", OFDiffFast.Config, OFDiffFast.presets, "smoke", CHANGES))
    fresh.module = fresh.build()
    for steps, span in ((4, 1.0), (2, 0.5)):  # half of them train diffusion
        fresh.steps_after = steps
        fresh.before_step(None, 1)
        assert float(fresh.module.span) == span


def test_interpolation_has_no_stage_of_its_own():
    with pytest.raises(ValidationError, match="nothing to learn"):
        OFDiff.Config(mean_network="interpolation", mean_share=0.5)
