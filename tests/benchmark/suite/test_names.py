"""Runs of one command that share a method are told apart wherever they are named."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from folders import TOY

from downbench.pipeline.metric_set import make_metrics
from downbench.pipeline.plan import Plan
from downbench.plugins.session import configure
from downbench.suite.names import with_names
from downbench.suite.request import build_suite
from downbench.suite.suite import _plan_all

LONG = {"name": "toy", "set": {"frames": 30, "year": 2021}}


@pytest.fixture
def plans(tmp_path: Path) -> Iterator[Callable[..., list[Plan]]]:
    configure((TOY,))

    def call(*methods: dict[str, Any], **more: Any) -> list[Plan]:
        datasets = [{"name": "toy", "set": {"frames": 30}}]
        content = {"datasets": datasets, "controls": False, "methods": list(methods), **more}
        return _plan_all(build_suite(content), tmp_path, make_metrics(["crps"]), ())[0]

    yield call
    configure()


def test_by_the_setting_that_differs(plans: Callable[..., list[Plan]]) -> None:
    three = [{"name": "broken", "set": {"how": how}} for how in ("nan", "short")] + [{"name": "noisy"}]
    made = plans(*three, seeds=[0, 1])
    assert [(plan.label, plan.seed) for plan in made] == [
        ("broken (how=nan) on toy", 0),
        ("broken (how=nan) on toy", 1),
        ("broken (how=short) on toy", 0),
        ("broken (how=short) on toy", 1),
        ("noisy on toy", 0),
        ("noisy on toy", 1),
    ]
    assert {plan.label for plan in made} == {plan.sampling.label for plan in made}
    assert {plan.label for plan in made} == {plan.scoring.label for plan in made}


def test_seeds_and_datasets_are_said_anyway(plans: Callable[..., list[Plan]]) -> None:
    made = plans({"name": "noisy"}, seeds=[0, 1], datasets=[{"name": "toy"}, LONG])
    assert {plan.name for plan in made} == {"noisy"}


def test_names_do_not_change_where_runs_stand(plans: Callable[..., list[Plan]]) -> None:
    """One alone has its method's name, and is the same run."""
    two = plans(
        {"name": "broken", "set": {"how": "nan"}}, {"name": "broken", "set": {"how": "short"}}, seeds=[0]
    )
    [alone] = with_names(two[:1])
    assert alone.label == "broken on toy"
    assert alone.directory.score == two[0].directory.score


def test_as_in_a_table_of_their_scores(bench: Callable[..., Any]) -> None:
    """Lines on the way and columns of the table have the same names: what is the default goes unsaid."""
    Path("suite.yaml").write_text(
        "methods: [{name: noisy}, {name: broken, set: {how: raise}}, {name: broken, set: {how: none}}]\n"
        "datasets: [{name: toy, set: {frames: 30}}]\nmembers: 2\ncontrols: false\n"
    )
    result = bench("run", "--suite", "suite.yaml", "--metric", "crps", "--plugin", TOY, code=1)
    assert "FAILED  broken on toy: " in result.stderr
    assert "done    broken (how=none) on toy: runs" in result.stderr
    assert "done    noisy on toy: runs" in result.stderr
    head = result.stdout.partition("crps")[0]  # a long name is broken into lines
    assert {"noisy", "broken", "(how=none)"} <= set(head.split())
