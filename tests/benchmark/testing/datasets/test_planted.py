"""Mistakes that authors of datasets make, planted one by one: each is found by the check meant for it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from folders import PLUGINS

from downbench.plugins.session import configure, registry
from downbench.testing.datasets.checks import report_on_dataset

FILE = PLUGINS / "faulty" / "mistaken_datasets.py"
FOUND_BY = {
    "wrongdims": "opens",
    "fillvalue": "values",
    "toolarge": "units",
    "bothpersecond": "units",
    "flippedrows": "orientation",
    "equalsplits": "splits-apart",
    "relabelledsplits": "splits-apart",
    "overlapping": "splits-apart",
    "nogapbetween": "gap",
    "constant": "made",
    "forgetssettings": "other-settings",
    "lacksgap": "made",
    "nostep": "made",
    "baresequence": "opens",
    "othereachtime": "opens-again",
}


@pytest.fixture(scope="module", autouse=True)
def planted() -> Iterator[None]:
    configure((FILE,))
    yield
    configure()


@pytest.fixture
def data(tmp_path: Path) -> Path:
    good = registry().find("dataset", "good").load()
    np.save(tmp_path / "rain.npy", good(good.Config()).record())
    return tmp_path / "rain.npy"


def test_what_is_right_is_accepted(data: Path) -> None:
    for name, root in (("good", None), ("fromfile", data)):
        report = report_on_dataset(registry().find("dataset", name), root)
        assert report.ok, report.text()


@pytest.mark.parametrize(("name", "check"), FOUND_BY.items())
def test_a_mistake_is_found_by_its_check_with_place_and_remedy(name: str, check: str) -> None:
    report = report_on_dataset(registry().find("dataset", name))
    failures = {failure.check: failure for failure in report.failures}
    assert check in failures, report.text()
    assert "mistaken_datasets.py:" in failures[check].at + failures[check].message
    assert failures[check].hint


def test_a_fingerprint_that_does_not_read_its_file_is_found_by_a_changed_copy(data: Path) -> None:
    before = data.read_bytes()
    report = report_on_dataset(registry().find("dataset", "byitsname"), data)
    assert [failure.check for failure in report.failures] == ["changed-data"]
    assert data.read_bytes() == before, "the data themselves are left alone"


def test_a_file_that_is_not_there_is_one_message(tmp_path: Path) -> None:
    report = report_on_dataset(registry().find("dataset", "fromfile"), tmp_path / "nowhere.npy")
    [failure] = report.failures
    assert failure.check == "made"
    assert "FileNotFoundError" in failure.message
    assert "mistaken_datasets.py:" in failure.at
