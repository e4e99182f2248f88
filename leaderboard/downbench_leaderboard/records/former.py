"""What a former site has of runs and methods that are what they were: their pages."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Iterable
from functools import cache
from pathlib import Path

import downbench
from downbench import digest_json

LIST = "results.json"


class FormerSite:
    """A site that stands where a new one will.

    Args:
        folder: of the site; it need not be there.
    """

    def __init__(self, folder: Path) -> None:
        self._folder, self._keys = folder, _keys_of(folder)

    def has(self, key: str, page: str, *more: str) -> bool:
        """Whether a page of it is what it would be now, and stands there with ``more`` that belongs to it."""
        files = [self._folder / name for name in (page, *more)]
        return self._keys.get(page) == key and all(f.is_file() and not f.is_symlink() for f in files)

    def hand_on(self, names: Iterable[str], folder: Path) -> None:
        """Put its files, with their times, into a new site: links to them where the disk has links.

        Raises:
            OSError: of the disk.
        """
        for name in names:
            try:
                os.link(self._folder / name, folder / name)
            except OSError:
                shutil.copy2(self._folder / name, folder / name)


def record_of(page: str) -> str:
    """Address of the record whose page this is."""
    return page.removesuffix(".html") + ".json"


def key_of(*parts: object) -> str:
    """A key of what was made of some content by the code of this package: another code, another key."""
    return digest_json([_code(), *parts])


def _keys_of(folder: Path) -> dict[str, str]:
    try:
        content = json.loads((folder / LIST).read_text(encoding="utf-8"))
        return {one["page"]: one["key"] for one in (*content["runs"], *content["methods"])}
    except (OSError, ValueError, KeyError, TypeError):  # none is there, or one of another version
        return {}


@cache
def _code() -> str:
    """SHA-256 of all that pages are made with, data of plug-ins apart."""
    root = Path(__file__).parents[1]
    digest = hashlib.sha256(downbench.__version__.encode())
    for path in sorted(p for p in root.rglob("*") if p.is_file() and p.suffix != ".pyc"):
        digest.update(path.relative_to(root).as_posix().encode() + path.read_bytes())
    return digest.hexdigest()
