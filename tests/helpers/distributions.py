"""Third-party distributions that are made for a test: a module with the metadata of an installed package."""

from __future__ import annotations

import textwrap
from pathlib import Path


def make_distribution(folder: Path, name: str, module: str, source: str) -> None:
    """Write an importable module with the metadata of an installed distribution."""
    (folder / f"{module}.py").write_text(textwrap.dedent(source))
    info = folder / f"{name.replace('-', '_')}-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(f"[downbench]\n{module} = {module}\n")
