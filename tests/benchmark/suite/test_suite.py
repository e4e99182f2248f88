"""What is planned for a suite: methods, the protocol's controls once each, and what cannot be run."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from downbench import RunFailed, UserError
from downbench.protocol import CONTROLS
from downbench.suite import suite as module
from downbench.suite.request import DatasetSpec, MethodSpec, Suite
from downbench.suite.suite import run_suite

PRESETS_OF = {"learned": {"tiny": {}, "quick": {}}, "mean-noise": {"tiny": {}}}


def registered(kind, name):
    """What stands for a registration, whose class nobody looks into."""
    return SimpleNamespace(info=SimpleNamespace(kind=kind, name=name), load=lambda: type(name, (), {}))


@pytest.fixture
def planned(monkeypatch):
    """Run a suite whose plans are only names; those in ``broken`` cannot be made."""

    def call(suite, broken=None, step=3, order=list):
        dataset = SimpleNamespace(label="d", name="d", variant="", step=np.timedelta64(step, "h"), factor=8)
        frames = SimpleNamespace(dataset=dataset, track=None, label="d")

        def make_plan(entry, frames, metrics, **options):
            name = entry.info.name
            if broken and name in broken:
                raise broken[name]
            folder = Path(f"{name}-{options['seed']}-{options['overrides']}")
            return SimpleNamespace(
                name=name,
                info=entry.info,
                method_class=SimpleNamespace(presets=PRESETS_OF.get(name, {})),
                directory=SimpleNamespace(score=folder, fit=folder),
                **options,
            )

        outcome = lambda plan: {"method": plan.name, "role": plan.role, "seed": plan.seed}  # noqa: E731
        monkeypatch.setattr(module, "make_metrics", lambda names: None)
        monkeypatch.setattr(module, "make_dataset", lambda spec: dataset)
        monkeypatch.setattr(module, "refuse_unsound", lambda dataset, entry: None)
        monkeypatch.setattr(module, "open_frames", lambda *arguments: frames)
        monkeypatch.setattr(module, "registry", lambda: SimpleNamespace(find=registered))
        monkeypatch.setattr(module, "make_plan", make_plan)
        monkeypatch.setattr(module, "with_earlier", list)
        monkeypatch.setattr(module, "with_names", list)
        monkeypatch.setattr(module, "estimate", lambda plans, jobs: "")
        monkeypatch.setattr(module, "quickest_first", order)
        monkeypatch.setattr(module, "run", outcome)
        reported = []
        outcomes = run_suite(suite, Path("runs"), None, reported.append)
        if order is list:
            assert reported == outcomes
        return outcomes if order is list else (outcomes, reported)

    return call


def suite(*methods, **options):
    specs = [MethodSpec(name=m) if isinstance(m, str) else m for m in methods]
    return Suite(methods=specs, datasets=[DatasetSpec(name="d")], **options)


def test_controls_of_the_protocol_are_run_too_and_first(planned):
    outcomes = planned(suite("mine", seeds=[4, 5]))
    assert [o["method"] for o in outcomes] == [*CONTROLS, "mine", "mine"]
    assert [o["role"] for o in outcomes] == ["control"] * len(CONTROLS) + ["method"] * 2
    assert [o["seed"] for o in outcomes[: len(CONTROLS)]] == [4] * len(CONTROLS)  # once, with the first seed


def test_quick_runs_go_first_and_outcomes_stand_in_the_order_of_the_request(planned):
    last_first = lambda plans: list(plans)[::-1]  # noqa: E731
    outcomes, reported = planned(suite("mine"), order=last_first)
    assert [o["method"] for o in outcomes] == [*CONTROLS, "mine"]
    assert [o["method"] for o in reported] == ["mine", *CONTROLS[::-1]]


def test_a_control_that_is_named_is_run_once_and_stays_a_control(planned):
    outcomes = planned(suite(CONTROLS[0], "mine"))
    roles = {o["method"]: o["role"] for o in outcomes}
    assert len(outcomes) == len(roles) == len(CONTROLS) + 1
    assert roles[CONTROLS[0]] == "control"


def test_without_controls_there_is_what_was_named(planned):
    assert [o["method"] for o in planned(suite("mine", controls=False))] == ["mine"]


def test_equal_runs_are_run_once(planned):
    twice = suite("mine", "mine", MethodSpec(name="mine", set={"a": 1}), controls=False)
    assert len(planned(twice)) == 2


def test_a_control_that_cannot_be_run_stops_nobody_and_is_reported(planned):
    outcomes = planned(suite("mine"), {CONTROLS[0]: RunFailed("torch is missing")})
    assert outcomes[0]["status"] == "failed"
    assert "torch is missing" in outcomes[0]["reason"]
    assert len(outcomes) == len(CONTROLS) + 1


def test_a_mistake_in_what_was_asked_for_ends_it_before_anything_runs(planned):
    with pytest.raises(UserError, match="no such parameter"):
        planned(suite("mine"), {"mine": UserError("no such parameter")})


def test_scores_by_hour_need_steps_of_three_hours_or_less(planned):
    assert planned(suite("mine", controls=False, hours=True), step=3)
    with pytest.raises(UserError, match="d has steps of 6 hours"):
        planned(suite("mine", controls=False, hours=True), step=6)


@pytest.mark.parametrize(
    ("methods", "options", "message"),
    [
        (["plain"], {"preset": "huge"}, "plain has no preset 'huge'"),
        (["plain", "other"], {"preset": "huge"}, "none of plain, other has a preset 'huge'"),
        (["plain", MethodSpec(name="plain", preset="huge")], {}, "plain has no preset 'huge'"),
        (["learned", MethodSpec(name="plain", preset="quick")], {}, "plain has no preset 'quick'"),
    ],
)
def test_a_preset_that_no_method_has_is_refused(planned, methods, options, message):
    with pytest.raises(UserError, match=message):
        planned(suite(*methods, controls=False, **options))


@pytest.mark.parametrize("preset", ["paper", "quick"])
def test_methods_without_presets_pass_over_the_usual_ones_and_those_of_others(planned, preset):
    methods = ["plain", "learned"] if preset == "quick" else ["plain"]
    assert len(planned(suite(*methods, controls=False, preset=preset))) == len(methods)
    assert planned(suite(MethodSpec(name="plain", preset="paper"), controls=False))
