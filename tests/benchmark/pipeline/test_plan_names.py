"""A plan made again from its names is the same plan, and names that stand for something else are refused."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from folders import TOY
from store_files import rain_file

from downbench import RunFailed
from downbench.isolation.limits import Isolation
from downbench.pipeline.metric_set import make_metrics
from downbench.pipeline.plan import Plan, make_plan
from downbench.pipeline.plan_names import names_of, plan_of
from downbench.plugins.session import configure, registry
from downbench.scoring.frames import Track, open_frames
from downbench.suite.request import DatasetSpec
from downbench.suite.resolve import make_dataset


@pytest.fixture
def plan(tmp_path: Path) -> Iterator[Plan]:
    configure((TOY,))
    dataset = make_dataset(DatasetSpec(name="toy", set={"frames": 30}))
    yield make_plan(
        registry().find("method", "broken"),
        open_frames(dataset, 4),
        make_metrics(["crps", "mse"]),
        preset=None,
        overrides={"how": "nan"},
        seed=3,
        members=5,
        budget=7.5,
        device="cpu",
        role="control",
        runs=tmp_path,
        hours=True,
        isolation=Isolation("all", 9.0, None),
    )
    configure()


def test_the_same_plan_comes_of_its_names(plan: Plan) -> None:
    """All that matters to results, by its keys; the rest by its values. The names survive JSON."""
    again = plan_of(json.loads(json.dumps(names_of(plan))))
    assert again.directory == plan.directory
    for name in ("config", "seed", "members", "budget", "device", "role", "hours", "isolation"):
        assert getattr(again, name) == getattr(plan, name), name
    assert again.dataset_part() == plan.dataset_part()


def test_a_process_that_fits_calls_the_run_as_its_command_does(plan: Plan) -> None:
    assert plan_of(names_of(replace(plan, called="broken (how=nan)"))).label == "broken (how=nan) on toy"


def test_data_are_opened_once_for_several_plans(plan: Plan) -> None:
    one = plan_of(names_of(plan))
    other = plan_of(names_of(plan) | {"seed": 3})
    assert one.frames is other.frames


def test_a_process_that_outlives_a_command_opens_changed_data_again(plan: Plan, tmp_path: Path) -> None:
    """As a worker of a cluster does: the file is another one when the next command comes."""
    rain = tmp_path / "rain.nc"
    spec = DatasetSpec(name="files", root=rain, set={"factor": 4})

    def asked(seed: int) -> Plan:
        rain.unlink(missing_ok=True)
        values = np.random.default_rng(seed).gamma(0.2, size=(200, 16, 16)).astype(np.float32)
        rain_file(rain, values=values)
        return replace(plan, frames=open_frames(make_dataset(spec), 4))

    one = asked(1)
    assert plan_of(names_of(one)).directory == one.directory
    two = asked(2)
    assert two.directory != one.directory
    assert plan_of(names_of(two)).directory == two.directory


def test_without_metrics_none_is_imported(plan: Plan) -> None:
    again = plan_of(names_of(plan, metrics=False))
    assert not again.metrics.entries
    assert again.directory.sample == plan.directory.sample


def test_names_that_stand_for_something_else_are_refused(plan: Plan) -> None:
    names = names_of(plan)
    with pytest.raises(RunFailed, match="stands for something else"):
        plan_of(names | {"dataset": names["dataset"] | {"settings": {"frames": 40}}})


def test_a_shift_track_is_named_too(plan: Plan) -> None:
    dataset = make_dataset(DatasetSpec(name="toy", set={"frames": 30, "year": 2021}))
    track = Track("later", plan.frames.dataset)
    shifted = replace(plan, frames=open_frames(dataset, 4, track=track))
    again = plan_of(json.loads(json.dumps(names_of(shifted))))
    assert again.directory == shifted.directory
    assert again.directory.fit == plan.directory.fit
    assert again.track_part() == shifted.track_part()
