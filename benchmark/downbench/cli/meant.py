"""What somebody meant whose command line is not understood: names without their option, names as commands."""

from __future__ import annotations

import re
from collections.abc import Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from downbench.plugins.registry import KINDS
from downbench.plugins.session import registry

_OPTION_OF = {"method": "--method", "metric": "--metric", "dataset": "--dataset"}
_EXTRA = re.compile(r"unexpected extra arguments?(?:\(s\))? \((.*)\)")
_COMMAND = re.compile(r"No such command '(.*)'\.$")


def meant(error: Any, arguments: Sequence[str] = ()) -> str:
    """A hint for a mistake of usage as click reports it; empty where there is none.

    Args:
        error: click's ``UsageError``, with its context and message.
        arguments: of the command line.
    """
    message = str(error.format_message())
    context = getattr(error, "ctx", None)
    if (match := _EXTRA.search(message)) and context is not None:
        return _as_options(context, match[1].split(), len(arguments))
    if match := _COMMAND.search(message):
        return _as_command(match[1])
    return ""


def _as_options(context: Any, words: list[str], count: int) -> str:
    """The same command with options before names that stand alone; dots stand for what else was typed."""
    options = {option for parameter in context.command.params for option in parameter.opts}
    parts = [part for word in words if (part := _option(word, options))]
    others = ["..."] if count > len(words) + len(context.command_path.split()) - 1 else []
    return f"did you mean `{' '.join([context.command_path, *others, *parts])}`?" if parts else ""


def _option(word: str, options: set[str]) -> str:
    for exact in (True, False):
        for kind, option in _OPTION_OF.items():
            names = [entry.info.name for entry in registry().entries(kind)]
            close = [word] if word in names else get_close_matches(word, names, n=1, cutoff=0.75)
            if option in options and close and (close[0] == word or not exact):
                return f"{option} {close[0]}"
    if word.lower().endswith((".yaml", ".yml")) and "--suite" in options:
        return f"--suite {word}"
    return f"--data-root {word}" if "--data-root" in options and Path(word).exists() else ""


def _as_command(word: str) -> str:
    """What may be meant by a word in the place of a command that is none."""
    plural = {"methods", "metrics", "datasets", "studies"}
    if word in plural or f"{word}s" in plural:
        return f"did you mean `bench list {word if word in plural else word + 's'}`?"
    for kind in KINDS:
        if any(entry.info.name == word for entry in registry().entries(kind)):
            run = f" or `bench run {_OPTION_OF[kind]} {word}`" if kind in ("method", "dataset") else ""
            return f"did you mean `bench show {word}`{run}?"
    return "" if word.startswith("-") else "`bench --help` lists the commands"
