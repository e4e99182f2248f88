"""Modules of leaderboard/reference/repeat, which stand beside the package of references and not in it."""

from __future__ import annotations

import sys
from collections.abc import Iterator

import pytest
from folders import ROOT

REPEAT = ROOT / "leaderboard" / "reference" / "repeat"


@pytest.fixture(scope="session", autouse=True)
def _beside() -> Iterator[None]:
    """They import each other by name, as where the command runs them."""
    sys.path.insert(0, str(REPEAT))
    yield
    sys.path.remove(str(REPEAT))
