"""What MkDocs calls: pages that are made of the code join those that are written, in the navigation too."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import links
import made
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the made pages, and list them wherever the navigation names their folder."""
    written = {file.src_uri for file in files.documentation_pages()}
    pages = made.pages()
    for uri, make in pages.items():
        files.append(File.generated(config, uri, content=make()))
    config.nav = filled(config.nav or [], sorted({*written, *pages}))
    return files


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Lead links that leave the folder of docs to the pages that show the same on the site."""
    return links.led_inside(markdown, page.file.src_uri)


def on_post_build(config: MkDocsConfig) -> None:
    """Leave the index of the search as a script too, which pages ask for when they are opened from a disk."""
    index = Path(config.site_dir, "search", "search_index.json")
    if index.is_file():
        script = f"var __index = {index.read_text(encoding='utf-8')}"
        index.with_suffix(".js").write_text(script, encoding="utf-8")


def filled(nav: Any, uris: list[str]) -> Any:
    """The navigation with each folder (``folder/``) replaced by its pages, its index first."""
    if isinstance(nav, list):
        items = [filled(item, uris) for item in nav]
        return [one for item in items for one in (item if isinstance(item, list) else [item])]
    if isinstance(nav, dict):
        return {title: filled(item, uris) for title, item in nav.items()}
    if not nav.endswith("/"):
        return nav
    inside = [uri for uri in uris if uri.startswith(nav)]
    return sorted(inside, key=lambda uri: (not uri.endswith("/index.md"), uri))
