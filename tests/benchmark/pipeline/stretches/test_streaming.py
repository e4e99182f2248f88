"""Samples that are scored and never stored: the scores of stored ones to the last digit, kills included."""

from __future__ import annotations

import json

import numpy as np
import pytest
import xarray as xr

from downbench.pipeline.apart import program
from downbench.pipeline.contract_check import Rain
from downbench.pipeline.fit import fit
from downbench.pipeline.plan_names import names_of
from downbench.pipeline.predictions import what_is_kept
from downbench.pipeline.run import run
from downbench.pipeline.score import finished_scores, sample_and_score
from downbench.pipeline.stretches import streaming
from downbench.pipeline.stretches.scored import Scored, load, path_of, save
from downbench.scoring.reading import ChunkTask
from downbench.store.record import RunRecord, SampleRecord, read_record
from downbench.store.run_directory import EXAMPLES, RUN, SAMPLE

pytestmark = pytest.mark.usefixtures("small_chunks")


def rows(record) -> list:
    return [row.model_dump() for row in record.scores]


@pytest.mark.parametrize("keep", ["none", "examples"])
def test_the_scores_are_those_of_a_stored_ensemble(tmp_path, plan, stored, keep):
    other, want = stored
    one = plan(tmp_path, keep)
    record = sample_and_score(one, fit(one)[0])
    assert rows(record) == rows(want)
    assert (record.rain, record.kept) == (want.rain, keep)
    assert record.rain.negative_fraction > 0
    assert not one.directory.predictions.exists()
    assert not one.directory.stretches.exists()
    assert read_record(one.directory.sample / SAMPLE, SampleRecord).rain == want.rain
    kept = one.directory.score / EXAMPLES
    assert kept.exists() == (keep == "examples")
    if keep == "examples":
        paths = (kept, other.directory.score / EXAMPLES)
        own, theirs = (xr.open_zarr(path, consolidated=False).load() for path in paths)
        xr.testing.assert_identical(own, theirs)


def test_a_killed_run_goes_on_with_the_next_chunk(tmp_path, plan, stored, monkeypatch):
    """Every chunk that was finished stays; the frames before the next one are sampled once more."""
    one = plan(tmp_path, "none")
    fitted, _ = fit(one)
    real, seen = streaming.save, []

    def strike(path, scored):
        if len(seen) == 4:
            raise KeyboardInterrupt
        real(path, scored)
        seen.append(path.name)

    monkeypatch.setattr(streaming, "save", strike)
    with pytest.raises(KeyboardInterrupt):
        sample_and_score(one, fitted)
    assert sorted(path.name for path in one.directory.stretches.iterdir()) == sorted(seen)
    again = []
    monkeypatch.setattr(streaming, "save", lambda path, scored: (real(path, scored), again.append(path.name)))
    record = sample_and_score(one, fitted)
    assert set(again).isdisjoint(seen)
    assert rows(record) == rows(stored[1])
    assert record.rain == stored[1].rain


def test_a_process_of_its_own_does_both_stages(tmp_path, plan, stored):
    """What it is told is a plan's names; ``program`` runs there what this calls here."""
    one = plan(tmp_path, "none")
    names = json.loads(json.dumps(names_of(one)))
    program.work({"stage": "stream", "plan": names})
    record = finished_scores(one)
    assert (rows(record), record.kept) == (rows(stored[1]), "none")


def test_a_damaged_chunk_is_set_aside_and_done_again(tmp_path, plan, stored, monkeypatch):
    one = plan(tmp_path, "none")
    real = streaming.save

    def damage(path, scored):
        real(path, scored)
        if path.name.startswith("0-1-5-") and not list(path.parent.glob("*.damaged-*")):
            path.write_bytes(path.read_bytes()[:-400])

    monkeypatch.setattr(streaming, "save", damage)
    with pytest.warns(match="damaged"):
        record = sample_and_score(one, fit(one)[0])
    assert rows(record) == rows(stored[1])


def test_what_is_finished_is_not_sampled_again_and_all_can_be_had_later(tmp_path, plan, monkeypatch):
    first = run(plan(tmp_path, "none"))
    assert first["status"] == "finished"
    monkeypatch.setattr(streaming, "score_stretch", None)
    assert run(plan(tmp_path, "examples"))["scores"] == first["scores"]
    one = plan(tmp_path, "all")
    assert run(one)["scores"] == first["scores"]
    assert one.directory.predictions.is_dir()
    assert json.loads((one.directory.score / "run.json").read_text())["kept"] == "all"


@pytest.mark.parametrize("keep", ["all", "none"])
def test_what_a_method_chose_stands_in_both_records(tmp_path, plan, monkeypatch, keep):
    one = plan(tmp_path, keep)
    monkeypatch.setattr(one.method_class, "chosen", lambda self: {"batch_cells": 7})
    run(one)
    assert read_record(one.directory.sample / SAMPLE, SampleRecord).device.chosen == {"batch_cells": 7}
    assert read_record(one.directory.score / RUN, RunRecord).device.chosen == {"batch_cells": 7}


def test_what_is_kept_by_size(tmp_path, plan, monkeypatch):
    frames = plan(tmp_path).frames
    size = 4 * 3 * frames.count * 2 * 64 * 64
    monkeypatch.setattr("downbench.pipeline.predictions.KEEP_BYTES", size)
    assert [what_is_kept(None, frames, members) for members in (3, 4)] == ["all", "examples"]
    assert what_is_kept("none", frames, 3) == "none"


def test_a_chunk_survives_its_file(tmp_path):
    from downbench.scoring.engine import Part

    part = Part(
        np.arange(2),
        np.arange(1),
        {"a/b": np.ones((2, 1))},
        {"a/b": "step"},
        {"a": {"b": "a/b"}},
        {"c": "why"},
    )
    scored = Scored(part, Rain(9, 1, -0.5), examples={4: np.full((2, 3, 3), 0.1, np.float32)})
    path = path_of(tmp_path, ChunkTask(0, 1, 5, 10))
    save(path, scored)
    again = load(path)
    assert (again.rain, again.part.failed, again.part.keys) == (scored.rain, part.failed, part.keys)
    np.testing.assert_array_equal(again.part.arrays["a/b"], part.arrays["a/b"])
    np.testing.assert_array_equal(again.examples[4], scored.examples[4])
    path.write_bytes(b"PK" + path.read_bytes()[2:200])
    with pytest.raises(ValueError, match=r"0-1-5-10\.npz is damaged"):
        load(path)
