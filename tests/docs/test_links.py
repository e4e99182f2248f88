"""Links of the docs lead somewhere, and every page is in the navigation."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Mapping
from pathlib import Path

import pytest
import yaml
from docs_text import DOCS, anchors, pages, prose
from folders import ROOT

LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
MENTION = re.compile(r"(?<![\w/.])docs/[\w/-]+\.md")
SOURCE = re.compile(r"`(?:python )?([\w/-]+\.py)\b")
SOURCES = ("benchmark", "datasets", "docs", "examples", "leaderboard", "methods", "metrics", "tests")
SITE = yaml.safe_load((ROOT / "mkdocs.yml").read_text(encoding="utf-8"))


def local_links(content: str) -> list[str]:
    return [link for link in LINK.findall(prose(content)) if not re.match(r"\w+:", link)]


@pytest.mark.parametrize("page", pages(), ids=lambda page: page.relative_to(ROOT).as_posix())
def test_a_link_leads_to_a_file_and_heading(page: Path, made: Mapping[str, str]) -> None:
    broken = []
    for link in local_links(page.read_text(encoding="utf-8")):
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        uri = target.relative_to(DOCS).as_posix() if target.is_relative_to(DOCS) else ""
        if uri in made:
            content = made[uri]
        elif target.is_file():
            content = target.read_text(encoding="utf-8") if target.suffix == ".md" else ""
        else:
            content = None if not target.is_dir() else ""
        if content is None or (anchor and target.suffix == ".md" and anchor not in anchors(content)):
            broken.append(link)
    assert broken == []


def test_links_of_made_pages_lead_somewhere(made: Mapping[str, str]) -> None:
    """Of all pages but those of most methods, whose networks would have to be built for their sizes."""
    methods = {f"reference/methods/{name}.md" for name in ("index", "ofdiff", "bcsd")}
    broken = []
    for uri in made:
        if uri.startswith("reference/methods/") and uri not in methods:
            continue
        for link in local_links(made[uri]):
            path = posixpath.normpath(posixpath.join(posixpath.dirname(uri), link.partition("#")[0]))
            if path not in made and not (DOCS / path).is_file():
                broken.append((uri, link))
    assert broken == []


def test_the_readme_links_only_to_pages_that_are_written() -> None:
    """What is made stands on the site alone: a reader of the repository would find nothing."""
    links = local_links((ROOT / "README.md").read_text(encoding="utf-8"))
    assert [link for link in links if not (ROOT / link.partition("#")[0]).exists()] == []


def test_no_page_is_an_orphan(docs_hooks, made: Mapping[str, str]) -> None:
    written = {file.relative_to(DOCS).as_posix() for file in DOCS.rglob("*.md")}
    nav = docs_hooks("pages").filled(SITE["nav"], sorted({*written, *made}))
    listed = set(_leaves(nav))
    assert len(listed) == len(_leaves(nav)), "a page stands twice"
    assert sorted({*written, *made} - listed) == [], "these stand nowhere in mkdocs.yml"
    assert sorted(listed - {*written, *made}) == [], "mkdocs.yml names these, which are not there"


def test_pages_that_texts_name_are_there() -> None:
    """By their path; sources of methods may name the page alone, since an edit ages what they fitted."""
    names = {page.name for page in DOCS.rglob("*.md")}
    missing = []
    for folder in ("benchmark", "datasets", "leaderboard", "methods", "metrics", "examples", "."):
        for file in (ROOT / folder).glob("*" if folder == "." else "**/*"):
            if file.suffix not in (".py", ".md", ".toml", ".yaml") and file.name != "Makefile":
                continue
            for path in MENTION.findall(file.read_text(encoding="utf-8")):
                alone = folder == "methods" and path.rpartition("/")[2] in names
                if not alone and not (ROOT / path).is_file():
                    missing.append((file.relative_to(ROOT).as_posix(), path))
    assert missing == []


def test_sources_that_pages_name_are_there() -> None:
    """By a path that ends as that of a file here does, or by a name that the page has its reader write."""
    files = {
        f"/{path.relative_to(ROOT).as_posix()}" for top in SOURCES for path in (ROOT / top).rglob("*.py")
    }
    missing = []
    for page in pages():
        if page.name == "CHANGELOG.md":  # speaks of the past
            continue
        text = page.read_text(encoding="utf-8")
        written = set(re.findall(r"^<!-- file: (\S+) -->$", text, re.M))
        for path in set(SOURCE.findall(text)) - written:
            if "downbench_my_" not in path and not any(file.endswith(f"/{path}") for file in files):
                missing.append((page.name, path))
    assert missing == []


def test_every_drawing_and_picture_is_shown() -> None:
    shown = "".join(page.read_text(encoding="utf-8") for page in pages())
    images = [*(DOCS / "drawings").iterdir(), *(DOCS / "pictures").iterdir()]
    assert [one.name for one in images if f"{one.parent.name}/{one.name}" not in shown] == []


@pytest.mark.parametrize("page", pages(), ids=lambda page: page.relative_to(ROOT).as_posix())
def test_an_image_is_there_and_says_what_it_shows(page: Path) -> None:
    for words, file in re.findall(r"!\[([^\]]*)\]\(([^)\s]+)\)", page.read_text(encoding="utf-8")):
        assert words, file
        assert (page.parent / file).is_file(), file


def _leaves(nav: object) -> list[str]:
    if isinstance(nav, str):
        return [nav]
    items = nav.values() if isinstance(nav, dict) else nav
    return [leaf for item in items for leaf in _leaves(item)]
