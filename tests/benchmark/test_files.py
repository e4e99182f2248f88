"""The cache folder follows the environment."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import xarray as xr

from downbench import cache_folder
from downbench.errors import disk_problem
from downbench.files import atomic_netcdf


def test_the_suite_s_own_variable_goes_first(monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", "/xdg")
    monkeypatch.setenv("DOWNBENCH_CACHE", "/mine")
    assert cache_folder() == Path("/mine")
    monkeypatch.setenv("DOWNBENCH_CACHE", "")
    assert cache_folder() == Path("/xdg/downbench")


def test_without_any_it_is_in_the_home_folder(monkeypatch):
    monkeypatch.delenv("DOWNBENCH_CACHE", raising=False)
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    monkeypatch.setenv("HOME", "/home/somebody")
    assert cache_folder() == Path("/home/somebody/.cache/downbench")


@pytest.fixture
def narrow() -> Iterator[None]:
    """No file may have more than 64 kB."""
    resource = pytest.importorskip("resource", reason="this system has no limits of files")
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 16, before[1]))
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.mark.skipif(sys.platform == "win32", reason="limits of files are those of Unix")
def test_netcdf_that_does_not_fit_says_that_the_disk_is_full(tmp_path: Path, narrow: None) -> None:
    """The library says ``NetCDF: HDF error``, or that there is no permission."""
    field = xr.DataArray(np.random.default_rng(0).random((200, 200)), dims=("y", "x"), name="rain")
    with pytest.raises(OSError, match="large") as caught, atomic_netcdf(tmp_path / "a.nc") as temporary:
        field.to_netcdf(temporary, engine="netcdf4")
    assert disk_problem(caught.value).startswith("the disk is full")
    assert list(tmp_path.iterdir()) == []


def test_other_faults_of_netcdf_are_not_the_disk_s(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="it could not be written"), atomic_netcdf(tmp_path / "a.nc"):
        raise RuntimeError("NetCDF: Bad chunk sizes.")
    with pytest.raises(RuntimeError, match="mine"), atomic_netcdf(tmp_path / "a.nc"):
        raise RuntimeError("mine")
