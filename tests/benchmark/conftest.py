"""What several folders share: two runs made once by ``downbench.run``, and commands that may be killed."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from types import SimpleNamespace

import pytest
from folders import HELPERS, TOY
from python_runs import METRICS, SPLITS, rain

import downbench
from downbench.plugins.session import configure


@pytest.fixture(scope="session")
def made(tmp_path_factory):
    """The file, the folder of runs and what ``downbench.run`` gave."""
    folder = tmp_path_factory.mktemp("api")
    file = folder / "rain.nc"
    rain().to_dataset().to_netcdf(file)
    configure((TOY,))
    runs = downbench.run(
        ["noisy", "nearest"],
        "files",
        metric=METRICS,
        settings=SPLITS,
        members=4,
        data_root=file,
        runs=folder / "runs",
        controls=False,
        region="south=0,45,12,50",
    )
    configure()
    return SimpleNamespace(file=file, folder=folder / "runs", runs=runs)


@pytest.fixture(scope="session")
def strike() -> Iterator[Callable[..., list[list[int]]]]:
    """Status and number of changes of each command, as ``striker.py`` runs them: it imports once for all."""
    command = [sys.executable, str(HELPERS / "striker.py")]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin is not None
        assert process.stdout is not None

        def call(*jobs: tuple[str, tuple[str, ...], int | None]) -> list[list[int]]:
            print(json.dumps(jobs), file=process.stdin, flush=True)
            return json.loads(process.stdout.readline())

        yield call
        process.stdin.close()
