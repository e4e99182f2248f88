"""Runs to make references of: a record with intervals and one that is too short for them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from toy_runs import toy_run

from downbench.references.building import build_references

METRICS = [word for name in ("crps", "mse") for word in ("--metric", name)]
LONG, SHORT = 840, 60


@pytest.fixture(scope="package")
def campaign(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of runs."""
    folder = tmp_path_factory.mktemp("campaign")
    for method, frames in (("nearest", LONG), ("bicubic", LONG), ("bicubic", SHORT)):
        toy_run(folder, method, *METRICS, frames=frames)
    toy_run(folder, "noisy", "--members", "2", *METRICS, frames=LONG)
    return folder


@pytest.fixture(scope="package")
def folder(campaign: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of references; tests that change something copy it."""
    target = tmp_path_factory.mktemp("shipped")
    built = build_references([campaign], target, commit="abc1234")
    assert (len(built.added), built.refused) == (4, [])
    return target


@pytest.fixture(scope="package")
def own(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Score directories of one's own: one of each record, and one that has no reference."""
    runs = tmp_path_factory.mktemp("own")
    return {
        "long": toy_run(runs, "bilinear", *METRICS, frames=LONG),
        "short": toy_run(runs, "bilinear", *METRICS, frames=SHORT),
        "other": toy_run(runs, "bilinear", *METRICS, frames=80),
    }


@pytest.fixture(scope="package")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where references are unpacked once for all tests."""
    return tmp_path_factory.mktemp("cache")


@pytest.fixture
def installed(folder: Path, cache: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder stands for all that is installed."""
    monkeypatch.setenv("DOWNBENCH_REFERENCES", str(folder))
    monkeypatch.setenv("DOWNBENCH_CACHE", str(cache))
    return folder


@pytest.fixture
def references(installed: Path) -> Callable[[], list]:
    """All that are found."""
    from downbench.references.shipped import all_references

    return all_references
