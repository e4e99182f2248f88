"""The docs as text: pages, blocks of code with what stands before them, links and headings."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from folders import ROOT

DOCS = ROOT / "docs"
_BLOCK = re.compile(
    r"(?:^<!-- (?P<mark>[^\n]+?) -->\n)?^(?P<indent> *)```(?P<language>\w*)\n(?P<text>.*?)^(?P=indent)```",
    re.M | re.S,
)


@dataclass(frozen=True)
class Block:
    """A block of code in a page, with the comment right before it, such as ``run``."""

    page: Path
    line: int
    language: str
    text: str
    mark: str = ""

    @property
    def where(self) -> str:
        """Page and line, for the name of a test."""
        return f"{self.page.relative_to(ROOT).as_posix()}:{self.line}"


def pages() -> list[Path]:
    """All pages of the repository that are written for readers."""
    examples = [file for file in (ROOT / "examples").rglob("*.md") if ".pytest_cache" not in file.parts]
    return [*sorted(ROOT.glob("*.md")), *sorted(DOCS.rglob("*.md")), *sorted(examples)]


def blocks(page: Path) -> Iterator[Block]:
    """Blocks of code of a page."""
    content = page.read_text(encoding="utf-8")
    for match in _BLOCK.finditer(content):
        line = content.count("\n", 0, match.start("language")) + 1
        yield Block(page, line, match["language"], match["text"], match["mark"] or "")


def prose(content: str) -> str:
    """A page without its blocks of code."""
    return _BLOCK.sub("", content)


def anchors(content: str) -> set[str]:
    """Names that a link may end in: its headings as both GitHub and MkDocs write them."""
    headings = re.findall(r"^#+ (.+)$", prose(content), re.M)
    return {_slug(heading) for heading in headings} | {_slug(heading, twice=True) for heading in headings}


def _slug(heading: str, *, twice: bool = False) -> str:
    plain = re.sub(r"[^\w\s-]", "", re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading)).strip().lower()
    return plain.replace(" ", "-") if twice else re.sub(r"[-\s]+", "-", plain)
