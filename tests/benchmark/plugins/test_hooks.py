"""The plug-in API as docs/bring/plugins.md tells it."""

from __future__ import annotations

import inspect
import re
from pathlib import Path

from downbench.plugins import hooks


def documented(root: Path) -> dict[str, list[str]]:
    """Hook to its arguments, from the table in the docs."""
    text = (root / "docs" / "bring" / "plugins.md").read_text(encoding="utf-8")
    found = re.findall(r"^\| `(downbench_\w+)\(([^)]*)\)`", text, flags=re.MULTILINE)
    return {name: [part.strip() for part in arguments.split(",") if part] for name, arguments in found}


def test_every_hook_is_documented_with_its_arguments(root: Path) -> None:
    declared = {name: list(inspect.signature(getattr(hooks, name)).parameters) for name in hooks.NAMES}
    assert documented(root) == declared


def test_names_are_those_that_pluggy_specifies() -> None:
    marked = {name for name, value in vars(hooks).items() if hasattr(value, "downbench_spec")}
    assert set(hooks.NAMES) == marked
