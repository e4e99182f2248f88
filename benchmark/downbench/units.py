"""What units mean, in every spelling that files have; those of rain are a rate, an amount or reflectivity.

Pint reads spellings with the registry of cf_xarray, which knows those of UDUNITS; habits that it does not
know are put into its words before. The few that the suite itself writes are known without it, since it takes
a second to load.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal

from downbench.errors import UserError

_OWN = {"mm/h": 1.0, "mm h-1": 1.0, "mm/day": 1 / 24, "kg m-2 s-1": 3600.0, "m s-1": 3.6e6}  # to mm/h
_KEYS = ("units", "unit", "grib_units", "unit_of_measure")  # in any letters
_WATER = "1000 kg m-3"  # a kilogram of water per square metre is a millimetre
_LARGEST = 3.7e6  # mm/h: metres a second. What is larger is a slip, such as Mm for mm
_HOURS_OF_MONTH = 730.485  # a twelfth of a year
_OF_MONTHS = re.compile(r"\b(month|dekad|pentad)", re.I)  # of which each has its own length
_SAYINGS = re.compile(
    r"\(?\b(of |liquid )?"
    r"(water[ _-]equivalent|water|rain(?:fall)?|precip(?:itation)?|liquid|lwe|w\.?e\.?|h2o"
    r"|accumulat(?:ed|ion)|total)\b\.?\)?"
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


@lru_cache(maxsize=256)
def _quantity(units: str) -> Any:
    """The quantity of pint that a text spells, or None where pint cannot read it."""
    from cf_xarray.units import units as registry

    try:
        return registry.Quantity(units or "1")
    except Exception:  # pint raises its own, and those of Python's tokenizer
        return None


def unit_factor(units: str, target: str) -> float | None:
    """Factor from ``units`` to ``target``, or None where one cannot be converted to the other."""
    one, other = _quantity(units), _quantity(target)
    if one is None or other is None or not one.is_compatible_with(other):
        return None
    return float(one.to(other.units).magnitude) / float(other.magnitude)


def same_units(one: str, other: str) -> bool:
    """Whether two spellings of units mean the same (``m/s``, ``m s**-1``); an empty one fits everything."""
    first, second = one.strip(), other.strip()
    if not first or not second or first == second:
        return True
    a, b = _quantity(first), _quantity(second)
    return a is not None and b is not None and bool(a.units == b.units and a.magnitude == b.magnitude)


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


def same_rain_units(one: str, other: str) -> bool:
    """Whether two spellings of units of rain mean the same; what nobody can read does so to the letter."""
    try:
        return one == other or read_units(one, "") == read_units(other, "")
    except UserError:
        return False


def read_units(text: str, where: str, say: Callable[[str], str] = "write {}".format) -> Units:
    """Tell what units of precipitation mean.

    Args:
        text: as a file spells them.
        where: they stand, for the message.
        say: how somebody says other units, for the hint.

    Raises:
        UserError: none, or units of something else, or with two readings.
    """
    plain = " ".join(text.split())
    if plain in _OWN:
        return Units("rate", _OWN[plain])
    if plain.lower().replace(" ", "") in ("dbz", "db", "10*log10(z)"):
        return Units("reflectivity")
    if (several := _SEVERAL.match(plain)) and int(several[2]) > 1:
        what, number, unit = several.groups()
        raise UserError(
            f"{where}: the units {text!r} have two readings",
            f"{what} in {number} {unit}: {say(f'{what}/({number} {unit})')}; "
            f"or {number} {what} in one: {say(f'{number} {what}/{unit}')}",
        )
    for spelling in _spellings(plain):
        if (meaning := _meaning(spelling)) is not None:
            return meaning
    said = f"{text!r} is not a unit of precipitation" if plain else "the units are not said"
    raise UserError(
        f"{where}: {said}", f"if it is precipitation, say its units: {say('mm/h')} (or mm, kg m-2 s-1)"
    )


def to_mm_per_hour(units: str, where: str) -> float:
    """Factor from ``units`` to mm/h.

    Args:
        units: a rate: length or mass per area, over time.
        where: they stand, for the message.

    Raises:
        UserError: units that cannot be read, or are not a rate of precipitation.
    """
    meaning = read_units(units, where)
    if meaning.kind == "rate":
        return meaning.factor
    if meaning.kind == "reflectivity":
        raise UserError(f"{where}: {units!r} is reflectivity, not a rate", "make rain of it first, in mm/h")
    raise UserError(
        f"{where}: {units!r} is an amount of precipitation, not a rate",
        f"divide it by the length of each {meaning.per or 'time step'}, and give it units such as 'mm h-1'",
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
