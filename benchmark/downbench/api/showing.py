"""How results look where somebody types their name: text in a terminal, an escaped table in a notebook."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from html import escape
from typing import Any

import pandas as pd

_ROWS = 12  # of a table in a terminal; a notebook scrolls
_HTML_ROWS = 60


class Shown(ABC):
    """Something with a title, a few facts and a table."""

    @property
    @abstractmethod
    def title(self) -> str:
        """What it is, in one line."""

    @abstractmethod
    def facts(self) -> Mapping[str, Any]:
        """What a reader must know of it, by name."""

    @abstractmethod
    def shown(self) -> pd.DataFrame:
        """The table that stands for it."""

    def __repr__(self) -> str:
        lines = [f"<{self.title}>", *(f"  {name}: {value}" for name, value in self.facts().items())]
        table = self.shown()
        if len(table):
            text = table.head(_ROWS).to_string(float_format="{:.4g}".format, na_rep="-", index=_named(table))
            lines += ["", text]
        if len(table) > _ROWS:
            lines.append(f"... {len(table) - _ROWS} more rows")
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        facts = "".join(
            f"<tr><th>{escape(str(name))}</th><td>{escape(str(value))}</td></tr>"
            for name, value in self.facts().items()
        )
        table = self.shown()
        html = table.head(_HTML_ROWS).to_html(
            float_format="{:.4g}".format, na_rep="-", index=_named(table), border=0, escape=True
        )
        more = f"<p>{len(table) - _HTML_ROWS} more rows</p>" if len(table) > _HTML_ROWS else ""
        return f"<div><strong>{escape(self.title)}</strong><table>{facts}</table>{html}{more}</div>"


def _named(table: pd.DataFrame) -> bool:
    """Whether the index says anything."""
    return any(name is not None for name in table.index.names)
