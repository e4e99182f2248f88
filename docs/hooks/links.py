"""Links between files of the repository, as they lead between pages of the site."""

from __future__ import annotations

import posixpath
import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
SHOWN = {  # files of the root that are pages of the site too
    "CHANGELOG.md": "changelog.md",
    "CODE_OF_CONDUCT.md": "conduct.md",
    "CONTRIBUTING.md": "contributing.md",
    "SECURITY.md": "security.md",
}
LINK = re.compile(r"(?<!\!)(\[[^\]]*\]\()([^)\s#]+)(#[^)\s]*)?(\))")


def shown_at(path: str) -> str | None:
    """The page that shows a file or folder of the repository, if any; both are paths from their roots."""
    if path.startswith("docs/notebooks/"):
        return path.removeprefix("docs/").replace(".ipynb", ".md")
    if path.startswith("docs/"):
        return path.removeprefix("docs/")
    if path in SHOWN:
        return SHOWN[path]
    folder, _, name = path.rstrip("/").partition("/")
    if folder == "examples" and name:
        return f"reference/examples/{name.split('/')[0].removesuffix('.yaml')}.md"
    return None


def led_inside(markdown: str, page: str, source: str = "") -> str:
    """Text whose links out of the folder of docs lead to the pages that show the same.

    Args:
        markdown: text of a page.
        page: path of the page on the site.
        source: file that the text stands in, from the root, where it is not ``docs/`` and the page.
    """
    home = posixpath.dirname(source or f"docs/{page}")

    def replaced(link: re.Match[str]) -> str:
        text, target, anchor, end = link.group(1), link.group(2), link.group(3) or "", link.group(4)
        if "://" in target or target.startswith("mailto:"):
            return link.group()
        path = posixpath.normpath(posixpath.join(home, target))
        shown = shown_at(path)
        if shown is None or (path == f"docs/{shown}" and not source):
            return link.group()
        return f"{text}{posixpath.relpath(shown, posixpath.dirname(page) or '.')}{anchor}{end}"

    return LINK.sub(replaced, markdown)
