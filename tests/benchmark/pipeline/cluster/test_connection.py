"""A cluster that cannot be reached, or was asked for by half, is refused before anything is computed."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest
from folders import TOY

from downbench.pipeline.cluster import connection

COMMAND = ["run", "-d", "toy", "-m", "noisy", "--no-controls", "--members", "3", "--json", "--plugin", TOY]


def test_nobody_answers(bench, monkeypatch):
    monkeypatch.setattr(connection, "CONNECT_SECONDS", 1)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"tcp://127.0.0.1:{free.getsockname()[1]}"
    result = bench(*COMMAND, "--engine", "dask", "--scheduler", address, code=2)
    assert f"no dask scheduler answers at {address}" in result.stderr
    assert not Path("runs").exists()  # found before anything is computed


def test_no_workers(bench, monkeypatch):
    from distributed import LocalCluster

    monkeypatch.setattr(connection, "CONNECT_SECONDS", 1)
    with LocalCluster(n_workers=0, dashboard_address=None) as cluster:
        result = bench(*COMMAND, "--engine", "dask", "--scheduler", cluster.scheduler_address, code=2)
    assert "has no workers" in result.stderr


@pytest.mark.parametrize("options", [["--engine", "dask"], ["--scheduler", "tcp://localhost:1"]])
def test_engine_and_scheduler_go_together(bench, options):
    assert "go together" in bench(*COMMAND, *options, code=2).stderr
