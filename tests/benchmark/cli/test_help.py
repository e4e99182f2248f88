"""Help, listings and completion as a user reads them at 80 columns."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from downbench.cli.docstrings import help_text
from downbench.cli.help import SECTIONS
from downbench.cli.main import COMMANDS

Bench = Callable[..., Any]
NAMES = [*COMMANDS, "data", "leaderboard", "serve"]


@pytest.fixture(autouse=True)
def narrow(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")


@pytest.mark.parametrize("name", NAMES)
def test_help_of_a_command_is_whole(bench: Bench, name: str) -> None:
    text = bench(name, "--help").stdout
    assert not re.search(r"\b(Args|Returns|Raises):", text)
    assert not re.search(r"\w \.(\s|$)", text), "a space before a full stop"
    assert not re.search(r"<(path|str|int|float|list\b.*)>", text), "types of Python"
    rows = re.split(r"\n  (?=-)", text)
    assert ("--json" in text) == (name not in {"data", "serve"}), "as the README says"
    assert [row for row in rows if "<=x" in row and " TEXT " in row] == [], "a number is no text"
    assert re.search(rf"^  Examples?:\n    bench {name} ", text, re.MULTILINE)


def test_help_shows_the_defaults_that_a_suite_file_may_set(bench: Bench) -> None:
    text = " ".join(bench("run", "--help").stdout.split())
    for option, default in (("preset", "(tiny)"), ("members", "(8)"), ("seed", "(0)"), ("device", "(auto)")):
        assert re.search(rf"--{option} .*?\[default: {re.escape(default)}\]", text), option


def test_every_command_has_a_section() -> None:
    assert sorted(name for names in SECTIONS.values() for name in names) == sorted(NAMES)


def test_each_command_is_listed_once_and_whole(bench: Bench) -> None:
    sections = bench("--help").stdout.split("Look around:\n")[1].split("  The options")[0]
    rows = re.findall(r"^  (\w+) +(\S.*)$", sections, re.MULTILINE)
    assert sorted(name for name, _ in rows) == sorted(NAMES)
    assert [text for _, text in rows if not text.endswith(".")] == []


def test_commands_of_a_group_are_described_whole(bench: Bench) -> None:
    text = bench("data", "--help").stdout
    assert "Look around" not in text
    assert "..." not in text.split("\nCommands:\n")[1].split("Examples:")[0]


@pytest.mark.parametrize("arguments", [["list"], ["show", "ofdiff"], ["show", "crps"], ["show", "rivals"]])
def test_a_listing_fits_80_columns(bench: Bench, arguments: list[str]) -> None:
    lines = bench(*arguments).stdout.splitlines()
    assert [line for line in lines if len(line) > 80] == []


def test_the_list_is_grouped_by_kind_with_one_line_an_entry(bench: Bench) -> None:
    text = bench("list").stdout
    groups = {group.split("\n")[0]: group.split("\n")[1:] for group in text.strip().split("\n\n")[:-1]}
    assert list(groups) == ["Methods", "Metrics", "Datasets", "Studies"]
    assert "  nearest " in groups["Methods"][0]
    assert sum(line.startswith("  crps ") for line in groups["Metrics"]) == 1


def test_sections_for_programmers_are_not_help() -> None:
    def documented() -> None:
        """Do it, as :func:`~module.other` does.

        With ``care``.

        Args:
            x: y.
        """

    assert help_text(documented) == "Do it, as module.other does.\n\nWith `care`."


def completed(words: str, **environment: str) -> str:
    names = {"COMP_WORDS": words, "COMP_CWORD": str(len(words.split()) - 1)}
    command = [sys.executable, "-m", "downbench"]
    variables = {**os.environ, "_BENCH_COMPLETE": "complete_bash", **names, **environment}
    return subprocess.run(command, env=variables, capture_output=True, text=True, check=False).stdout


def test_completion_is_installed_and_completes(tmp_path: Path) -> None:
    variables = {**os.environ, "HOME": str(tmp_path), "_TYPER_COMPLETE_TEST_DISABLE_SHELL_DETECTION": "1"}
    command = [sys.executable, "-m", "downbench", "--install-completion", "bash"]
    done = subprocess.run(command, env=variables, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    script = (tmp_path / ".bash_completions" / "bench.sh").read_text()
    assert "complete -o default -F _bench_completion bench" in script
    assert "_BENCH_COMPLETE=complete_bash" in script
    assert completed("bench li").split() == ["list"]
    assert "--method" in completed("bench run --me").split()
