"""Parameters of methods and datasets, as Python has them and as the command line has them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any


def setting_texts(settings: Mapping[str, Any] | None) -> list[str]:
    """``{"files.factor": 4}`` as ``["files.factor=4"]``; a text stays a text, whatever YAML makes of it."""
    return [f"{key}={json.dumps(value)}" for key, value in (settings or {}).items()]
