"""Installed plug-ins that exit, crash, hang or print at their import are named and end nothing else."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from distributions import make_distribution

MODULES = {
    "gone": "import os\nos._exit(0)\n",
    "quits": "import sys\nsys.exit(0)\n",
    "closes": "raise GeneratorExit\n",
    "garbled": "import downbench\n\ndef broken(:\n",
    "endless": "while True: pass\n",
    "chatty": "import downbench\nprint('hello')\n@downbench.hookimpl\ndef downbench_methods(): return []\n",
}


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    site = tmp_path / "site"
    site.mkdir()
    for name, text in MODULES.items():
        make_distribution(site, f"faulty-{name}", f"faulty_{name}", text)
    monkeypatch.syspath_prepend(str(site))
    monkeypatch.setenv("DOWNBENCH_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("DOWNBENCH_IMPORT_SECONDS", "8")


@pytest.mark.usefixtures("installed")
def test_doctor_and_list_name_them_and_go_on(bench: Callable[..., Any]) -> None:
    result = bench("doctor", "--json", code=1)
    broken = {
        found["name"].split(":")[0]: found["error"] for found in json.loads(result.stdout)["broken_plugins"]
    }
    assert set(broken) == {"faulty-gone", "faulty-quits", "faulty-closes", "faulty-garbled", "faulty-endless"}
    assert "exit code 0" in broken["faulty-gone"]
    assert "faulty_quits.py:2" in broken["faulty-quits"]
    assert "faulty_garbled.py:3" in broken["faulty-garbled"]
    assert "importlib" not in broken["faulty-garbled"]
    assert "did not come to its end in 8 s" in broken["faulty-endless"]
    assert "faulty_chatty prints while it is imported" in result.stderr

    listed = bench("list", "methods", "--json")
    assert "nearest" in {row["name"] for row in json.loads(listed.stdout)}
    assert all(f"faulty-{name}" in listed.stderr for name in ("gone", "quits", "closes", "endless"))


DATASETS = """
from downbench import Dataset, DatasetInfo, hookimpl

class Base(Dataset):
    def open(self, split): return ()
    def fingerprint(self): return "abc"

class Lacks(Base):
    pass

class Raises(Base):
    def __init__(self, config, root=None):
        raise RuntimeError("no licence")

class Leaves(Base):
    def fingerprint(self):
        raise SystemExit(0)

@hookimpl
def downbench_datasets():
    return [DatasetInfo(name=kind.__name__.lower(), target=f"faulty_datasets:{kind.__name__}")
            for kind in (Lacks, Raises, Leaves)]
"""


@pytest.mark.parametrize(
    ("name", "said"),
    [
        (
            "lacks",
            ("dataset 'lacks' is not right", "faulty_datasets.py:8", "its gap is missing", "its step is"),
        ),
        (
            "raises",
            ("dataset 'raises' failed: RuntimeError: no licence", "faulty_datasets.py:13 in __init__"),
        ),
        ("leaves", ("dataset 'leaves' called sys.exit(0)", "faulty_datasets.py:17 in fingerprint")),
    ],
)
def test_a_dataset_s_mistake_is_one_message(
    bench: Callable[..., Any],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    name: str,
    said: tuple[str, ...],
) -> None:
    monkeypatch.delitem(sys.modules, "faulty_datasets", raising=False)  # of the parameter before
    file = tmp_path / "faulty_datasets.py"
    file.write_text(DATASETS)
    result = bench("run", "-m", "nearest", "-d", name, "--plugin", file, code=2)
    assert [text for text in said if text not in result.stderr] == []
    assert "Traceback" not in result.stderr
