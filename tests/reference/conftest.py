"""Modules that stand beside the package of references, and not in it."""

from __future__ import annotations

import sys
from collections.abc import Iterator

import pytest
from folders import ROOT

SCRIPTS = [str(ROOT / "leaderboard" / "reference" / name) for name in ("repeat", "verify")]


@pytest.fixture(scope="session", autouse=True)
def _beside() -> Iterator[None]:
    """They import each other by name, as where the command runs them."""
    sys.path[:0] = SCRIPTS
    yield
    for folder in SCRIPTS:
        sys.path.remove(folder)
