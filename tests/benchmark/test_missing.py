"""Errors about paths that do not exist."""

from __future__ import annotations

from pathlib import Path

import pytest

from downbench.missing import no_such


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A working folder with one file of rain, in a folder whose name has spaces."""
    (tmp_path / "my data").mkdir()
    (tmp_path / "my data" / "rain 2020.nc").touch()
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    ("path", "hint"),
    [
        ("my data/rain_2020.nc", "did you mean my data/rain 2020.nc?"),
        ("my_data/rain 2020.nc", "did you mean my data?"),
        ("my data/x.h5", "there is no 'x.h5' in {folder}/my data"),
        ("elsewhere/rain.nc", "there is no folder 'elsewhere' in {folder}"),
        ("~/rain.nc", "a shell expands ~ at the start of a word only; write $HOME"),
        ("s3://bucket/rain.nc", ""),
    ],
)
def test_the_missing_part_is_named_with_its_neighbours(folder, path, hint):
    error = no_such(path, "--data-root")
    assert error.message == f"--data-root {path} does not exist"
    assert error.hint == hint.format(folder=folder)


def test_an_address_is_called_one_where_a_path_is_wanted(folder):
    error = no_such(Path("https://example.org/rain.nc"), "--data-root")  # a path has one slash of the two
    assert error.message == "--data-root https://example.org/rain.nc is an address and no path"
    assert "fetch it first" in error.hint


def test_a_hint_of_the_caller_stands_where_no_name_is_alike(folder):
    assert no_such("mine.zarr", hint="`bench template` makes one").hint == "`bench template` makes one"


def test_a_link_to_nothing_is_called_one(folder):
    (folder / "link.nc").symlink_to("gone/rain.nc")
    assert no_such("link.nc").hint == "link.nc is a link to gone/rain.nc, which is not there"
    (folder / "disk").symlink_to("gone")
    assert no_such("disk/rain.nc").hint == "disk is a link to gone, which is not there"
