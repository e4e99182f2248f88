"""Folders of data: by entry point, never by import, and only where their distribution may be loaded."""

import pytest

from downbench.plugins.data_folders import data_folders
from downbench.plugins.session import configure

GROUP, VARIABLE = "downbench.test-data", "DOWNBENCH_TEST_DATA"


@pytest.fixture
def site(tmp_path, monkeypatch):
    def install(distribution: str, target: str, package: str = "") -> None:
        if package:
            (tmp_path / package).mkdir()
            (tmp_path / package / "__init__.py").write_text("raise SystemExit('imported')")
        info = tmp_path / f"{distribution.replace('-', '_')}-1.0.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {distribution}\nVersion: 1.0\n")
        (info / "entry_points.txt").write_text(f"[{GROUP}]\none = {target}\n")

    monkeypatch.syspath_prepend(str(tmp_path))
    yield install
    configure()


def test_ours_come_first_and_stay_without_plugins(site, tmp_path):
    site("a-strangers", "stranger_data", "stranger_data")
    site("downbench-data", "our_data", "our_data")
    assert [one.path for one in data_folders(GROUP, VARIABLE)] == [
        tmp_path / "our_data",
        tmp_path / "stranger_data",
    ]
    configure(builtins_only=True)
    assert [one.distribution for one in data_folders(GROUP, VARIABLE)] == ["downbench-data"]
    configure(allowed="A_Strangers")
    assert len(data_folders(GROUP, VARIABLE)) == 2


@pytest.mark.parametrize("target", ["not_there", "stranger_data.inner", "json", "sys", "x:y", "../x"])
def test_what_is_no_package_at_the_top_is_no_folder(site, target):
    site("a-strangers", target, "stranger_data")
    folders = data_folders(GROUP, VARIABLE)
    assert [one.path.name for one in folders] == (["json"] if target == "json" else [])


def test_the_variable_takes_the_place_of_all(site, tmp_path, monkeypatch):
    site("downbench-data", "our_data", "our_data")
    for value, count in (("", 0), (str(tmp_path / "nowhere"), 0), (str(tmp_path), 1)):
        monkeypatch.setenv(VARIABLE, value)
        assert len(data_folders(GROUP, VARIABLE)) == count
