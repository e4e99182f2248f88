"""Workflows, templates and CITATION.cff: they are valid, and what they call is there."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
import yaml
from folders import ROOT

from downbench.version import __version__

GITHUB = ROOT / ".github"
WORKFLOWS = sorted((GITHUB / "workflows").glob("*.yml"))
FORMS = [file for file in sorted((GITHUB / "ISSUE_TEMPLATE").glob("*.yml")) if file.stem != "config"]
TARGETS = set(re.findall(r"^([\w-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.M))
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def read(file: Path) -> dict:
    return yaml.safe_load(file.read_text(encoding="utf-8"))


def steps(file: Path) -> list[dict]:
    return [step for job in read(file)["jobs"].values() for step in job["steps"]]


def test_there_are_workflows_for_tests_docs_and_releases() -> None:
    assert {file.stem for file in WORKFLOWS} == {"test", "docs", "release"}


@pytest.mark.parametrize("file", WORKFLOWS, ids=lambda file: file.stem)
def test_a_workflow_calls_targets_of_make_that_exist(file: Path) -> None:
    called = {name for step in steps(file) for name in re.findall(r"\bmake ([\w-]+)", step.get("run", ""))}
    assert called
    assert called <= TARGETS


@pytest.mark.parametrize("file", WORKFLOWS, ids=lambda file: file.stem)
def test_a_workflow_has_no_more_rights_than_it_needs(file: Path) -> None:
    """Whatever a job may write, it says so; an action is named with its release."""
    assert read(file)["permissions"] == {"contents": "read"}
    assert all(re.fullmatch(r"[\w./-]+@[\w./-]+", step["uses"]) for step in steps(file) if "uses" in step)


def test_every_python_that_is_declared_is_tested() -> None:
    tested = read(GITHUB / "workflows" / "test.yml")["jobs"]["pinned"]["strategy"]["matrix"]["python"]
    declared = [line.split(" :: ")[-1] for line in PROJECT["classifiers"] if "Python :: 3." in line]
    assert tested == declared
    assert PROJECT["requires-python"] == f">={tested[0]}"


def test_every_requirement_has_a_lower_bound() -> None:
    assert [one for one in PROJECT["dependencies"] if ">=" not in one] == []


@pytest.mark.parametrize("file", FORMS, ids=lambda file: file.stem)
def test_a_form_for_issues_is_whole(file: Path) -> None:
    form = read(file)
    assert {"name", "description", "body"} <= form.keys()
    assert len({field["id"] for field in form["body"]}) == len(form["body"])
    assert all(field["attributes"]["label"] for field in form["body"])


def test_there_are_forms_for_methods_datasets_and_wrong_numbers() -> None:
    assert {file.stem for file in FORMS} == {"new-method", "new-dataset", "wrong-number"}


def test_the_citation_is_of_this_release() -> None:
    citation = read(ROOT / "CITATION.cff")
    assert citation["version"] == __version__ == PROJECT["version"]
    assert citation["license"] == PROJECT["license"]
    assert {"cff-version", "message", "title", "authors"} <= citation.keys()
