"""An import that cannot be caught is tried elsewhere first, and remembered as long as nothing changes."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from downbench import UserError
from downbench.plugins import probe
from downbench.plugins.probe import Passed, try_import


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOWNBENCH_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("DOWNBENCH_IMPORT_SECONDS", raising=False)


def write(folder: Path, text: str) -> Path:
    file = folder / "probed_plugin.py"
    file.write_text(text)
    return file


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("import os\nos._exit(0)", "ends the interpreter with exit code 0"),
        ("import os, signal\nos.kill(os.getpid(), signal.SIGSEGV)", "ends the interpreter with signal 11"),
        ("raise KeyboardInterrupt", "raises KeyboardInterrupt"),
    ],
)
def test_an_end_is_told(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(UserError, match=said):
        try_import(write(tmp_path, text), "1", 60)


def test_an_endless_import_is_given_up_and_waited_for_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = write(tmp_path, "import time\ntime.sleep(100)")
    monkeypatch.setenv("DOWNBENCH_IMPORT_SECONDS", "0.5")
    with pytest.raises(UserError, match=r"(?s)did not come to its end in 0.5 s.*DOWNBENCH_IMPORT_SECONDS"):
        try_import(file, "1", 60)
    tried = []
    monkeypatch.setattr(probe, "_try", lambda module, limit: tried.append(limit) or Passed())
    with pytest.raises(UserError, match="when it was tried, and is left out") as caught:
        try_import(file, "1", 60)
    assert tried == []
    [record] = (tmp_path / "cache" / "imports").iterdir()
    assert str(record) in caught.value.hint
    monkeypatch.setenv("DOWNBENCH_IMPORT_SECONDS", "0.6")
    assert try_import(file, "1", 60) == Passed(), "more time is another try"
    assert tried == [0.6]


@pytest.mark.parametrize("text", ["raise ValueError", "import sys\nsys.exit(0)", "x = 1"])
def test_what_can_be_caught_passes(tmp_path: Path, text: str) -> None:
    assert try_import(write(tmp_path, text), "1", 60) == Passed(prints=False)


def test_it_is_tried_once_and_again_when_the_file_changes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = write(tmp_path, "print('hello')")
    assert try_import(file, "1", 60).prints
    tried = []
    monkeypatch.setattr(probe, "_try", lambda module, limit: tried.append(module) or Passed())
    assert try_import(file, "1", 60).prints, "remembered"
    os.utime(file, ns=(0, 0))
    try_import(file, "1", 60)
    try_import(file, "2", 60)
    assert len(tried) == 2, "a change of the file, and another version"


def test_a_broken_import_is_not_remembered(tmp_path: Path) -> None:
    file = write(tmp_path, "import os\nos._exit(0)")
    for _ in range(2):
        with pytest.raises(UserError):
            try_import(file, "1", 60)
