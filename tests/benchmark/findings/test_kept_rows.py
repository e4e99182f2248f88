"""Rows of tables are kept with all that their standing follows from, and only while metrics are the same."""

from __future__ import annotations

import hashlib
from types import SimpleNamespace

import numpy as np
import pytest

from downbench.contracts.statistic import Null
from downbench.findings import row_scores
from downbench.findings.kept_rows import keep_row, kept_row, key_of_row
from downbench.findings.row_scores import RowScores
from downbench.scoring.inference.paired import Scored

METRIC = SimpleNamespace(name="mean", version=1, headline="", direction="lower")
METRICS = {"mean": SimpleNamespace(distribution="mine", version=1)}
SCORED = Scored(
    {"mean": {"": 0.1, "p99": Null("too few")}}, {"mean": {"": np.arange(4.0)}}, 8, 30, 5, 120, ""
)
ROW = RowScores("frames", SCORED, {"mean": METRIC}, {("land", "DJF"): (25, {"mean": np.ones(4)})})


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("DOWNBENCH_CACHE", str(tmp_path))
    monkeypatch.setattr(row_scores, "make_metrics", lambda names: SimpleNamespace(metrics={"mean": METRIC}))


@pytest.fixture
def run(tmp_path):
    """A run whose resampled values are there as they were written."""
    (tmp_path / "resamples.parquet").write_bytes(b"values")
    files = {"resamples.parquet": hashlib.sha256(b"values").hexdigest()}
    return SimpleNamespace(directory=tmp_path, record=SimpleNamespace(files=files, metrics=METRICS))


def test_a_row_comes_back_whole(run):
    keep_row("key", ROW, [run])
    row = kept_row("key", {})
    assert (row.frames, row.metrics, row.scored.values) == ("frames", {"mean": METRIC}, SCORED.values)
    assert row.scored.drawn["mean"][""].tolist() == [0, 1, 2, 3]
    assert row.parts["land", "DJF"][0] == 25
    assert row.parts["land", "DJF"][1]["mean"].tolist() == [1] * 4
    facts = ("members", "blocks", "block", "n", "no_interval")
    assert [getattr(row.scored, fact) for fact in facts] == [8, 30, 5, 120, ""]


@pytest.mark.parametrize("change", [{"version": 2}, {"headline": "p99"}, {"direction": "zero"}])
def test_another_metric_of_that_name_makes_the_row_anew(run, change):
    keep_row("key", ROW, [run])
    other = SimpleNamespace(**vars(METRIC) | change)
    assert kept_row("key", {("mine", "mean"): other}) is None


@pytest.mark.parametrize("change", ["never written", "gone", "damaged"])
def test_what_came_from_statistics_is_not_kept(run, change):
    """Their bytes are in no key, so that nobody would see that they changed."""
    if change == "never written":
        run.record.files.clear()
    elif change == "gone":
        (run.directory / "resamples.parquet").unlink()
    else:
        (run.directory / "resamples.parquet").write_bytes(b"others")
    keep_row("key", ROW, [run])
    assert kept_row("key", {}) is None


def test_the_key_follows_every_file_of_the_row(tmp_path):
    directory = tmp_path / "run"
    directory.mkdir()
    assert key_of_row([directory], False) == ""
    seen = set()
    for name in ("run.json", "resamples.parquet", "resamples_parts.parquet"):
        (directory / name).write_text(name)
        seen.add(key_of_row([directory], True))
    assert len(seen) == 3
    (directory / "resamples_parts.parquet").write_text("other")
    assert key_of_row([directory], False) == key_of_row([directory], False) not in seen
