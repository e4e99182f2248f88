"""A scheduler or a worker that has something else than the client is refused, before it gets any work."""

from __future__ import annotations

import json
import os
import signal
import threading
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from folders import TOY

from downbench import DownbenchWarning, UserError
from downbench.pipeline.cluster import versions
from downbench.pipeline.cluster.connection import connected

NO_DOWNBENCH = "import sys\nsys.modules['downbench'] = None\n"
ANOTHER = "import downbench.pipeline.cluster.versions as versions\nversions.{} = lambda *_: '{}'\n"


@pytest.mark.parametrize(
    ("preload", "what"),
    [
        (NO_DOWNBENCH, r"cannot import what the client imports of downbench \(.*downbench.*\)"),
        ("import downbench\ndownbench.__path__ = []\n", "cannot import what the client imports of downbench"),
        (ANOTHER.format("builtin_sources", "old"), r"has downbench \S+\+source-\w+ with dask "),
        (ANOTHER.format("_dask", "2020.1.0"), "has downbench .* with dask 2020.1.0 on"),
        (ANOTHER.format("_python", "Python 2.7"), "has downbench .* on Python 2.7"),
    ],
)
def test_a_worker_that_differs_is_named(preload: str, what: str, tmp_path: Path) -> None:
    """Dask lets one that lacks a module leave the cluster without a word, and waits for another."""
    from distributed import LocalCluster

    (tmp_path / "preload.py").write_text(preload)
    options: dict[str, Any] = {"threads_per_worker": 1, "dashboard_address": None, "n_workers": 1}
    with (
        LocalCluster(**options, preload=str(tmp_path / "preload.py")) as cluster,
        pytest.raises(UserError, match=rf"^worker 0 on 127\.0\.0\.1 {what}.*, the client has downbench "),
        connected(cluster.scheduler_address),
    ):
        pass


def test_a_scheduler_of_another_dask(bench: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """A client of another release may not even understand it."""
    from distributed import LocalCluster

    monkeypatch.setattr(versions, "_dask", lambda: "1900.1.0")
    with LocalCluster(n_workers=0, dashboard_address=None) as cluster:
        command = ("run", "-d", "toy", "-m", "noisy", "--no-controls", "--plugin", TOY)
        result = bench(*command, "--engine", "dask", "--scheduler", cluster.scheduler_address, code=2)
    assert f"the dask scheduler at {cluster.scheduler_address} has dask 2" in result.stderr
    assert "the client has 1900.1.0" in result.stderr
    assert "Traceback" not in result.stderr
    assert not Path("runs").exists()


def test_a_worker_that_is_silent_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """A stopped process stays connected, and dask waits for it without a word."""
    from distributed import Client, LocalCluster

    monkeypatch.setattr(versions, "SILENCE", 1.0)
    options: dict[str, Any] = {"threads_per_worker": 1, "dashboard_address": None, "n_workers": 2}
    with LocalCluster(**options) as cluster, Client(cluster) as client:
        assert set(client.run(versions.release).values()) == {versions.release()}
        process = cluster.workers[1].process.pid
        os.kill(process, signal.SIGSTOP)
        wakes = threading.Timer(4.0, os.kill, (process, signal.SIGCONT))
        wakes.start()
        with pytest.warns(DownbenchWarning, match=r"^worker 1 on 127\.0\.0\.1 has not answered for 1 s"):
            versions.refuse_others(client, cluster.scheduler_address)
        wakes.join()


def test_a_scheduler_without_downbench_and_workers_that_die_or_differ() -> None:
    def lacking(_: Any) -> str:
        raise ModuleNotFoundError("No module named 'downbench'")

    names = {address: {"name": address[-1], "host": "there"} for address in ("tcp://1", "tcp://2")}
    client = SimpleNamespace(
        run_on_scheduler=lacking,
        run=lambda work, on_error: {
            "tcp://1": OSError("it dies"),
            "tcp://2": "downbench 0",
            "tcp://3": "gone",
        },
        scheduler_info=lambda n_workers: {"workers": names},
    )
    with pytest.raises(UserError) as error:
        versions.refuse_others(client, "tcp://0")
    assert error.value.message == (
        "the dask scheduler at tcp://0 cannot import what the client imports of downbench "
        f"(No module named 'downbench'), the client has {versions.release()}; 1 more differ from the client"
    )


def test_a_worker_that_differs_is_refused_however_many_there_are() -> None:
    """Releases of dask from 2025.4 to 2026.6 tell of the first five unless they are asked for all."""
    last = "tcp://7"
    names = {f"tcp://{i}": {"name": i, "host": "there"} for i in range(8)}

    def first(count: int) -> dict[str, Any]:
        return dict(list(names.items())[: None if count < 0 else count])

    client = SimpleNamespace(
        run_on_scheduler=lambda work: work(),
        run=lambda work, on_error: {one: "downbench 0" if one == last else work() for one in names},
        scheduler_info=lambda n_workers=5: {"workers": first(n_workers)},
    )
    with pytest.raises(UserError, match="worker 7 on there has downbench 0, the client has"):
        versions.refuse_others(client, "tcp://0")


def test_a_plugin_file_that_changed_is_loaded_again_by_workers(bench: Any, tmp_path: Path) -> None:
    """They live on between two commands, and would sample with the code that they once imported."""
    from distributed import LocalCluster

    plugin = tmp_path / "changing.py"
    code = TOY.read_text().replace('"toy:', '"changing:')
    command = ("run", "-d", "toy", "-m", "noisy", "--no-controls", "--members", "2", "--limit", "2", "--json")
    command = (*command, "--metric", "crps", "--keep", "none", "--plugin", plugin)

    def score(noise: str, runs: str, *there: str) -> float:
        plugin.write_text(code.replace("0.1 * noise", f"{noise} * noise"))
        (outcome,) = json.loads(bench(*command, "--runs", runs, *there).stdout)["runs"]
        return float(outcome["scores"][0]["value"])

    options: dict[str, Any] = {"threads_per_worker": 1, "dashboard_address": None, "n_workers": 1}
    with LocalCluster(**options) as cluster:
        there = ("--engine", "dask", "--scheduler", cluster.scheduler_address)
        shared = [score(noise, "shared", *there) for noise in ("0.1", "0.5", "0.1")]
    local = [score(noise, "local") for noise in ("0.1", "0.5")]
    assert shared == [*local, local[0]]
    assert local[0] != local[1]
