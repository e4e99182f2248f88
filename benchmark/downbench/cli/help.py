"""The help of ``bench``: commands by what they are for, arguments and options without Python's types."""

from __future__ import annotations

import inspect
import re
from typing import Any, ClassVar

from typer.core import TyperCommand, TyperGroup

SECTIONS = {
    "Look around": ("list", "show"),
    "Run methods": ("run", "study", "apply"),
    "Read results": ("compare", "score", "verify", "leaderboard", "serve", "export", "import"),
    "Hand in predictions": ("template", "validate", "submit"),
    "Data": ("data",),
    "Plug-ins": ("new", "check", "plugins"),
    "Upkeep": ("doctor", "schema", "reference", "weights"),
}


class PlainCommand(TyperCommand):
    """A command whose help names arguments and options as they are typed."""

    def format_options(self, ctx: Any, formatter: Any) -> None:
        """Write both tables."""
        _write_parameters(self, ctx, formatter)


class PlainGroup(TyperGroup):
    """Commands in one section."""

    sections: ClassVar[dict[str, tuple[str, ...]]] = {}

    def format_options(self, ctx: Any, formatter: Any) -> None:
        """Write options, then commands."""
        _write_parameters(self, ctx, formatter)
        names = self.list_commands(ctx)
        rest = [name for name in names if not any(name in each for each in self.sections.values())]
        for title, each in {**self.sections, "Commands": rest}.items():
            if rows := [(name, first_paragraph(self.commands[name].help)) for name in each if name in names]:
                with formatter.section(title):
                    formatter.write_dl(rows)


class MainGroup(PlainGroup):
    """Commands by what they are for, and last those of plug-ins."""

    sections = SECTIONS


def help_rows(command: Any, context: Any, kind: str) -> list[tuple[str, str]]:
    """How each argument or option is typed, and what it does.

    Args:
        command: of click.
        context: it is shown in.
        kind: ``argument`` or ``option``.
    """
    records = [
        param.get_help_record(context)
        for param in command.get_params(context)
        if param.param_type_name == kind
    ]
    return [
        (re.sub(r" <.*>$", " TEXT" if kind == "option" else "", name), text)
        for name, text in filter(None, records)
    ]


def first_paragraph(text: str | None) -> str:
    """The first paragraph of a help text, on one line."""
    return " ".join(inspect.cleandoc(text or "").split("\n\n")[0].split())


def _write_parameters(command: Any, ctx: Any, formatter: Any) -> None:
    for title, kind in (("Arguments", "argument"), ("Options", "option")):
        if rows := help_rows(command, ctx, kind):
            with formatter.section(title):
                formatter.write_dl(rows)
