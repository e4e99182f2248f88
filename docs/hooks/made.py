"""All pages that are made of the code. Nothing of them is committed."""

from __future__ import annotations

from functools import cache, partial

import api
import commands
import entries
import links
import md
import notebooks

import examples
from downbench.plugins.session import configure


@cache
def pages() -> md.Makers:
    """Path of each made page to what makes it; only what is built in is shown, whatever is installed."""
    configure(builtins_only=True)
    try:
        return {
            **root_pages(),
            **commands.pages(),
            **entries.pages(),
            **api.pages(),
            **examples.pages(),
            **notebooks.pages(),
        }
    finally:
        configure()


def root_pages() -> md.Makers:
    """Files of the root that belong on the site."""
    return {
        page: partial(_root_page, name, page)
        for name, page in links.SHOWN.items()
        if (links.ROOT / name).is_file()
    }


def _root_page(name: str, page: str) -> str:
    return links.led_inside((links.ROOT / name).read_text(encoding="utf-8"), page, name)
