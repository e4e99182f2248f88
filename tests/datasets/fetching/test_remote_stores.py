"""zarr groups at an address: copied value by value, gone on with, and never whole when they are not."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

from downbench import RunFailed, UserError
from downbench_datasets.fetching import remote_stores
from downbench_datasets.fetching.cut import EVERYTHING
from downbench_datasets.fetching.remote_stores import copy_cut
from downbench_datasets.fetching.where import Where

PACKED = np.arange(6 * 4 * 5, dtype=np.int16).reshape(6, 4, 5) - 3


@pytest.fixture
def store(site, monkeypatch):
    """A group of packed numbers with a fill value and a chunk a frame; pieces of one frame."""
    monkeypatch.setattr(remote_stores, "PIECE", 1)
    folder, url = site
    attrs = {"units": "mm", "scale_factor": 0.1, "add_offset": 1.0}
    time = ("time", np.arange(6), {"units": "hours since 2020-01-01"})
    data = xr.Dataset({"rain": (("time", "y", "x"), PACKED, attrs)}, {"time": time})
    encoding = {"rain": {"chunks": (1, 4, 5), "_FillValue": -3}}
    data.to_zarr(folder / "a.zarr", zarr_format=2, consolidated=True, encoding=encoding)
    return f"{url}/a.zarr", f"{folder.name}/a.zarr"


def copy(address, target, **changes):
    where = Where(url=address, **{"retries": 1, "timeout": 5, **changes})
    return copy_cut(address, target, where, EVERYTHING, wait=0.01)


def test_stored_values_and_their_meaning_are_the_same(store, site, tmp_path):
    made = xr.open_zarr(copy(store[0], tmp_path / "b.zarr"), decode_cf=False)
    np.testing.assert_array_equal(made["rain"], PACKED)
    original = xr.open_zarr(site[0] / "a.zarr", decode_cf=False)
    assert made["rain"].attrs == original["rain"].attrs
    assert made["rain"].dtype == np.int16


def test_a_server_that_fails_half_way(store, web, tmp_path):
    web.faults[f"{store[1]}/rain/3.0.0"] = ["error"] * 2
    with pytest.raises(
        RunFailed, match=r"rain/3\.0\.0 failed after 2 tries: .*503.*\n  what was fetched is kept"
    ):
        copy(store[0], tmp_path / "b.zarr")
    assert not (tmp_path / "b.zarr").exists()
    web.asked.clear()
    made = xr.open_zarr(copy(store[0], tmp_path / "b.zarr"), decode_cf=False)
    np.testing.assert_array_equal(made["rain"], PACKED)
    chunks = {name.rsplit("/", 1)[1] for _, name, _ in web.asked if "/rain/" in name and name[-1].isdigit()}
    assert chunks == {"3.0.0", "4.0.0", "5.0.0"}, "what was there is not fetched again"


def test_a_fault_that_passes_is_no_matter(store, web, tmp_path):
    web.faults[f"{store[1]}/rain/1.0.0"] = ["drop"]
    made = xr.open_zarr(copy(store[0], tmp_path / "b.zarr"), decode_cf=False)
    np.testing.assert_array_equal(made["rain"], PACKED)


def test_web_pages_and_what_is_not_there(store, web, tmp_path):
    web.faults[f"{store[1]}/rain/2.0.0"] = ["page"] * 5
    with pytest.raises(UserError, match="answers with a web page in place of data"):
        copy(store[0], tmp_path / "b.zarr")
    with pytest.raises(UserError, match="cannot be opened as a zarr group"):
        copy(store[0].replace("a.zarr", "none.zarr"), tmp_path / "c.zarr")
    with pytest.raises(UserError, match="has no variable 'snow'\n  its variables: rain"):
        copy(store[0], tmp_path / "c.zarr", variables=("snow",))
