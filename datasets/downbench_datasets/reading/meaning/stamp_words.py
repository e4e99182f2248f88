"""Where in its interval a time stands, as attributes say it in words."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

_TEXTS = ("long_name", "description", "comment", "note", "notes", "definition")
_SPAN = (
    r"(?:interval|period|hour|day|month|year|step|time ?step|accumulation|averaging|aggregation|bin|window)s?"
)
_OF = rf"\s+of\s+(?:(?:the|each|every|its|an?|their)\s+)?(?:[\w-]+\s+)?{_SPAN}\b"
_NAMES = {
    "start": r"(?:begin|beginning|start)",
    "middle": r"(?:middle|mid|mid-?points?|centre|center)",
    "end": r"(?:end|ending)",
}
_OF_TIMES = {
    stamp: re.compile(rf"\b{name}{_OF}|\b{_SPAN}[ _-]{name}\b", re.I) for stamp, name in _NAMES.items()
}
_IN_THE = r"\b(?:over|in|during|for|of|within)\s+(?:the\s+)?"
_STRETCH = (
    r"\s+(?:[\d.]+\s*|one\s+)?(?:h|hrs?|d|min|minutes?|period|interval|hours?|days?|months?|time ?steps?)\b"
)
_OF_RAIN = {
    "end": re.compile(rf"{_IN_THE}(?:preceding|previous|past|prior|last){_STRETCH}", re.I),
    "start": re.compile(rf"{_IN_THE}(?:following|next|subsequent|coming){_STRETCH}", re.I),
}


def said_stamp(axis: Mapping[Any, Any], rain: Mapping[Any, Any]) -> str | None:
    """``start``, ``middle`` or ``end``, as a file has it in words; None where it has none, or several.

    Args:
        axis: attributes of the times (``time at the end of the averaging interval``).
        rain: attributes of the rain (``accumulated over the previous hour``).
    """
    of_times = " . ".join(str(axis[key]) for key in _TEXTS if key in axis)
    of_both = " . ".join([of_times, *(str(rain[key]) for key in _TEXTS if key in rain)])
    said = {stamp for stamp, pattern in _OF_TIMES.items() if pattern.search(of_times)}
    said |= {stamp for stamp, pattern in _OF_RAIN.items() if pattern.search(of_both)}
    return said.pop() if len(said) == 1 else None
