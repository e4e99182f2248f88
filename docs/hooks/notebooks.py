"""A page for each notebook of the docs: its cells, and what they showed when it was executed."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

import links
import md

FOLDER = links.ROOT / "docs" / "notebooks"


def pages() -> md.Makers:
    """A page a notebook."""
    return {f"notebooks/{file.stem}.md": partial(_page, file) for file in sorted(FOLDER.glob("*.ipynb"))}


def _page(file: Path) -> str:
    notebook = json.loads(file.read_text(encoding="utf-8"))
    return md.page(*(part for cell in notebook["cells"] for part in _cell(cell)))


def _cell(cell: Mapping[str, Any]) -> list[str]:
    source = "".join(cell["source"])
    if cell["cell_type"] != "code":
        return [source]
    return [md.fence(source, "python"), *(_output(output) for output in cell["outputs"])]


def _output(output: Mapping[str, Any]) -> str:
    """A picture where there is one, else a table of pandas, else text."""
    if "text" in output:
        return md.fence("".join(output["text"]), "text")
    shown = {
        kind: "".join(value) for kind, value in output.get("data", {}).items() if kind != "image/svg+xml"
    }
    if "image/png" in shown:
        return f"![What this cell draws](data:image/png;base64,{''.join(shown['image/png'].split())})"
    if 'class="dataframe"' in shown.get("text/html", "") and "<script" not in shown["text/html"]:
        lines = [line for line in shown["text/html"].splitlines() if line.strip()]
        return "\n".join(["<div>", *lines, "</div>"])
    return md.fence(shown.get("text/plain", ""), "text")
