"""``bench apply`` on a cluster: the same bytes, and no two tasks write into one chunk."""

from __future__ import annotations

import json
from itertools import chain
from types import SimpleNamespace

import numpy as np
import pytest
import xarray as xr
from coarse_files import rain_file
from folders import PLUGINS

from downbench.downscaling import apply as apply_module
from downbench.downscaling import fine_store, on_workers
from downbench.downscaling.apply import LEDGER, UNFINISHED
from downbench.downscaling.ledger import Work
from downbench.downscaling.making import Slices
from downbench.downscaling.on_workers import cut_work, halves_of_task, request_of

FLAGS = ("--plugin", PLUGINS / "portable.py")
PIECES = ((10, 17), (17, 30), (33, 40))


def request(*pieces, start=0, cuts=("tile", "time")):
    parts = [SimpleNamespace(first=first, stop=stop) for first, stop in pieces]
    return SimpleNamespace(pieces=parts, made=slice(start, None), time_factor=1, cuts=cuts)


@pytest.mark.parametrize("every", [1, 3, 4, 100])
@pytest.mark.parametrize("number", [1, 3, 50])
def test_no_two_tasks_write_into_one_chunk(every, number):
    missing = [Work(tile, i, 0, stop - first) for tile in (0, 1) for i, (first, stop) in enumerate(PIECES)]
    tasks = cut_work(request(*PIECES, start=10), missing, every, number)
    frames = [[(w.tile, w.piece, t) for w in task for t in range(w.start, w.stop)] for task in tasks]
    chunks = [{(tile, (PIECES[piece][0] - 10 + t) // every) for tile, piece, t in task} for task in frames]
    assert sum(map(len, chunks)) == len(set().union(*chunks))
    assert sorted(chain(*frames)) == sorted((w.tile, w.piece, t) for w in missing for t in range(w.stop))
    assert len(tasks) >= min(number, 2)


def test_a_method_that_is_not_cut_in_time_has_whole_pieces():
    one = request((0, 8), (8, 20), cuts=("tile",))
    missing = [Work(0, 0, 0, 8), Work(0, 1, 0, 12)]
    assert cut_work(one, missing, 4, 9) == [(work,) for work in missing]


@pytest.mark.parametrize(("method", "members"), [("plain", 1), ("frugal", 3)])
def test_the_same_bytes_as_here(bench, tmp_path, monkeypatch, method, members):
    """The one is cut in time, the other by member: its tile is made member by member."""
    distributed = pytest.importorskip("distributed")
    monkeypatch.setattr(fine_store, "CHUNK_BYTES", 4 * 4 * 32 * 48)
    count = ("--members", members)
    options = ("--no-controls", "--metric", "crps", "--json", *FLAGS, *count)
    run = bench("run", "-m", method, "-d", "breeze", *options)
    fit = json.loads(run.stdout)["runs"][0]["directory"]
    rain_file(tmp_path / "rain.nc")
    command = ["apply", fit, "rain.nc", "--json", *FLAGS, *count, "--out"]
    here = json.loads(bench(*command, "here.zarr").stdout)
    options = {"processes": False, "dashboard_address": None, "threads_per_worker": 1}
    asked = []
    real = on_workers.make
    monkeypatch.setattr(on_workers, "make", lambda *given: asked.append(given[2]) or real(*given))
    with distributed.LocalCluster(n_workers=2, **options) as cluster:
        engine = ("--engine", "dask", "--scheduler", cluster.scheduler_address)
        there = json.loads(bench(*command, "there.zarr", *engine).stdout)
    request_of.cache_clear()
    own, other = (xr.open_zarr(tmp_path / name).load() for name in ("here.zarr", "there.zarr"))
    xr.testing.assert_identical(own, other)
    assert there["rain"] == here["rain"]
    assert "cluster" in there["cost"]["memory_source"]
    assert not list(tmp_path.rglob(LEDGER))
    assert not (tmp_path / f"there.zarr{UNFINISHED}").exists()
    groups = {work.group for work in asked}
    assert groups == ({None} if members == 1 else {(0, 1), (1, 2), (2, 3)})


def test_what_a_worker_made_before_its_end_is_not_made_again(bench, tmp_path, monkeypatch):
    """The command ends with its worker, and one without a cluster goes on where both stopped."""
    distributed = pytest.importorskip("distributed")
    monkeypatch.setattr(fine_store, "CHUNK_BYTES", 4 * 4 * 32 * 48)
    run = bench("run", "-m", "plain", "-d", "breeze", "--no-controls", "--metric", "crps", "--json", *FLAGS)
    fit = json.loads(run.stdout)["runs"][0]["directory"]
    rain_file(tmp_path / "rain.nc")
    command = ["apply", fit, "rain.nc", "--json", *FLAGS, "--out"]
    bench(*command, "here.zarr")
    real, made = on_workers.make, []

    def make_one(*arguments):
        one = next(real(*arguments))
        made.append(one.work)
        yield one
        raise RuntimeError("the worker is gone")

    monkeypatch.setattr(on_workers, "make", make_one)
    options = {"processes": False, "dashboard_address": None, "threads_per_worker": 1}
    with distributed.LocalCluster(n_workers=1, **options) as cluster:
        engine = ("--engine", "dask", "--scheduler", cluster.scheduler_address)
        assert "the worker is gone" in bench(*command, "there.zarr", *engine, code=1).stderr
    request_of.cache_clear()
    asked = []
    monkeypatch.setattr(apply_module, "make", lambda *given: asked.append(given[2]) or real(*given))
    there = json.loads(bench(*command, "there.zarr").stdout)
    frames = (
        {(w.tile, w.piece, t) for w in works for t in range(w.start, w.stop)} for works in (made, asked)
    )
    assert not set.intersection(*frames)
    assert there["resumed"]
    own, other = (xr.open_zarr(tmp_path / name).load() for name in ("here.zarr", "there.zarr"))
    xr.testing.assert_identical(own, other)
    names = [{path.name for path in (tmp_path / name).iterdir()} for name in ("here.zarr", "there.zarr")]
    assert names[0] == names[1]


@pytest.mark.parametrize("every", [1, 4, 6])
def test_halves_of_a_task_are_all_of_it_and_share_no_chunk(every):
    task = (Work(1, 0, 2, 7), Work(1, 1, 0, 13), Work(1, 2, 0, 5))  # of frames 2 to 7, 7 to 20, 23 to 28
    one = request(*PIECES, start=10)
    halves = halves_of_task(one, task, every)
    frames = [[(w.piece, t) for w in half for t in range(w.start, w.stop)] for half in halves]
    assert sorted(chain(*frames)) == [(w.piece, t) for w in task for t in range(w.start, w.stop)]
    chunks = [{(PIECES[piece][0] - 10 + t) // every for piece, t in half} for half in frames]
    assert len(chunks) == 2
    assert not chunks[0] & chunks[1]
    assert halves_of_task(one, task, 100) == []


def test_slices_know_where_a_method_begins_again():
    time = np.arange(7)
    parts = [xr.DataArray(part, {"time": part}, ("time",)) for part in (time[:3], time[3:])]
    slices = Slices(iter(parts), time)
    list(slices)
    assert (slices.restart(5), slices.restart(7)) == (3, 7)
