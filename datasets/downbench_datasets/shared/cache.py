"""The user's cache folder: a convenience that nothing depends on."""

from __future__ import annotations

import os
from pathlib import Path


def cache_folder() -> Path:
    """``$DOWNBENCH_CACHE``, else ``downbench`` in the user's cache folder."""
    if chosen := os.environ.get("DOWNBENCH_CACHE"):
        return Path(chosen)
    base = os.environ.get("XDG_CACHE_HOME")
    return (Path(base) if base else Path.home() / ".cache") / "downbench"
