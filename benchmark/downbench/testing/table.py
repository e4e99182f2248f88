"""The table of all checks, as the docs have it."""

from __future__ import annotations

from typing import Any

from downbench.testing.check import Check
from downbench.testing.datasets.checks import DATASET_CHECKS
from downbench.testing.methods.checks import METHOD_CHECKS
from downbench.testing.metrics.checks import METRIC_CHECKS


def checks_table() -> str:
    """Markdown: for methods, metrics and datasets, each check with its meaning and what to do."""
    kinds: dict[str, tuple[Check[Any], ...]] = {
        "methods": METHOD_CHECKS,
        "metrics": METRIC_CHECKS,
        "datasets": DATASET_CHECKS,
    }
    return "\n\n".join(_table(kind, checks) for kind, checks in kinds.items())


def _table(kind: str, checks: tuple[Check[Any], ...]) -> str:
    rows = [f"| `{one.name}` | {_cell(one.meaning)} | {_cell(one.hint)} |" for one in checks]
    return "\n".join(
        [f"### Checks of {kind}", "", "| check | what holds | if it fails |", "|---|---|---|", *rows]
    )


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


if __name__ == "__main__":
    print(checks_table())
