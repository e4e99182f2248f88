"""Datasets in tests keep their cache to themselves."""

from __future__ import annotations

import re

import dask
import pytest
from loopback import serve


@pytest.fixture(scope="session", autouse=True)
def own_cache(tmp_path_factory):
    """A cache folder of this session, and reading one block at a time."""
    folder = tmp_path_factory.mktemp("cache")
    patch = pytest.MonkeyPatch()
    patch.setenv("DOWNBENCH_CACHE", str(folder))
    with dask.config.set(scheduler="synchronous"):
        yield folder
    patch.undo()


@pytest.fixture(scope="session")
def web(tmp_path_factory):
    """One web server for all tests of fetching; it serves ``web.root``."""
    with serve(tmp_path_factory.mktemp("web")) as server:
        yield server


@pytest.fixture
def site(web, request):
    """A fresh folder of the web server, and its address."""
    folder = web.root / re.sub(r"\W", "_", request.node.name)
    folder.mkdir()
    web.faults.clear()
    web.asked.clear()
    return folder, f"{web.url}/{folder.name}"
