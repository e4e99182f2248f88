"""Names of files and stores, as whoever names them calls them."""

from __future__ import annotations

from pathlib import Path

import pytest

from downbench.packed_stores import own_name, stem_of


@pytest.mark.parametrize("name", ["latest.nc", "latest.zarr", "latest.zarr.zip"])
def test_a_link_has_its_own_name_and_not_that_of_its_target(tmp_path: Path, name: str) -> None:
    target = tmp_path / "run_0317.nc"
    target.touch()
    link = tmp_path / name
    link.symlink_to(target)
    assert stem_of(link) == "latest"
    assert own_name(link) == name
    assert stem_of(target) == "run_0317"


def test_where_a_path_says_no_name_the_folder_does(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "rain.zarr" / "below").mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "rain.zarr" / "below")
    assert stem_of(Path()) == "below"
    assert stem_of(Path("..")) == "rain"
    assert own_name(Path("../..")) == tmp_path.name
