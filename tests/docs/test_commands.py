"""What the docs show is understood: command lines by the real parser, suites and cards by their models."""

from __future__ import annotations

import ast
import re
from importlib import import_module
from pathlib import Path
from textwrap import dedent

import click
import pytest
import yaml
from command_lines import app_of, bench_lines, options_of, parse
from docs_text import Block, blocks, pages, prose
from folders import ROOT

from downbench.suite.request import read_suite
from downbench_datasets.cards.card import Card

SHELL = {"", "sh", "bash", "console", "text"}
BLOCKS = [block for page in pages() for block in blocks(page)]
INLINE = re.compile(r"`bench ([^`\n]+)`")
PLACEHOLDER = re.compile(r"[A-Z]+\b|\.\.\.|\[")


def of(*languages: str) -> list[object]:
    """Blocks in these languages, each under its page and line."""
    return [pytest.param(block, id=block.where) for block in BLOCKS if block.language in languages]


@pytest.mark.parametrize("block", [one for one in of(*SHELL) if bench_lines(one.values[0].text)])
def test_a_command_is_understood(block: Block) -> None:
    for words in bench_lines(block.text):
        try:
            parse(words)
        except click.ClickException as error:
            pytest.fail(f"bench {' '.join(words)}: {error.format_message()}")


@pytest.mark.parametrize("page", pages(), ids=lambda page: page.relative_to(ROOT).as_posix())
def test_a_command_in_a_sentence_has_the_options_that_it_names(page: Path) -> None:
    wrong = []
    for line in INLINE.findall(prose(page.read_text(encoding="utf-8"))):
        words = line.replace("...", " ").split()
        command = next((word for word in words if not word.startswith("-")), "")
        if not command or PLACEHOLDER.match(command):
            continue
        if command not in app_of(command).commands:  # type: ignore[attr-defined]
            wrong.append(line)
            continue
        named = {word.split("=")[0].rstrip(",") for word in words if word.startswith("-")}
        wrong += [f"{line}: {name}" for name in named - options_of(words[words.index(command) :])]
    assert wrong == []


@pytest.mark.parametrize("block", of("python"))
def test_python_compiles_and_imports_names_that_there_are(block: Block) -> None:
    for node in ast.walk(ast.parse(dedent(block.text))):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("downbench"):
            if node.module.startswith("downbench_example"):
                continue
            module = import_module(node.module)
            assert [one.name for one in node.names if not hasattr(module, one.name)] == [], node.module


@pytest.mark.parametrize("block", of("yaml"))
def test_a_suite_or_card_is_one(block: Block, tmp_path: Path) -> None:
    content = yaml.safe_load(block.text)
    if {"methods", "datasets"} & content.keys():
        file = tmp_path / "suite.yaml"
        file.write_text(block.text, encoding="utf-8")
        assert read_suite(file)
    elif {"data", "settings"} & content.keys():
        assert Card.model_validate(content)


@pytest.mark.parametrize(
    "block", [one for one in of(*SHELL) if re.search(r"^make ", one.values[0].text, re.M)]
)
def test_a_target_of_make_exists(block: Block) -> None:
    targets = re.findall(r"^([\w-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.M)
    assert set(re.findall(r"^make ([\w-]+)", block.text, re.M)) <= set(targets)
