"""What sampling and scoring need: seeds from names, versions and parts of metrics, predictions, models."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from downbench import Config, MethodInfo, MetricInfo, RunFailed
from downbench.pipeline import fitted_model
from downbench.pipeline import predictions as predictions_module
from downbench.pipeline.fitted_model import load_model
from downbench.pipeline.metric_set import MetricSet
from downbench.pipeline.predictions import drop_large_predictions
from downbench.pipeline.sampling_plan import SamplingPlan, method_seed
from downbench.plugins.registry import Registration
from downbench_methods.interpolation import Nearest
from downbench_metrics.extremes.quantile_ratios import QuantileRatios
from downbench_metrics.overall.crps import CRPS


def registration(name, distribution="d"):
    return Registration(MethodInfo(name=name, target="a:B"), distribution, "1.0")


def test_seeds_of_methods_distributions_and_runs_all_differ():
    seeds = {method_seed(registration(n, d), s) for n in "ab" for d in "de" for s in range(3)}
    assert len(seeds) == 12
    assert method_seed(registration("a"), 0) == method_seed(registration("a"), 0)


CHOSEN = {"crps": CRPS(), "quantile-ratios": QuantileRatios()}
SET = MetricSet(
    {
        name: Registration(MetricInfo(name=name, target="a:B", title=name.upper(), tags=("x",)), "d", "1.0")
        for name in CHOSEN
    },
    CHOSEN,
)


def test_a_metric_s_version_is_that_of_its_package_and_its_own():
    assert SET.versions() == {f"d:{name}": f"1.0/{metric.version}" for name, metric in CHOSEN.items()}
    assert list(SET.only(["crps"]).versions()) == ["d:crps"]


def test_records_get_what_a_metric_says_of_itself():
    part = SET.parts()["quantile-ratios"]
    assert (part.direction, part.unit, part.headline) == ("zero", "1", QuantileRatios.headline)
    assert (part.title, part.distribution, part.tags) == ("QUANTILE-RATIOS", "d", ["x"])
    assert part.range == [-1.0, None]  # JSON has no infinity


@pytest.mark.parametrize(("limit", "kept"), [(2999, False), (3000, True)])
def test_predictions_above_the_limit_are_deleted(tmp_path, monkeypatch, limit, kept):
    monkeypatch.setattr(predictions_module, "KEEP_BYTES", limit)
    store = tmp_path / "predictions.zarr"
    (store / "c").mkdir(parents=True)
    for name in ("a", "c/b", "c/d"):
        (store / name).write_bytes(np.zeros(1000, np.uint8).tobytes())
    drop_large_predictions(store)
    assert store.exists() == kept
    drop_large_predictions(tmp_path / "gone.zarr")  # nothing there, nothing to do


class Scaled(Config):
    """Parameters."""

    scale: float = 1.0


class Method(Nearest):
    """A method with a parameter."""

    Config = Scaled


def plan(folder: Path, **config):
    directory = SimpleNamespace(model=folder / "model", fit=folder)
    return SamplingPlan(
        "m", registration("m"), Method, Scaled(**config), 0, 1, "cpu", SimpleNamespace(), directory
    )


@pytest.fixture
def without_card(monkeypatch):
    """What is damaged is looked for elsewhere: these models have no card."""
    monkeypatch.setattr(fitted_model, "model_damage", lambda directory: "")


def test_a_fitted_model_gets_the_parameters_of_the_plan(tmp_path, without_card):
    (tmp_path / "model").mkdir()
    Method(Scaled(scale=2)).save(tmp_path / "model")
    assert load_model(plan(tmp_path, scale=3)).config.scale == 3


@pytest.mark.parametrize("content", [None, "{", '{"scale": "large"}'])
def test_a_model_that_cannot_be_read_is_named_with_what_to_do(tmp_path, without_card, content):
    (tmp_path / "model").mkdir()
    if content is not None:
        (tmp_path / "model" / "config.json").write_text(content)
    with pytest.raises(RunFailed, match="cannot be read") as caught:
        load_model(plan(tmp_path))
    assert str(tmp_path / "model") in str(caught.value)
    assert "fit again" in str(caught.value)
