"""Command lines as they stand in text, given to the real parser of ``bench`` without being carried out."""

from __future__ import annotations

import re
import shlex
from functools import cache

import click
import typer

from downbench.cli.global_options import split_options
from downbench.cli.main import build_app

_PROGRAM = re.compile(r"(?:^|.* --\s+|\s)(?:bench|-m\s+downbench)\s+([a-z-].*)")
_END = {"&", "|", ">", "&&", "2>&1"}


def bench_lines(text: str) -> list[list[str]]:
    """Arguments of each call of ``bench`` in a block of shell, whatever starts it; comments are left out."""
    lines = []
    for line in text.replace("\\\n", " ").splitlines():
        match = _PROGRAM.search(line) if not line.lstrip().startswith("#") else None
        if match:
            words = shlex.split(match[1], comments=True)
            ends = [number for number, word in enumerate(words) if word in _END]
            lines.append(words[: ends[0]] if ends else words)
    return lines


@cache
def app_of(name: str) -> click.Command:
    """The command line with one command loaded; a plug-in's is only then."""
    return typer.main.get_command(build_app([name]))


def parse(words: list[str]) -> click.Context:
    """Parse arguments of ``bench`` as it would.

    Raises:
        click.UsageError: an option or command that there is not, or an argument too few or too many.
    """
    _, rest = split_options(words)
    group = app_of(rest[0] if rest else "")
    context = group.make_context("bench", rest[:0], resilient_parsing=True)
    return _parse_in(group, context, rest)


def _parse_in(group: click.Command, parent: click.Context, words: list[str]) -> click.Context:
    if not words:
        return parent
    command = group.get_command(parent, words[0])  # type: ignore[attr-defined]
    if command is None:
        raise click.UsageError(f"no such command: {words[0]}")
    if hasattr(command, "commands"):
        inner = command.make_context(words[0], [], parent=parent, resilient_parsing=True)
        return _parse_in(command, inner, words[1:])
    return command.make_context(words[0], words[1:], parent=parent)


def options_of(words: list[str]) -> set[str]:
    """Every spelling of the options of the command that words begin with, those of ``bench`` too."""
    context = app_of(words[0]).make_context("bench", [], resilient_parsing=True)
    commands: list[click.Command] = [app_of(words[0])]
    for word in words:
        inner = getattr(commands[-1], "commands", {}).get(word)
        if inner is None:
            break
        commands.append(inner)
    spelled = {"--help", "-h"}
    for command in commands:
        for param in command.get_params(context):
            spelled |= {*param.opts, *param.secondary_opts}
    return spelled
