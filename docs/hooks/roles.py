"""Docstrings for the site: Sphinx's roles become Markdown."""

from __future__ import annotations

import re
from typing import Any

import griffe

ROLE = re.compile(r":\w+:`~?([^`]*)`")


def as_markdown(docstring: str) -> str:
    """A docstring whose roles and double backticks are Markdown's."""
    return ROLE.sub(r"`\1`", docstring).replace("``", "`")


class Roles(griffe.Extension):
    """Replaces ``:class:`name``` by the name as code, and double backticks by single ones."""

    def on_instance(self, *, obj: griffe.Object, **_: Any) -> None:
        """Rewrite the docstring of each object that has one."""
        if obj.docstring:
            obj.docstring.value = as_markdown(obj.docstring.value)
