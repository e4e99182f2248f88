"""What is kept of runs between two builds is what was read, and whatever happens to it changes no page."""

from __future__ import annotations

import math
import os

import numpy as np
import pytest
from records import write_content

from downbench import RunFile, each_unread_run
from downbench.files import digest_file
from downbench.findings import standings
from downbench.store import runs as runs_module
from downbench.store.resamples import save_resamples
from downbench_leaderboard.records.kept import keep_run, kept_run
from downbench_leaderboard.records.schema import read_run
from downbench_leaderboard.site import build_site

NAMES = ("ofdiff", "ofdiff", "bicubic", "nearest", "mean-noise")


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("DOWNBENCH_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


def write(make, root, number):
    """A run with resampled values, as a long record has them; runs of one name are seeds of one row."""
    name, weather = NAMES[number], np.random.default_rng(9).normal(0, 0.01, 400)
    run = make.run(name, seed=number, dataset__block_bins=5, dataset__block_hours=120.0)
    for score in run["scores"]:
        score["n_eff"] = 24
    directory = root / f"xshield/m{number}/f/samples/s{number}/scores/c"
    directory.mkdir(parents=True, exist_ok=True)
    own = np.random.default_rng(number).normal(0, 1e-4, 400)
    heads = {metric: card["headline"] for metric, card in run["metrics"].items()}
    save_resamples(directory, {m: {head: make.METHODS[name][1] + weather + own} for m, head in heads.items()})
    run["keys"]["sample"] = f"s{number}"
    run["files"] = {"resamples.parquet": digest_file(directory / "resamples.parquet")}
    write_content(directory / "run.json", run)
    return directory


def build(runs, site):
    build_site(each_unread_run(runs), site, root=runs)
    return {path.relative_to(site): path.read_bytes() for path in site.rglob("*") if path.is_file()}


@pytest.fixture
def grown(make, tmp_path, monkeypatch):
    """A site that was built run by run, and how many records and rows each build read."""
    read, opened = [], []
    reading, opening = runs_module._read, standings.open_run
    monkeypatch.setattr(runs_module, "_read", lambda path: read.append(path) or reading(path))
    monkeypatch.setattr(standings, "open_run", lambda path: opened.append(path) or opening(path))
    counts = []
    for number in range(len(NAMES)):
        write(make, tmp_path / "runs", number)
        site = build(tmp_path / "runs", tmp_path / "site")
        counts.append((len(read), len(opened)))
        read.clear()
        opened.clear()
    return site, counts


def test_a_site_that_grew_is_that_of_a_build_from_nothing(grown, tmp_path, monkeypatch):
    site, counts = grown
    assert counts == [(1, 1), (1, 2), (1, 1), (1, 1), (1, 1)]  # the second is a seed of the first one's row
    monkeypatch.setenv("DOWNBENCH_CACHE", str(tmp_path / "empty"))
    assert build(tmp_path / "runs", tmp_path / "fresh") == site
    assert b'"any":true' in site[next(path for path in site if path.name == "index.html")]


@pytest.mark.parametrize("damage", [b"", b"{}", b"cut short", None])
def test_damaged_files_of_the_cache_are_made_anew(grown, tmp_path, cache, damage):
    site, _ = grown
    for path in [file for file in cache.rglob("*") if file.is_file()]:
        content = path.read_bytes()
        path.write_bytes(content[: len(content) // 2] if damage is None else damage)
    assert build(tmp_path / "runs", tmp_path / "again") == site


def test_resampled_values_that_were_changed_are_not_those_that_were_kept(grown, tmp_path, monkeypatch):
    """They are not what the record says, so that a build from nothing knows no classes with that run."""
    directory = next((tmp_path / "runs").glob("xshield/m3/*/*/*/*/c"))
    save_resamples(directory, {"crps": {"": np.zeros(400)}})
    os.utime(directory / "resamples.parquet", (1, 1))
    site = build(tmp_path / "runs", tmp_path / "site")
    monkeypatch.setenv("DOWNBENCH_CACHE", str(tmp_path / "empty"))
    assert build(tmp_path / "runs", tmp_path / "fresh") == site
    assert site != grown[0]


def test_a_run_comes_back_as_it_was(make):
    for run in (make.run("ofdiff", limit=3), make.run("bicubic", curves={}, rain=None, status="failed")):
        one = read_run(run)
        keep_run("key", one, ("imported",))
        assert kept_run("key") == (one, ("imported",))


@pytest.mark.parametrize("where", ["budget", "dataset__step_hours"])
def test_numbers_that_json_does_not_have_hinder_nothing(make, tmp_path, where):
    run = make.run("bicubic", **{where: math.inf})
    keep_run("key", read_run(run), ())
    assert kept_run("key") == (read_run(run), ())
    made = build_site([RunFile(tmp_path / "run", run)], tmp_path / "site", root=tmp_path)
    assert made.runs + made.hidden == 1
