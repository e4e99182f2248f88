"""Lazy fields are read by this process's threads; a client that somebody made is still heeded."""

import subprocess
import sys

import dask.base
import dask.threaded

from downbench.pipeline.local_dask import read_here

READ = """
import sys
import dask.array as da
from downbench.pipeline.local_dask import read_here

@read_here()
def read():
    return float(da.arange(10, chunks=3).sum().compute())

assert read() == read() == 45
assert "distributed" not in sys.modules
"""


def test_reading_does_not_import_what_clusters_need():
    subprocess.run([sys.executable, "-c", READ], check=True)


def test_where_there_may_be_a_client_dask_chooses_as_ever(monkeypatch):
    monkeypatch.setitem(sys.modules, "distributed", sys.modules.get("distributed"))
    with dask.config.set(scheduler=None), read_here():
        assert dask.config.get("scheduler") is None
    monkeypatch.delitem(sys.modules, "distributed")
    with dask.config.set(scheduler=None), read_here():
        assert dask.base.get_scheduler() is dask.threaded.get


def test_what_a_user_has_set_stays(monkeypatch):
    monkeypatch.delitem(sys.modules, "distributed", raising=False)
    with dask.config.set(scheduler="synchronous"), read_here():
        assert dask.config.get("scheduler") == "synchronous"
