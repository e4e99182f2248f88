"""Fetching over a connection that fails: tried again, gone on with, and never taken for whole."""

from __future__ import annotations

import pytest

from downbench import RunFailed, UserError
from downbench_datasets.fetching import download as module
from downbench_datasets.fetching.download import download
from downbench_datasets.fetching.systems import open_system, protocol_of, retried

DATA = bytes(range(256)) * 40


@pytest.fixture
def fetch(site, tmp_path, monkeypatch):
    """Fetch ``rain.nc`` of the site in pieces of 4,000 bytes, without long waits."""
    monkeypatch.setattr(module, "PIECE", 4000)
    folder, url = site
    (folder / "rain.nc").write_bytes(DATA)
    system = open_system(url, 0.5, {"skip_instance_cache": True})
    return lambda retries=2: download(system, f"{url}/rain.nc", tmp_path / "rain.nc", retries, wait=0.01)


@pytest.mark.parametrize("faults", [[], ["drop", "error"], ["", "drop"], ["stall"]])
def test_a_file_comes_whole_after_faults(fetch, site, web, faults):
    web.faults[f"{site[0].name}/rain.nc"] = faults
    assert fetch().read_bytes() == DATA


def test_it_goes_on_where_it_stopped(fetch, site, web, tmp_path):
    web.faults[f"{site[0].name}/rain.nc"] = ["", "error", "error"]
    with pytest.raises(
        RunFailed, match=r"rain\.nc failed after 2 tries: .*503.*\n  what was fetched is kept"
    ):
        fetch(retries=1)
    assert not (tmp_path / "rain.nc").exists()
    assert (tmp_path / "rain.nc.part").stat().st_size == 4000
    web.asked.clear()
    assert fetch().read_bytes() == DATA
    assert [first for method, _, first in web.asked if method == "GET"] == [4000, 8000]


def test_a_web_page_is_no_data(fetch, site, web):
    web.faults[f"{site[0].name}/rain.nc"] = ["page"] * 9
    with pytest.raises(UserError, match=r"rain\.nc answers with a web page in place of data"):
        fetch(retries=0)


def test_a_page_of_the_same_name(site, tmp_path):
    folder, url = site
    (folder / "rain.nc").write_bytes(b"\n<!DOCTYPE html><html>log in</html>")
    system = open_system(url, 5, {})
    with pytest.raises(
        UserError, match=r"rain\.nc answers with a web page in place of data\n  it may ask for a login"
    ):
        download(system, f"{url}/rain.nc", tmp_path / "rain.nc", 0)
    assert not (tmp_path / "rain.nc").exists()


def test_what_is_not_there_is_not_tried_again(site, web, tmp_path):
    _, url = site
    with pytest.raises(UserError, match="there is no such file"):
        download(open_system(url, 5, {}), f"{url}/none.nc", tmp_path / "none.nc", 5, wait=10)


def test_waits_grow_and_end():
    tries = []

    def fail() -> None:
        tries.append(1)
        raise OSError("broken pipe")

    with pytest.raises(RunFailed, match="it failed after 4 tries: broken pipe"):
        retried(fail, "it", 3, wait=0)
    assert len(tries) == 4


def test_protocols():
    assert [protocol_of(text) for text in ("s3://a/b", "/data/rain.nc", "HTTPS://x")] == [
        "s3",
        "file",
        "https",
    ]
    with pytest.raises(UserError, match="there is no file system for nonsense://"):
        open_system("nonsense://x", 1, {})
