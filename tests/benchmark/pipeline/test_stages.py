"""The stages of a run called one by one: each leaves what the next needs, and is done once."""

from __future__ import annotations

import shutil
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import zarr
from folders import TOY

from downbench import UserError
from downbench.findings.rebuild import rebuild
from downbench.findings.stored_run import open_run
from downbench.pipeline.evaluations import count_evaluations
from downbench.pipeline.fit import fit
from downbench.pipeline.metric_set import MetricSet
from downbench.pipeline.plan import Plan, make_plan
from downbench.pipeline.sample import sample
from downbench.pipeline.score import score
from downbench.plugins.registry import Registration
from downbench.plugins.session import configure, registry
from downbench.scoring.frames import Frames, open_frames
from downbench.store.run_directory import EXAMPLES, FIT, RUN
from downbench_metrics.overall.crps import CRPS


@pytest.fixture(autouse=True)
def toy():
    """The toy dataset and methods are registered."""
    configure((TOY,))
    yield
    configure()


def metrics() -> MetricSet:
    entry = registry().find("metric", "crps")
    return MetricSet({"crps": entry}, {"crps": CRPS()})


def frames(limit: int | None = 4, **parameters: int) -> Frames:
    dataset = registry().find("dataset", "toy").load()
    return open_frames(dataset(dataset.Config(frames=40, **parameters)), limit)


def plan(runs: Path, method: str = "noisy", seed: int = 0, **changes) -> Plan:
    settings = {
        "preset": None,
        "overrides": {},
        "members": 2,
        "budget": None,
        "device": "cpu",
        "role": "method",
    }
    entry = registry().find("method", method)
    return make_plan(entry, frames(), metrics(), seed=seed, runs=runs, **{**settings, **changes})


def test_a_finished_fit_is_not_fitted_again(tmp_path, monkeypatch):
    first, reused = fit(plan(tmp_path))
    assert not reused
    monkeypatch.setattr(registry().find("method", "noisy").load(), "fit", None)
    again, reused = fit(plan(tmp_path))
    assert reused
    assert again == first


def test_a_model_that_was_saved_before_the_record_is_kept(tmp_path):
    """Killed between the two: the model is whole, its cost is lost."""
    one = plan(tmp_path)
    fit(one)
    model = {path.name: path.read_bytes() for path in one.directory.model.iterdir()}
    (one.directory.fit / FIT).unlink()
    record, reused = fit(one)
    assert reused
    assert record.cost.wall_s is None
    assert {path.name: path.read_bytes() for path in one.directory.model.iterdir()} == model


def test_a_plan_names_folders_by_what_matters_to_each_stage(tmp_path):
    base = plan(tmp_path).directory
    more = plan(tmp_path, members=3).directory
    assert (more.fit, more.sample == base.sample) == (base.fit, False)
    other = plan(tmp_path, seed=1).directory
    assert other.fit != base.fit
    assert plan(tmp_path, role="control", device="auto").directory == base


def test_a_stage_gives_the_same_when_it_is_done_again(tmp_path):
    one = plan(tmp_path)
    fitted, _ = fit(one)
    sampled, _ = sample(one.sampling)
    record = score(one, fitted, sampled)
    again = score(one, fitted, sampled)
    assert again.scores == record.scores
    assert open_run(one.directory.score).record == again
    assert record.frames.n == 4
    assert [row.metric for row in record.scores if row.region == row.season == "all"] == ["crps"]


def test_examples_are_the_wettest_frames_of_each_third_with_their_truth(tmp_path):
    one = plan(tmp_path)
    score(one, fit(one)[0], sample(one.sampling)[0])
    group = zarr.open_group(one.directory.score / EXAMPLES, mode="r")
    (sequence,) = one.frames.sequences
    rain = sequence.coarse["precipitation"].isel(time=slice(sequence.warmup, None)).to_numpy()
    tile = int(rain.mean(axis=(0, 2, 3)).argmax())
    thirds = np.array_split(np.arange(4), 3)
    chosen = [int(part[rain[part, tile].mean(axis=(1, 2)).argmax()]) for part in thirds]
    np.testing.assert_array_equal(group["truth"][:], sequence.fine.to_numpy()[chosen, tile])
    ensemble = zarr.open_group(one.directory.predictions, mode="r")[sequence.name]
    np.testing.assert_array_equal(group["members"][:], np.stack([ensemble[:, t, tile] for t in chosen], 1))


def scored(runs: Path, **changes) -> Plan:
    one = plan(runs, **changes)
    score(one, fit(one)[0], sample(one.sampling)[0])
    return one


def test_a_stored_run_is_planned_again_from_its_record(tmp_path):
    one = scored(tmp_path)
    again = rebuild(open_run(one.directory.score), metrics())
    assert again.frames.key == one.frames.key
    assert (again.predictions, again.members) == (one.directory.predictions, 2)
    assert again.probabilistic


def test_data_that_have_changed_are_refused(tmp_path, monkeypatch):
    one = scored(tmp_path)
    dataset = registry().find("dataset", "toy").load()
    was = dataset.fingerprint
    monkeypatch.setattr(dataset, "fingerprint", lambda self: "0" * 12 + was(self)[12:])
    with pytest.raises(UserError, match="its fingerprint is 000000000000"):
        rebuild(open_run(one.directory.score), metrics())


def test_evaluations_count_configurations_and_not_seeds_or_members(tmp_path):
    assert count_evaluations(plan(tmp_path)) == 1
    scored(tmp_path)
    scored(tmp_path, seed=1)
    scored(tmp_path, members=3)
    assert count_evaluations(plan(tmp_path, seed=2)) == 1
    assert count_evaluations(plan(tmp_path, budget=60.0)) == 2


def test_damaged_and_foreign_records_count_as_no_evaluation(tmp_path):
    one = scored(tmp_path)
    copy = one.directory.fit.with_name("other")
    shutil.copytree(one.directory.fit, copy)
    (next(copy.rglob(RUN))).write_text("{")
    assert count_evaluations(one) == 1


def test_what_is_no_method_is_refused(tmp_path):
    entry = registry().find("method", "noisy")
    info = SimpleNamespace(**{**vars(entry.info), "target": "json:dumps", "kind": "method"})
    with pytest.raises(UserError, match="json:dumps is not a subclass"):
        make_plan(
            Registration(info, "d", "1"), frames(), metrics(), preset=None, overrides={}, seed=0, members=1,
            budget=None, device="cpu", role="method", runs=tmp_path,
        )  # fmt: skip
