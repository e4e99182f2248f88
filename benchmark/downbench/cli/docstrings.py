"""What a user reads of a docstring."""

from __future__ import annotations

import inspect
import re
from typing import Any

_SECTIONS = re.compile(r"^(Args|Returns|Raises|Yields|Attributes):", re.MULTILINE)


def help_text(documented: Any) -> str:
    """The docstring of a function or class up to its sections for programmers, without Sphinx's roles."""
    text = _SECTIONS.split(inspect.cleandoc(documented.__doc__ or ""))[0].strip()
    return re.sub(r":\w+:`~?([^`]*)`", r"\1", text).replace("``", "`")
