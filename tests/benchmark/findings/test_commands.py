"""A command that is shown makes the configuration that it is shown for."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from command_lines import parse
from folders import ROOT, TOY
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from downbench import UserError
from downbench.contracts.configuration import build_config
from downbench.findings.commands import as_set, code_here, repeat_command
from downbench.pipeline.metric_set import MetricSet, make_metrics
from downbench.pipeline.plan import Plan
from downbench.plugins.session import configure, registry
from downbench.references.building import has_changed
from downbench.references.index import read_index
from downbench.references.shipped import Shipped, unpack
from downbench.suite.asking import ask
from downbench.suite.plain_yaml import read_yaml
from downbench.suite.request import Suite
from downbench.suite.suite import _plan_all

SHIPPED = ROOT / "leaderboard" / "reference" / "downbench_reference"


@pytest.fixture(scope="module", autouse=True)
def toy() -> Iterator[None]:
    configure((TOY,))
    yield
    configure()


@pytest.fixture(scope="module")
def metrics() -> MetricSet:
    return make_metrics(["mse"])


def asked_by(command: str) -> Suite:
    """What `bench run` makes of a command, without its data."""
    words = shlex.split(command)
    assert words[:2] == ["bench", "run"]
    said = parse(words[1:]).params
    return ask(
        methods=said["method"],
        datasets=said["dataset"],
        preset=said["preset"],
        members=said["members"],
        seeds=list(said["seed"] or []) or None,
        limit=said["limit"],
        budget=said["budget"],
        controls=False,
        settings=said["set_"] or [],
        weights=said["weights"] or [],
        shifts=said["shift"] or [],
    )


def plan_of(suite: Suite, metrics: MetricSet) -> Plan:
    [plan], missing = _plan_all(suite, Path("runs"), metrics, ())
    assert missing == []
    return plan


def record_of(plan: Plan, limit: int | None) -> Any:
    """What a record says of a run, as far as commands need it."""
    return SimpleNamespace(
        method=plan.method_part(counted=False),  # no network may have such a size
        dataset=plan.dataset_part(),
        track=None,
        seed=plan.seed,
        members=plan.members,
        limit=limit,
        budget=plan.budget,
        data_root=None,
    )


def another(value: Any, draw: st.DataObject) -> Any:
    """Another value of a parameter, of the same kind."""
    if isinstance(value, bool):
        return not value
    if isinstance(value, int):
        return value + draw.draw(st.integers(1, 3))
    if isinstance(value, float):
        return value * draw.draw(st.sampled_from([0.5, 1e-4, 1 / 3, 1.25]))
    return value


METHODS = [
    *("bicubic", "nearest", "climatology", "analogs", "bcsd", "rainfarm", "lognormal-cascade"),
    *("quantile-mapping", "unet", "unet-crps", "mean-noise", "ofdiff", "ofdiff-fast", "residual-gan"),
]


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    name=st.sampled_from(METHODS),
    preset=st.sampled_from([None, "smoke", "tiny", "small"]),
    seed=st.integers(0, 9),
    members=st.integers(1, 12),
    limit=st.sampled_from([None, 4]),
    budget=st.sampled_from([None, 7.5, 3600.0]),
    draw=st.data(),
)
def test_the_command_of_any_run_makes_its_keys_again(
    metrics, name, preset, seed, members, limit, budget, draw
):
    cls = registry().find("method", name).load()
    usual = build_config(name, cls.Config, cls.presets, preset or "tiny", {}).model_dump(mode="json")
    keys = draw.draw(st.lists(st.sampled_from(sorted(usual) or [""]), max_size=3, unique=True))
    chosen = {key: another(usual[key], draw) for key in keys if key}
    request = {"preset": preset} if preset else {}
    suite = Suite(
        methods=[{"name": name, "set": chosen}], datasets=[{"name": "toy", "set": {"frames": 60}}],
        seeds=[seed], members=members, limit=limit, budget=budget, controls=False, **request,
    )  # fmt: skip
    try:
        plan = plan_of(suite, metrics)
    except UserError:  # such a value is refused
        assume(False)
    command = repeat_command(record_of(plan, limit))
    again = plan_of(asked_by(command), metrics)
    assert again.directory == plan.directory
    assert again.config == plan.config
    for key in usual:
        untouched = plan.config == build_config(name, cls.Config, cls.presets, preset or "tiny", {})
        assert not (untouched and f"{name}.{key}=" in command), "it says what is so anyway"


def present() -> list[Any]:
    return [one for one in read_index(SHIPPED).references if not has_changed(one)]


def test_commands_of_all_shipped_references_of_present_code_make_their_configurations(tmp_path, monkeypatch):
    monkeypatch.setenv("DOWNBENCH_CACHE", str(tmp_path))
    texts = {}
    for one in present():
        record = unpack(Shipped(one, SHIPPED, "ours")).record
        texts[one.name] = repeat_command(record)
        suite = asked_by(texts[one.name])
        [method] = suite.methods
        cls = registry().find("method", method.name).load()
        preset = suite.preset
        suited = dict(cls.preset_at(preset, record.dataset.factor)) if preset in cls.presets else {}
        if not next(iter(record.dataset.relation.values())).perfect:
            suited |= cls.where_not_mean
        config = build_config(one.method, cls.Config, cls.presets, preset, {**suited, **method.set})
        assert config.model_dump(mode="json") == record.method.configuration, texts[one.name]
        assert (suite.seeds, suite.limit) == ([record.seed], record.limit)
        assert suite.members == record.members or not record.method.probabilistic
    assert any("--set unet-crps.train_steps=1400" in text for text in texts.values())


TEXT = st.text(st.characters(exclude_categories=["C", "Z"]) | st.just(" "), max_size=6)


@given(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | TEXT
    | st.lists(st.integers() | st.floats(0, 1) | TEXT, max_size=3)
)
def test_a_parameter_is_read_back_as_it_was(value):
    assert read_yaml(as_set(value), "it").value == value


def test_a_method_that_nobody_has_is_set_as_a_whole():
    method = SimpleNamespace(
        name="theirs", distribution="their-package", preset="tiny", configuration={"steps": 4, "on": True},
        probabilistic=True, weights=None, submission=None,
    )  # fmt: skip
    run = SimpleNamespace(
        method=method, dataset=SimpleNamespace(name="toy", variant="", standin=True, configuration={}),
        track=None, seed=1, members=3, limit=None, budget=None, data_root=None,
    )  # fmt: skip
    command = "bench run -m theirs -d toy --preset tiny --seed 1 --members 3"
    assert repeat_command(run) == f"{command} --set theirs.steps=4 --set theirs.on=true"
    assert code_here(method) == ""
