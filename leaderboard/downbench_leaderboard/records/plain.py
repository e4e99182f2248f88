"""Values of anybody's JSON that a page can be written with: finite, printable, not nested without end."""

from __future__ import annotations

import json
import math
from typing import Any

DEEPEST = 60  # levels of lists and objects


def finite(value: Any) -> Any:
    """Replace, at any depth, NaN and infinities by None: JSON does not have them."""
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, dict):
        return {str(key): finite(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [finite(item) for item in value]
    return value


def printable(value: Any) -> Any:
    """Replace, at any depth, what a page cannot be written with: halves of surrogate pairs.

    Raises:
        ValueError: nested more deeply than any run is.
    """
    if depth_of(value) > DEEPEST:
        raise ValueError("run.json is nested too deeply")
    try:
        json.dumps(value, ensure_ascii=False).encode("utf-8")
    except (UnicodeEncodeError, TypeError):
        return _printable(value)
    return value


def depth_of(value: Any) -> int:
    """Levels of lists and objects, counted no further than what is too deep."""
    levels, here = 0, [value]
    while here and levels <= DEEPEST:
        nested = [item for item in here if isinstance(item, dict | list)]
        here = [i for item in nested for i in (item.values() if isinstance(item, dict) else item)]
        levels += bool(nested)
    return levels


def _printable(value: Any) -> Any:
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode("utf-8")
    if isinstance(value, dict):
        return {_printable(key): _printable(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_printable(item) for item in value]
    return value
