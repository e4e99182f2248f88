"""What tests of the docs share."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping
from importlib import import_module
from types import ModuleType

import pytest
from docs_text import DOCS


class Made(Mapping[str, str]):
    """Pages that are made of the code; each is made when it is read, and once."""

    def __init__(self, makers: dict[str, Callable[[], str]]) -> None:
        self._makers = makers
        self._text: dict[str, str] = {}

    def __getitem__(self, uri: str) -> str:
        if uri not in self._text:
            self._text[uri] = self._makers[uri]()
        return self._text[uri]

    def __contains__(self, uri: object) -> bool:
        return uri in self._makers

    def __iter__(self) -> Iterator[str]:
        return iter(self._makers)

    def __len__(self) -> int:
        return len(self._makers)


@pytest.fixture(scope="session")
def docs_hooks() -> Iterator[Callable[[str], ModuleType]]:
    """Modules of docs/hooks by name, as MkDocs imports them."""
    for needed in ("mkdocs", "griffe"):
        pytest.importorskip(needed)
    sys.path.insert(0, str(DOCS / "hooks"))
    yield import_module
    sys.path.remove(str(DOCS / "hooks"))


@pytest.fixture(scope="session")
def made(docs_hooks: Callable[[str], ModuleType]) -> Made:
    """All pages that are made of the code."""
    return Made(docs_hooks("made").pages())
