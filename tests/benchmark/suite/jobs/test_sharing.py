"""Numbers of runs, and the shares of cores and GPUs that each gets."""

from __future__ import annotations

import os

import pytest

from downbench import UserError
from downbench.suite.jobs import sharing
from downbench.suite.jobs.sharing import THREADS, core_count, job_count, share
from downbench.suite.request import build_suite


@pytest.fixture(autouse=True)
def _eight_cores(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sharing, "core_count", lambda: 8)


@pytest.mark.parametrize(("wanted", "count"), [("3", 3), (3, 3), ("auto", 8), ("0", 8), (0, 8), (" 2 ", 2)])
def test_numbers_of_runs(wanted: str | int, count: int) -> None:
    assert job_count(wanted) == count


@pytest.mark.parametrize("wanted", ["-1", "two", "1.5", "", "1025", "9" * 400, "²", "True", -2])
def test_what_is_no_number_of_runs_is_refused(wanted: str | int) -> None:
    with pytest.raises(UserError, match="is not a number of runs from 1 to 1024"):
        job_count(wanted)


def test_cores_are_shared_out_and_fewer_threads_stay_fewer() -> None:
    assert share(3, 0, {}, []) == dict.fromkeys(THREADS, "2")
    assert share(20, 0, {}, []) == dict.fromkeys(THREADS, "1")
    mixed = share(2, 0, {"OMP_NUM_THREADS": "3", "MKL_NUM_THREADS": "64", "NUMBA_NUM_THREADS": "x"}, [])
    assert [mixed[name] for name in THREADS] == ["3", "4", "4", "4"]


def test_each_process_sees_one_gpu() -> None:
    seen = [share(3, number, {}, ["4", "GPU-a"])["CUDA_VISIBLE_DEVICES"] for number in range(3)]
    assert seen == ["4", "GPU-a", "4"]
    assert "CUDA_VISIBLE_DEVICES" not in share(3, 0, {}, [])


def test_a_request_with_jobs() -> None:
    content = {"methods": [{"name": "bicubic"}], "datasets": [{"name": "xshield"}]}
    with pytest.raises(UserError, match="--jobs 'many'"):
        build_suite(content | {"jobs": "many"})
    with pytest.raises(UserError, match="--jobs is for this machine"):
        build_suite(content | {"jobs": 2, "engine": "dask", "scheduler": "tcp://localhost:1"})


def test_cores_are_those_that_this_process_may_use() -> None:
    if hasattr(os, "sched_getaffinity"):
        assert core_count() == len(os.sched_getaffinity(0))
