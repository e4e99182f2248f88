"""The example plug-in and our own wheel, installed as a user would."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from folders import TOY


def install(source: Path, folder: Path) -> Path:
    """Build ``source`` and install it, without what it depends on, into ``folder/site``."""
    copy = folder / "source"
    ignored = shutil.ignore_patterns(
        ".git", ".venv", "build", "runs", "site", "demo", "__pycache__", ".*cache"
    )
    shutil.copytree(source, copy, ignore=ignored)
    build = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder), str(copy)]
    subprocess.run(build, check=True, capture_output=True)
    [wheel] = folder.glob("*.whl")
    target = folder / "installed"
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-index", "--target"]
    subprocess.run([*pip, str(target), str(wheel)], check=True)
    return target


def installed_bench(site: Path, cwd: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "downbench.cli.main", *arguments]
    environment = os.environ | {"PYTHONPATH": str(site)}
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, env=environment)


@pytest.fixture(scope="module")
def example_site(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return install(root / "examples" / "downbench-example", tmp_path_factory.mktemp("example"))


def test_the_example_plugin_runs(example_site: Path, tmp_path: Path) -> None:
    arguments = ["run", "-m", "noisy-bilinear", "-d", "toy", "--members", "4", "--no-controls"]
    arguments += ["--metric", "heavy-area", "--metric", "crps"]
    result = installed_bench(example_site, tmp_path, *arguments, "--json", "--plugin", str(TOY))
    assert result.returncode == 0, result.stderr
    runs = json.loads(result.stdout)["runs"]
    assert [run["status"] for run in runs] == ["finished"]
    scores = {s["metric"]: s for s in runs[0]["scores"] if s["region"] == "all" and s["season"] == "all"}
    assert scores["heavy-area"]["value"] > 0
    listed = json.loads(installed_bench(example_site, tmp_path, "list", "--json").stdout)
    assert {"noisy-bilinear", "heavy-area"} <= {
        r["name"] for r in listed if r["distribution"] == "downbench-example"
    }


def test_the_example_can_be_left_out(example_site: Path, tmp_path: Path) -> None:
    listed = json.loads(installed_bench(example_site, tmp_path, "list", "--json", "--no-plugins").stdout)
    assert {row["distribution"] for row in listed} == {"downbench"}


def test_the_example_is_as_short_as_promised(root: Path) -> None:
    """Lines of code, without blank lines, comments and docstrings: a method in 25, a metric in 20."""
    folder = root / "examples" / "downbench-example" / "src" / "downbench_example"
    for name, most in (("noisy_bilinear.py", 25), ("heavy_area.py", 20)):
        lines = [line.strip() for line in (folder / name).read_text().splitlines()]
        assert len([line for line in lines if line and not line.startswith(('"""', "#"))]) <= most


def test_the_wheel_works_like_the_checkout(root: Path, tmp_path: Path, bench: Callable[..., Any]) -> None:
    site = install(root, tmp_path)
    where = [sys.executable, "-c", "import downbench; print(downbench.__file__)"]
    environment = os.environ | {"PYTHONPATH": str(site)}
    found = subprocess.run(where, cwd=tmp_path, capture_output=True, text=True, env=environment, check=True)
    assert Path(found.stdout.strip()).is_relative_to(site)
    arguments = ["-m", "bilinear", "-d", "toy", "--no-controls", "--json", "--plugin", str(TOY)]
    ours = installed_bench(site, tmp_path, "run", *arguments)
    assert ours.returncode == 0, ours.stderr
    checkout = bench("run", *arguments, "--runs", "other")
    [wheel_run], [checkout_run] = json.loads(ours.stdout)["runs"], json.loads(checkout.stdout)["runs"]
    assert wheel_run["scores"] == checkout_run["scores"]
    board = installed_bench(site, tmp_path, "leaderboard", "runs", "--out", "site")
    assert board.returncode == 0, board.stderr
    assert (tmp_path / "site" / "index.html").is_file()
