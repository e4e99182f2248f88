"""Sampling on a cluster: the same bits as here; where memory runs out, half is tried once."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
import zarr

from downbench import RunFailed
from downbench.errors import DamagedData
from downbench.models.model_card import CARD
from downbench.pipeline.cluster import tasks
from downbench.pipeline.fit import fit
from downbench.pipeline.sample import sample
from downbench.pipeline.score import sample_and_score
from downbench.pipeline.stretches import on_workers, storing, streaming
from downbench.pipeline.stretches.cutting import runs_of
from downbench.pipeline.stretches.ensemble_recipe import ensemble_of, recipe_of_ensemble
from downbench.pipeline.stretches.ledger import resume, what_is_left
from downbench.pipeline.stretches.scored import path_of
from downbench.pipeline.stretches.scoring import score_stretch
from downbench.plugins.session import registry
from downbench.scoring.reading import chunk_tasks
from downbench.store.record import DIGEST
from downbench.store.run_directory import PARTIAL

pytestmark = pytest.mark.usefixtures("small_chunks")


@pytest.fixture(scope="module")
def address():
    """Two workers in this process."""
    distributed = pytest.importorskip("distributed")
    options = {"processes": False, "dashboard_address": None, "threads_per_worker": 1}
    with distributed.LocalCluster(n_workers=2, **options) as cluster:
        yield cluster.scheduler_address
    ensemble_of.cache_clear()


def rows(record):
    return [row.model_dump() for row in record.scores]


def test_scored_where_it_is_sampled(tmp_path, plan, stored, address, monkeypatch):
    """Statistics come back in any order and are added up in one: equal to the last digit."""
    real, connections = tasks.connected, []
    monkeypatch.setattr(tasks, "connected", lambda where: connections.append(where) or real(where))
    one = plan(tmp_path, "examples", scheduler=address)
    record = sample_and_score(one, fit(one)[0])
    assert connections == [address]
    assert (rows(record), record.rain) == (rows(stored[1]), stored[1].rain)
    assert "cluster" in record.cost.sample.memory_source
    assert record.cost.sample.wall_s > 0


def test_stored_where_everybody_sees_it(tmp_path, plan, stored, address):
    one = plan(tmp_path, "all", scheduler=address)
    fit(one)
    record, _ = sample(one.sampling)
    assert record.rain == stored[1].rain
    own, theirs = (zarr.open_group(each.directory.predictions, mode="r") for each in (one, stored[0]))
    for name in ("s0", "s1"):
        np.testing.assert_array_equal(own[name][:], theirs[name][:])
        assert (own[name].chunks[0], theirs[name].chunks[0]) == (2, 3)  # four tiles, eight tasks wanted


CASCADE = {"noise_memory": 6.0, "calibrate": 0, "conserve": True, "frames": 8, "parents": 1000}
ROLLOUT = {"history": "generated", "batch_pixels": 1, "train_steps": 1, "mean_share": 0, "steps": 2}


@pytest.mark.parametrize(
    ("name", "preset", "settings"), [("lognormal-cascade", None, CASCADE), ("ofdiff", "smoke", ROLLOUT)]
)
def test_a_built_in_method_that_is_cut_by_member(tmp_path, plan, address, name, preset, settings):
    """Its frames need those before them, so that it is not cut in time."""
    entry = registry().find("method", name)
    records = {}
    for scheduler in (None, address):
        changes = {"scheduler": scheduler, "entry": entry, "preset": preset, "overrides": settings}
        one = plan(tmp_path / str(scheduler is None), "all", **changes)
        fit(one)
        records[scheduler] = sample(one.sampling)[0], zarr.open_group(one.directory.predictions, mode="r")
    (here, own), (there, theirs) = records.values()
    assert here.rain == there.rain
    for name in ("s0", "s1"):
        assert theirs[name].chunks[0] < own[name].chunks[0]
        np.testing.assert_array_equal(theirs[name][:], own[name][:])


def test_half_of_a_stretch_is_tried_once_where_memory_runs_out(tmp_path, plan, stored, address, monkeypatch):
    real, asked = on_workers.store_stretch, []

    def short(plan, method, stretch, store):
        asked.append(stretch)
        if stretch.stop - stretch.start > longest:
            raise MemoryError("12 GiB")
        return real(plan, method, stretch, store)

    monkeypatch.setattr(on_workers, "store_stretch", short)
    monkeypatch.setattr(storing, "CHUNK_BYTES", 4 * 3 * 64 * 64)  # a frame
    one, longest = plan(tmp_path, "all", scheduler=address), 3
    fit(one)
    sample(one.sampling)
    own, theirs = (zarr.open_group(each.directory.predictions, mode="r") for each in (one, stored[0]))
    for name in ("s0", "s1"):
        np.testing.assert_array_equal(own[name][:], theirs[name][:])
    longest = 1
    other = plan(tmp_path / "other", "all", scheduler=address)
    fit(other)
    with pytest.raises(RunFailed, match=r"\(worker . on .* 12 GiB\).*half of the task.*\n.*fewer --members"):
        sample(other.sampling)


def test_a_worker_that_runs_out_of_memory_gets_half_and_then_it_is_said(
    tmp_path, plan, stored, address, monkeypatch
):
    real, tried = on_workers.score_stretch, []

    def short(plan, method, metrics, chunks, cut):
        tried.append(cut)
        if cut < enough:
            raise MemoryError("12 GiB")
        return real(plan, method, metrics, chunks, cut)

    monkeypatch.setattr(on_workers, "score_stretch", short)
    one, enough = plan(tmp_path, "none", scheduler=address), 2
    fitted, _ = fit(one)
    record = sample_and_score(one, fitted)
    assert [row["n"] for row in rows(record)] == [row["n"] for row in rows(stored[1])]
    values = [[row["value"] for row in rows(each)] for each in (record, stored[1])]
    np.testing.assert_allclose(*(np.array(each, float) for each in values), rtol=1e-9)
    enough = 3
    other = plan(tmp_path / "other", "none", scheduler=address)
    fit(other)
    with pytest.raises(RunFailed, match=r"\(worker . on .* 12 GiB\).*half of the task.*\n.*fewer --members"):
        sample_and_score(other, fitted)
    assert set(tried) == {1, 2}


def test_what_a_worker_lacks_is_said_with_its_name(tmp_path, plan):
    one = plan(tmp_path)
    fit(one)
    recipe = recipe_of_ensemble(one.sampling)
    assert ensemble_of(recipe)[0].directory.model == one.directory.model.resolve()
    with pytest.raises(RunFailed, match=r"has toy:noisy source-.*, the client has 0"):
        ensemble_of(replace(recipe, version="0"))
    with pytest.raises(RunFailed, match=r"on .*: .*nothing-such"):
        ensemble_of(replace(recipe, method="toy:nothing-such"))
    gone = replace(recipe.directory, fit_key="f" * 64)
    with pytest.raises(RunFailed, match=r"does not see the fitted model at .*ffff"):
        ensemble_of(replace(recipe, directory=gone))


def test_a_model_that_is_fitted_anew_under_the_same_key_is_loaded_again(tmp_path, plan):
    """As after a fit with a budget; a worker outlives commands, and its disk may have another model."""
    one = plan(tmp_path)
    fit(one)
    _, first = ensemble_of(recipe_of_ensemble(one.sampling))
    card = one.directory.model / CARD
    content = json.loads(card.read_text())
    card.write_text(json.dumps(content | {DIGEST: "0" * 64}))
    changed = recipe_of_ensemble(one.sampling)
    with pytest.raises(DamagedData):  # not the method that was loaded before
        ensemble_of(changed)
    card.write_text(json.dumps(content))
    with pytest.raises(RunFailed, match=r"on .* sees another fitted model at .* than the client"):
        ensemble_of(changed)
    assert ensemble_of(recipe_of_ensemble(one.sampling))[1] is first


def cut_short(real, asked):
    """The same generator, which tells what it is asked for, and whose first call ends after one chunk."""

    def call(*arguments):
        asked.append(arguments)
        made = real(*arguments)
        yield next(made)
        if len(asked) == 1:
            raise RuntimeError("the worker is gone")
        yield from made

    return call


def test_what_a_worker_stored_before_its_end_is_not_sampled_again(tmp_path, plan, monkeypatch):
    """Neither by the worker that takes its task, nor where the client was gone, too."""
    asked = []
    monkeypatch.setattr(storing, "CHUNK_BYTES", 4 * 3 * 3 * 64 * 64)  # three frames
    monkeypatch.setattr(on_workers, "store_stretch", cut_short(on_workers.store_stretch, asked))
    one, other = plan(tmp_path / "here", "all"), plan(tmp_path / "there", "all")
    for each in (one, other):
        fit(each)
    want, _ = sample(one.sampling)
    recipe, partial = recipe_of_ensemble(other.sampling), other.directory.sample / PARTIAL
    first, second = what_is_left(other.sampling, partial, resume(partial))[:2]
    with pytest.raises(RuntimeError):
        on_workers.store_on_worker(recipe, first)
    on_workers.store_on_worker(recipe, first)
    on_workers.store_on_worker(recipe, second)
    assert [stretch.start for _, _, stretch, _ in asked] == [0, 3, 0]
    left = what_is_left(other.sampling, partial, resume(partial))
    assert not {first[:2], second[:2]} & {stretch[:2] for stretch in left}
    record, _ = sample(other.sampling)
    assert record.rain == want.rain
    assert record.arrays == want.arrays
    own, theirs = (zarr.open_group(each.directory.predictions, mode="r") for each in (one, other))
    for name in ("s0", "s1"):
        np.testing.assert_array_equal(theirs[name][:], own[name][:])
    assert {path.name for path in other.directory.predictions.iterdir()} == {
        path.name for path in one.directory.predictions.iterdir()
    }


def test_chunks_that_a_worker_scored_before_its_end_are_not_done_again(tmp_path, plan, stored, monkeypatch):
    asked = []
    one = plan(tmp_path, "none")
    fitted, _ = fit(one)
    chunks, *_ = runs_of(chunk_tasks(one.frames, one.members, 1))
    piece = on_workers.Piece(chunks, str(one.directory.stretches))
    recipe = recipe_of_ensemble(one.sampling, tuple(one.metrics.versions().items()))
    one.directory.stretches.mkdir(parents=True)
    for module in (on_workers, streaming):
        monkeypatch.setattr(module, "score_stretch", cut_short(score_stretch, asked))
    with pytest.raises(RuntimeError):
        on_workers.score_on_worker(recipe, piece)
    results = on_workers.score_on_worker(recipe, piece)
    assert [chunk for chunk, _ in results] == list(chunks)
    assert [given[3] for given in asked] == [chunks, chunks[1:]]
    record = sample_and_score(one, fitted)
    assert not {chunk for given in asked[2:] for chunk in given[3]} & set(chunks)
    assert (rows(record), record.rain) == (rows(stored[1]), stored[1].rain)


def test_a_chunk_whose_file_is_damaged_is_done_again(tmp_path, plan, stored, address):
    one = plan(tmp_path, "none", scheduler=address)
    fitted, _ = fit(one)
    one.directory.stretches.mkdir(parents=True)
    [first, *_] = chunk_tasks(one.frames, one.members, 1)
    path_of(one.directory.stretches, first).write_bytes(b"PK")
    with pytest.warns(match="damaged"):
        record = sample_and_score(one, fitted)
    assert rows(record) == rows(stored[1])


class KilledWorker(Exception):
    """As distributed names it."""


@pytest.mark.parametrize(
    ("error", "memory"),
    [
        (MemoryError(), True),
        (KilledWorker(), True),
        (RunFailed("method 'x' failed: OutOfMemoryError: CUDA out of memory (x.py:3)"), True),
        (RunFailed("method 'x' failed: ValueError"), False),
        (OSError(28, "No space left on device"), False),
    ],
)
def test_what_may_mean_that_memory_ran_out(error, memory):
    assert tasks.needs_memory(error) is memory
