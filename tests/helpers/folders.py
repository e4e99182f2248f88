"""Folders that tests read from."""

from pathlib import Path

ROOT = Path(__file__).parents[2]
HELPERS = ROOT / "tests" / "helpers"
PLUGINS = ROOT / "tests" / "plugins"
TOY = PLUGINS / "toy.py"
SHARED_DATA = ROOT.parent / "shared" / "data"
