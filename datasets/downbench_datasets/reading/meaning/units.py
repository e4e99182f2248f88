"""What units of precipitation mean: a rate, an amount, or reflectivity; in every spelling that files have."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from downbench import UserError, unit_factor
from downbench_datasets.reading.settings import option

_KEYS = ("units", "unit", "grib_units", "unit_of_measure")  # in any letters
_WATER = "1000 kg m-3"  # a kilogram of water per square metre is a millimetre
_LARGEST = 3.7e6  # mm/h: metres a second. What is larger is a slip, such as Mm for mm
_HOURS_OF_MONTH = 730.485  # a twelfth of a year
_OF_MONTHS = re.compile(r"\b(month|dekad|pentad)", re.I)  # of which each has its own length
_SAYINGS = re.compile(
    r"\(?\b(of |liquid )?"
    r"(water[ _-]equivalent|water|liquid|lwe|w\.?e\.?|h2o|accumulat(?:ed|ion)|total)\b\.?\)?"
    r"|[\[\]]|\bof\b",
    re.I,
)
_MINUS = str.maketrans("\u2212\u2013\u2010\u2011", "----")  # as typesetting has them
_BRACES = re.compile(r"[{}]")  # of LaTeX, and of m{-2}
_PARTS = {"tenth": 0.1, "hundredth": 0.01, "thousandth": 0.001}
_PART = re.compile(r"^(?:(tenth|hundredth|thousandth)s?(?: of)?|1/(10+))\s+(?=[a-z])", re.I)
_WORDS = {"mon": "month", "months": "month", "dy": "day", "dys": "day", "hrs": "hour", "mins": "min"}
_REWRITES = (
    # 3h, 6 hr, 24h after a slash or "per": mm/3h is mm in three hours
    (re.compile(r"(?:/|\bper\b)\s*(\d+(?:\.\d+)?)\s*([A-Za-z]+)\s*$"), r"/(\1 \2)"),
    # (3h)-1, (6 hr)^-1, (day)**-1
    (re.compile(r"\(\s*([^()]+?)\s*\)\s*(?:\^|\*\*)?\s*-\s*1\s*$"), r"/(\1)"),
    (re.compile(r"\bmm(h|hr|d|s)-1$"), r"mm \1-1"),
    (re.compile(r"^kgm(?=-2|\*\*-2|\^-2)"), "kg m"),
    (re.compile(r"^(kg\s*/\s*m\^?2)\s*s$"), ""),  # kg/m2s has two readings
)
_SEVERAL = re.compile(r"^(\S.*?)\s+(\d+)\s*(s|min|mins|h|hr|hour|d|day)\s*(?:\^|\*\*)?-1$")


@dataclass(frozen=True)
class Units:
    """What units mean.

    Args:
        kind: of quantity.
        factor: to mm/h of a rate, to mm of an amount; of reflectivity 1, in dBZ.
        per: ``month``, ``dekad`` or ``pentad`` of an amount of that part of the calendar, each of which has
            a length of its own; else empty.
    """

    kind: Literal["rate", "amount", "reflectivity"]
    factor: float = 1.0
    per: str = ""


def said_units(attrs: Mapping[Any, Any]) -> str:
    """Units that attributes name, under CF's name or one that products use; empty where none does."""
    said = {str(key).lower(): text for key, text in attrs.items() if isinstance(text, str) and text.strip()}
    return next((said[key] for key in _KEYS if key in said), "")


def read_units(text: str, where: str) -> Units:
    """Tell what units mean.

    Args:
        text: as a file spells them.
        where: they stand, for the message.

    Raises:
        UserError: none, or units of something else, or with two readings.
    """
    plain = " ".join(text.split())
    if plain.lower().replace(" ", "") in ("dbz", "db", "10*log10(z)"):
        return Units("reflectivity")
    if (several := _SEVERAL.match(plain)) and int(several[2]) > 1:
        what, number, unit = several.groups()
        raise UserError(
            f"{where}: the units {text!r} have two readings",
            f"{what} in {number} {unit}: {option('units', f'{what}/({number} {unit})')}; "
            f"or {number} {what} in one: {option('units', f'{number} {what}/{unit}')}",
        )
    for spelling in _spellings(plain):
        if (meaning := _meaning(spelling)) is not None:
            return meaning
    said = f"{text!r} is not a unit of precipitation" if plain else "the units are not said"
    raise UserError(
        f"{where}: {said}",
        f"if it is precipitation, say its units: {option('units', 'mm/h')} (or mm, kg m-2 s-1)",
    )


def _spellings(text: str) -> list[str]:
    """The text, then what it may be meant as: without remarks, rewritten, in small letters."""
    bare = _PART.sub(_part, _BRACES.sub("", text.translate(_MINUS)))
    bare = " ".join(_SAYINGS.sub(" ", bare).split())
    bare = " ".join(_WORDS.get(word.lower(), word) for word in bare.split())
    bare = re.sub(r"(?<=/)\s*([A-Za-z]+)", lambda m: _WORDS.get(m[1].lower(), m[1]), bare)
    bare = re.sub(r"\b(mon|dy|hrs)-1\b", lambda m: f"{_WORDS[m[1]]}-1", bare)
    rewritten = bare
    for pattern, new in _REWRITES:
        rewritten = pattern.sub(new, rewritten)
    return list(dict.fromkeys([rewritten, rewritten.lower()]))


def _part(match: re.Match[str]) -> str:
    """A number for tenths of a unit, or 1/10 of it."""
    return f"{_PARTS[match[1].lower()] if match[1] else 1 / int(match[2]):g} "


def _meaning(text: str) -> Units | None:
    if not text:
        return None
    part = _OF_MONTHS.search(text)
    plain = _OF_MONTHS.sub("month", text)
    rate = unit_factor(plain, "mm hour-1") or unit_factor(f"({plain}) / ({_WATER})", "mm hour-1")
    if rate is not None and math.isfinite(rate) and 0 < rate < _LARGEST:
        return Units("amount", rate * _HOURS_OF_MONTH, part[1].lower()) if part else Units("rate", rate)
    amount = unit_factor(text, "mm") or unit_factor(f"({text}) / ({_WATER})", "mm")
    if amount is not None and math.isfinite(amount) and 0 < amount <= 1e3:
        return Units("amount", amount)
    return None
