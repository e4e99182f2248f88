"""A suite on a cluster: fits on its workers, results as on one machine, and clear messages where it fails."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from folders import PLUGINS, TOY

from downbench import UserError
from downbench.contracts.method import Method
from downbench.pipeline.cluster.versions import release
from downbench.pipeline.metric_set import make_metrics
from downbench.pipeline.plan import Plan
from downbench.pipeline.plan_names import Names, names_of
from downbench.plugins.session import configure
from downbench.store.run_directory import FIT
from downbench.suite.cluster.fits import fit_here, fits_on_cluster, is_for_cluster
from downbench.suite.request import build_suite
from downbench.suite.suite import _plan_all

SUITE = """
methods:
  - {name: batched}
  - {name: killed}
datasets: [{name: toy, set: {frames: 30}}]
members: 2
controls: false
"""
OPTIONS = ("--metric", "crps", "--plugin", TOY, "--plugin", PLUGINS / "portable.py", "--json")


def test_fits_go_to_workers_and_scores_are_those_of_one_machine(
    bench: Callable[..., Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A fit that kills its process is a failed run, and neither a worker nor another run is lost with it."""
    from distributed import LocalCluster

    Path("suite.yaml").write_text(SUITE)
    monkeypatch.setenv("TOY_FLAGS", str(tmp_path))
    command = ("run", "--suite", "suite.yaml", *OPTIONS)
    local = _outcomes(bench(*command, "-m", "batched", "--runs", "local"))
    with LocalCluster(n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None) as cluster:
        there = ("--engine", "dask", "--scheduler", cluster.scheduler_address)
        shared = _outcomes(bench(*command, "--runs", "shared", *there, code=1))
    killed = shared.pop(("killed", 0))
    assert "was ended by the signal SIGKILL" in killed["reason"]
    assert (Path(killed["directory"]) / "failed.json").is_file()
    assert shared.keys() == local.keys()
    for key, outcome in shared.items():
        for ours, theirs in zip(outcome["scores"], local[key]["scores"], strict=True):
            assert ours["value"] == pytest.approx(theirs["value"], rel=1e-9), key


def _outcomes(result: Any) -> dict[tuple[str, int], dict[str, Any]]:
    return {(run["method"], run["seed"]): run for run in json.loads(result.stdout)["runs"]}


# What a worker does is tried in this process from here on.


@pytest.fixture
def plan(tmp_path: Path) -> Iterator[Plan]:
    configure((TOY, PLUGINS / "portable.py"))
    toy = {"name": "toy", "set": {"frames": 30}}
    suite = build_suite({"methods": [{"name": "batched"}], "datasets": [toy], "controls": False})
    yield _plan_all(suite, tmp_path / "runs", make_metrics(["crps"]), ())[0][0]
    configure()


@pytest.fixture
def names(plan: Plan, monkeypatch: pytest.MonkeyPatch) -> Names:
    """Of the plan; what would start a process only writes down that it was asked to."""

    def work_apart(plan: Plan, stage: str, **environment: str) -> None:
        assert (stage, environment["OMP_NUM_THREADS"]) == ("fit", "1")
        (plan.directory.fit / "asked").write_text(str(os.getpid()))

    monkeypatch.setattr("downbench.suite.cluster.fits.work_apart", work_apart)
    return names_of(plan, metrics=False, elsewhere=True)


def test_a_worker_fits_where_client_and_worker_meet(plan: Plan, names: Names) -> None:
    plan.directory.fit.mkdir(parents=True)
    assert "error" not in fit_here(release(), names)
    assert (plan.directory.fit / "asked").is_file()


def test_a_worker_that_does_not_see_the_folder_of_runs_says_so(plan: Plan, names: Names) -> None:
    """As the client makes the folder of the fit, a worker that lacks it looks somewhere else."""
    result = fit_here(release(), names)
    assert "does not see the folder of runs" in result["error"]["message"]
    assert "a disk that all of them see" in result["error"]["hint"]
    assert not plan.runs.exists()


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"method": "nobody:unknown"}, "unknown"),
        ({"dataset": {"name": "toy", "settings": {"frames": 40}, "root": None}}, "stands for something else"),
        ({"wanted_device": "tpu"}, "'tpu' is not a device"),
    ],
)
def test_a_worker_says_what_it_lacks(plan: Plan, names: Names, change: Names, said: str) -> None:
    plan.directory.fit.mkdir(parents=True)
    message = fit_here(release(), names | change)["error"]["message"]
    assert said in message
    assert "this process on " in message, "where"


def test_a_fit_that_stands_waits_for_nobody(
    plan: Plan, names: Names, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The client that samples it holds its lock, and waits for the workers."""
    plan.directory.fit.mkdir(parents=True)
    monkeypatch.setattr("downbench.suite.cluster.fits.standing_fit", lambda plan: object())
    monkeypatch.setattr("downbench.suite.cluster.fits.locked", lambda path: pytest.fail("took the lock"))
    assert "error" not in fit_here(release(), names)
    assert not (plan.directory.fit / "asked").exists()


def test_a_fit_that_ended_is_not_done_again_when_its_worker_dies(plan: Plan) -> None:
    """Dask does a task again whose result somebody still wants."""
    from distributed import LocalCluster

    with LocalCluster(n_workers=1, threads_per_worker=1, processes=True, dashboard_address=None) as cluster:
        wanted = cluster.scheduler.tasks
        with fits_on_cluster(cluster.scheduler_address, [plan]) as ended:
            assert next(ended) == (plan, None)
            until = time.monotonic() + 20
            while wanted and time.monotonic() < until:
                time.sleep(0.05)
            assert not wanted


def test_fits_that_no_worker_takes_are_told_of(plan: Plan) -> None:
    from distributed import LocalCluster

    none = {"n_workers": 1, "threads_per_worker": 1, "processes": False, "dashboard_address": None}
    with (
        LocalCluster(**none, resources={"downbench-fit": 0}) as cluster,
        pytest.warns(match="takes fits: all were started with --resources downbench-fit=0; the fits wait"),
        fits_on_cluster(cluster.scheduler_address, [plan]),
    ):
        pass


def test_another_release_is_refused(names: Names) -> None:
    assert "has downbench" in fit_here("0.0.0", names)["error"]["message"]
    other = release().replace("on Python 3.", "on Python 2.")
    assert f"has {release()}, the client has {other}" in fit_here(other, names)["error"]["message"]


def test_what_is_fitted_already_or_not_at_all_is_not_sent(
    plan: Plan, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert is_for_cluster(plan)
    monkeypatch.setattr(plan.method_class, "fit", Method.fit)
    assert not is_for_cluster(plan)


def test_cuda_may_be_asked_of_workers_where_the_client_has_none(tmp_path: Path) -> None:
    content = {
        "methods": [{"name": "bicubic"}],
        "datasets": [{"name": "xshield", "set": {"days": 20, "size": 32}}],
        "device": "cuda",
        "controls": False,
        "engine": "dask",
        "scheduler": "tcp://localhost:1",
    }
    [plan] = _plan_all(build_suite(content), tmp_path, make_metrics(["crps"]), ())[0]
    assert plan.wanted_device == "cuda"
    assert plan.device in ("cpu", "cuda")
    assert FIT not in {path.name for path in tmp_path.rglob("*")}
    with pytest.raises(UserError, match="go together"):
        build_suite(content | {"scheduler": None})
