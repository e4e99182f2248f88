"""A page for each command, from the options that the command line really has."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from functools import partial

import click
import md
import typer

from downbench.cli.help import first_paragraph, help_rows
from downbench.cli.main import COMMANDS, build_app
from downbench.plugins.session import registry

FOLDER = "reference/commands"
Commands = dict[str, tuple[click.Command, click.Context]]  # name, such as `data check`, to it and its context


def pages() -> md.Makers:
    """A page a command, and an index of all."""
    named = dict(all_commands())
    made: md.Makers = {
        f"{FOLDER}/{name.replace(' ', '-')}.md": partial(_page, name, *pair) for name, pair in named.items()
    }
    made[f"{FOLDER}/index.md"] = partial(_index, named)
    return made


def _index(named: Commands) -> str:
    rows = [
        [f"[`bench {name}`]({name.replace(' ', '-')}.md)", md.cell(first_paragraph(command.help))]
        for name, (command, _) in named.items()
    ]
    return md.page(
        "# Commands",
        "Every command takes `--json` where it prints results. `--plugin`, `--no-plugins`, `--locked` and "
        "`--debug` may stand anywhere on the line. "
        "[Settings](../../use/settings.md) lists exit codes and variables.",
        md.table(["command", "what it does"], rows),
    )


def all_commands() -> Iterator[tuple[str, tuple[click.Command, click.Context]]]:
    """Each command of the core and of the built-in plug-ins, groups before what is in them."""
    for name in (*COMMANDS, *(entry.info.name for entry in registry().commands())):
        group = typer.main.get_command(build_app([name]))
        root = group.make_context("bench", [], resilient_parsing=True)
        command = group.get_command(root, name)  # type: ignore[attr-defined]
        context = click.Context(command, parent=root, info_name=name)
        yield name, (command, context)
        if hasattr(command, "commands"):
            for inner, each in command.commands.items():
                yield f"{name} {inner}", (each, click.Context(each, parent=context, info_name=inner))


def _page(name: str, command: click.Command, context: click.Context) -> str:
    inner = getattr(command, "commands", {})
    rows = [
        [f"[`{each}`]({name}-{each}.md)", md.cell(first_paragraph(one.help))] for each, one in inner.items()
    ]
    return md.page(
        f"# bench {name}",
        md.text(inspect.cleandoc(command.help or "")),
        md.fence(command.get_usage(context).removeprefix("Usage: ")),
        md.table(["command", "what it does"], rows),
        _parameters("Arguments", command, context, "argument"),
        _parameters("Options", command, context, "option"),
        _examples(command.epilog or ""),
    )


def _parameters(title: str, command: click.Command, context: click.Context, kind: str) -> str:
    rows = [[md.code(name), md.cell(text)] for name, text in help_rows(command, context, kind)]
    return md.page(f"## {title}", md.table(["", ""], rows)).rstrip() if rows else ""


def _examples(epilog: str) -> str:
    lines = [line.strip() for line in epilog.splitlines() if line.strip().startswith("bench ")]
    return md.page("## Examples", md.fence("\n".join(lines), "sh")).rstrip() if lines else ""
