"""What `bench new` writes: files from templates, never over what is there."""

import ast
import json
import os
import re
import tomllib

import pytest
from folders import ROOT

from downbench import UserError
from downbench.cli.commands import new
from downbench.starters import writing
from downbench.starters.writing import KINDS, SUFFIX, TEMPLATES, write_starter

PACKAGES = [kind for kind in KINDS if kind != "plugin"]


def code_lines(path):
    """Lines that are neither blank nor comments nor docstrings."""
    text = path.read_text(encoding="utf-8")
    left_out = set()
    for node in ast.walk(ast.parse(text)):
        body = getattr(node, "body", None)
        if isinstance(body, list) and body and isinstance(body[0], ast.Expr):
            left_out |= set(range(body[0].lineno, (body[0].end_lineno or 0) + 1))
    lines = enumerate(text.splitlines(), start=1)
    return sum(
        1 for n, line in lines if n not in left_out and line.strip() and not line.strip().startswith("#")
    )


def test_every_kind_has_templates_and_the_command_knows_it():
    assert {folder.name for folder in TEMPLATES.iterdir()} == {*KINDS, "common"}
    assert set(new.Kinds.__args__) == set(KINDS)


@pytest.mark.parametrize("kind", KINDS)
def test_nothing_is_left_to_fill_in(kind, tmp_path):
    written = write_starter(kind, "my-own", tmp_path)
    for file in written.files:
        assert file.is_file()
        assert file.is_relative_to(tmp_path)
        assert not re.search(r"\$|PACKAGE", file.read_text(encoding="utf-8"))
    assert not list(tmp_path.rglob(f"*{SUFFIX}"))
    assert [path.name for path in tmp_path.iterdir()] == [written.path.name]


@pytest.mark.parametrize("kind", PACKAGES)
def test_a_package_declares_itself(kind, tmp_path):
    path = write_starter(kind, "my-own", tmp_path).path
    project = tomllib.loads((path / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert project["entry-points"] == {"downbench": {"my-own": "downbench_my_own"}}
    needs = "downbench[torch]" if kind == "torch-method" else "downbench"
    assert [one.split(">=")[0] for one in project["dependencies"]] == [needs]
    assert {"LICENSE", "README.md", "src", "tests"} <= {file.name for file in path.iterdir()}


@pytest.mark.parametrize(
    ("kind", "files", "most"),
    [
        ("torch-method", ("__init__.py", "method.py"), 25),  # all but the network itself
        ("metric", ("metric.py",), 10),
        ("dataset", ("dataset.py",), 30),
    ],
)
def test_it_is_as_short_as_promised(kind, files, most, tmp_path):
    folder = write_starter(kind, "my-own", tmp_path).path / "src" / "downbench_my_own"
    assert sum(code_lines(folder / file) for file in files) <= most


def test_the_network_is_that_of_the_example():
    example = ROOT / "examples" / "downbench-own-network" / "src" / "downbench_own_network" / "network.py"
    template = TEMPLATES / "torch-method" / "src" / "PACKAGE" / f"network.py{SUFFIX}"
    assert template.read_text(encoding="utf-8") == example.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("name", "expected"), [("u-net", "MyUNet"), ("torch", "MyTorch"), ("method", "MyMethod")]
)
def test_a_class_has_no_name_that_its_module_needs(name, expected, tmp_path):
    """The template's network is UNet; TorchConfig and Method are what it builds on."""
    kind = "method" if name == "method" else "torch-method"
    path = write_starter(kind, name, tmp_path).path
    [file] = path.rglob("method.py")
    names = {node.name for node in ast.parse(file.read_text()).body if isinstance(node, ast.ClassDef)}
    assert names == {expected, f"{expected}Config"}


@pytest.mark.parametrize("kind", ["metric", "plugin"])
def test_nothing_is_overwritten(kind, tmp_path):
    path = write_starter(kind, "my-own", tmp_path).path
    [first, *_] = path.rglob("*.py") if path.is_dir() else [path]
    first.write_text("mine")
    with pytest.raises(UserError, match="stands there already"):
        write_starter(kind, "my-own", tmp_path)
    assert first.read_text() == "mine"


def test_what_comes_to_stand_there_meanwhile_stays(tmp_path, monkeypatch):
    """Another command wrote the same name between the look and the writing."""
    monkeypatch.setattr(writing.os.path, "lexists", lambda path: False)
    for kind in ("metric", "plugin"):
        write_starter(kind, "my-own", tmp_path)
        before = {file: file.read_bytes() for file in tmp_path.rglob("*.py")}
        with pytest.raises(UserError, match="cannot be written"):
            write_starter(kind, "my-own", tmp_path)
        assert {file: file.read_bytes() for file in tmp_path.rglob("*.py")} == before


def test_a_link_to_nowhere_is_something(tmp_path):
    (tmp_path / "downbench-my-own").symlink_to(tmp_path / "nowhere")
    with pytest.raises(UserError, match="stands there already"):
        write_starter("metric", "my-own", tmp_path)
    assert not os.path.lexists(tmp_path / "nowhere")


def test_a_folder_that_cannot_be_one(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(UserError, match="cannot be written"):
        write_starter("metric", "my-own", tmp_path / "file")


def test_the_command_says_what_comes_next(bench, tmp_path):
    told = bench("new", "metric", "my-own", "--out", "deep/er").stdout
    assert "pip install -e './deep/er/downbench-my-own[test]'" in told
    again = json.loads(bench("new", "plugin", "my-own", "--json").stdout)
    assert again["files"] == ["my_own.py"]
    assert again["commands"][0] == "bench check my-own --plugin my_own.py"
    assert "choose another name" in bench("new", "metric", "crps", code=2).stderr
