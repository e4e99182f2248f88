"""Paths of data in place of a dataset's name."""

from __future__ import annotations

import pytest

from downbench.errors import UserError
from downbench.plugins.data_paths import is_path
from downbench.plugins.session import registry


@pytest.mark.parametrize("name", ["rain.nc", "./rain", "data/rain", "My rain.zarr"])
def test_a_name_with_a_dot_or_a_slash_is_a_path(name):
    assert is_path(name)


@pytest.mark.parametrize("name", ["files", "imerg-v07", "some.package:records", "My data"])
def test_names_of_datasets_are_none(name):
    assert not is_path(name)


def test_data_in_place_of_a_name_are_told_how_they_are_named(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "my rain.nc").touch()
    with pytest.raises(UserError, match=r"is a path of data.*\n.*--dataset files --data-root 'my rain.nc'"):
        registry().find("dataset", "my rain.nc")
    with pytest.raises(UserError, match=r"my_rain.nc does not exist\n.*did you mean my rain.nc"):
        registry().find("dataset", "my_rain.nc")
