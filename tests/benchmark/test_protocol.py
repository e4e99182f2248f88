"""The protocol's constants against its page."""

from __future__ import annotations

from pathlib import Path

from downbench import protocol
from downbench.plugins.registry import Registry


def test_the_page_is_of_this_version_and_names_the_controls(root: Path) -> None:
    page = (root / "docs" / "results" / "protocol.md").read_text(encoding="utf-8")
    assert page.startswith(f"# The evaluation protocol, version {protocol.VERSION}\n")
    section = page.split("## Controls")[1].split("\n## ")[0]
    assert [name for name in protocol.CONTROLS if f"`{name}`" not in section] == []


def test_every_control_is_a_built_in() -> None:
    registry = Registry(builtins_only=True)
    for name in protocol.CONTROLS:
        assert registry.find("method", name).distribution == "downbench"
