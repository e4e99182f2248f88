"""docs/use/settings.md lists what can be set: variables, keys of suite files, exit codes."""

from __future__ import annotations

import ast
import re

import pytest
from docs_text import DOCS
from folders import ROOT

from downbench.cli.reporting import report
from downbench.cli.stopping import Stopped
from downbench.errors import RunFailed, UserError
from downbench.suite.request import DatasetSpec, MethodSpec, ShiftSpec, Suite

PAGE = (DOCS / "use" / "settings.md").read_text(encoding="utf-8")
PACKAGES = ("benchmark", "methods", "metrics", "datasets", "leaderboard")
VARIABLE = re.compile(r"(DOWNBENCH|XDG|SLURM|CUDA)_[A-Z_]+|[A-Z]+_NUM_THREADS|RANK|(LOCAL_)?WORLD_SIZE")


def section(title: str) -> str:
    return PAGE.split(f"## {title}\n")[1].split("\n## ")[0]


def first_cells(text: str) -> list[list[str]]:
    """Code in the first column of each row, table by table."""
    tables = re.findall(r"(?:^\|.*\n)+", text, re.M)
    return [
        [name for row in table.splitlines()[2:] for name in re.findall(r"`(\w+)`", row.split("|")[1])]
        for table in tables
    ]


def read_variables() -> set[str]:
    """Variables that the code names, and every one that it reads by a name as it stands."""
    names = set()
    for package in PACKAGES:
        for file in (ROOT / package).rglob("*.py"):
            for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Constant) and isinstance(node.value, str):
                    if VARIABLE.fullmatch(node.value):
                        names.add(node.value)
                    continue
                read = ast.unparse(node) if isinstance(node, ast.Call | ast.Subscript) else ""
                names |= set(re.findall(r"^os\.environ(?:\.get\(|\.pop\(|\[)'(\w+)'", read))
                names |= set(re.findall(r"^os\.getenv\('(\w+)'", read))
    return names


def test_the_variables_of_the_environment_are_those_of_the_code() -> None:
    (listed,) = first_cells(section("Environment variables"))
    assert sorted(listed) == sorted(read_variables())


def test_the_keys_of_suite_files_are_those_of_the_models() -> None:
    suite, method, dataset = first_cells(section("Suite files"))
    for listed, model in ((suite, Suite), (method, MethodSpec), (dataset, DatasetSpec)):
        assert sorted(listed) == sorted(model.model_fields), model
    shift = next(row for row in section("Suite files").splitlines() if row.startswith("| `shift`"))
    assert set(re.findall(r"`(\w+)`", shift)) - {"shift"} == set(ShiftSpec.model_fields)


def test_the_defaults_of_suite_files_are_those_of_the_models() -> None:
    rows = re.findall(r"^\| `(\w+)` \| `?([\w\[\]]+)`? \|", section("Suite files"), re.M)
    shown = {key: value for key, value in rows if value not in {"none", "all"}}
    assert {"members": "8", "preset": "tiny", "jobs": "1", "seeds": "[0]"}.items() <= shown.items()
    for key, value in shown.items():
        assert str(Suite.model_fields[key].default).lower() == value, key


@pytest.mark.parametrize(
    ("code", "error"),
    [(1, RunFailed("it broke")), (2, UserError("no")), (130, KeyboardInterrupt()), (143, Stopped(15))],
)
def test_the_exit_codes_are_those_that_the_page_names(code: int, error: BaseException) -> None:
    assert report(error) == code
    assert re.search(rf"\b{code}\b", section("Exit codes"))
