"""Two runs made once by ``downbench.run``, which tests of Python's side share."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from folders import TOY
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
