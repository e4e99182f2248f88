"""Shared fixtures."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from folders import ROOT, SHARED_DATA

# Tests run side by side on few cores: one thread each.
for _name in ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMBA_NUM_THREADS"):
    os.environ.setdefault(_name, "1")

os.environ.setdefault("DOWNBENCH_ISOLATE", "0")  # tests that are about processes ask for them
for _name in ("DOWNBENCH_REFERENCES", "DOWNBENCH_WEIGHTS"):
    os.environ.setdefault(_name, "")  # none, whatever is installed; tests about them name some


@pytest.fixture(scope="session")
def root() -> Path:
    """The project's root."""
    return ROOT


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Folder of real rain, kept outside the repository."""
    if not SHARED_DATA.is_dir():
        pytest.skip("no real rain at ../shared/data")
    return SHARED_DATA


@dataclass(frozen=True)
class Result:
    """What a command printed."""

    stdout: str
    stderr: str


@pytest.fixture
def bench(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> Iterator[Callable[..., Result]]:
    """Run ``bench`` in this process, in an empty folder, and check its exit code."""
    from downbench.cli.main import main
    from downbench.plugins.session import configure

    def call(*arguments: object, code: int = 0) -> Result:
        got = main([str(argument) for argument in arguments])
        out, err = capfd.readouterr()
        assert got == code, err
        return Result(out, err)

    monkeypatch.chdir(tmp_path)
    yield call
    configure()


@pytest.fixture(autouse=True)
def _forget_modules_of_the_test(request: pytest.FixtureRequest) -> Iterator[None]:
    """A module that a test wrote and imported is none for the next test, which may write its namesake."""
    before = set(sys.modules)
    yield
    folder = request.node.funcargs.get("tmp_path")
    if folder is None:
        return
    for name in sys.modules.keys() - before:
        if str(getattr(sys.modules[name], "__file__", None) or "").startswith(str(folder)):
            del sys.modules[name]
