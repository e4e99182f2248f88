"""Folders that tests read from."""

from pathlib import Path

ROOT = Path(__file__).parents[2]
PLUGINS = ROOT / "tests" / "plugins"
TOY = PLUGINS / "toy.py"
SHARED_DATA = ROOT.parent / "shared" / "data"
