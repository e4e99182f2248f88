"""Datasets in tests keep their cache to themselves."""

from __future__ import annotations

import dask
import pytest


@pytest.fixture(scope="session", autouse=True)
def own_cache(tmp_path_factory):
    """A cache folder of this session, and reading one block at a time."""
    folder = tmp_path_factory.mktemp("cache")
    patch = pytest.MonkeyPatch()
    patch.setenv("DOWNBENCH_CACHE", str(folder))
    with dask.config.set(scheduler="synchronous"):
        yield folder
    patch.undo()
