"""Kept predictions: how long they are kept."""

from __future__ import annotations

import shutil
from pathlib import Path

KEEP_BYTES = 2 * 2**30  # on disk; larger predictions are deleted once they are scored


def drop_large_predictions(predictions: Path) -> None:
    """Delete predictions that are too large to be kept; the model can give them again."""
    if predictions.is_dir():
        size = sum(file.stat().st_size for file in predictions.rglob("*") if file.is_file())
        if size > KEEP_BYTES:
            shutil.rmtree(predictions)
