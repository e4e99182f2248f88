"""What data are called in sentences: a file by its own name, as people write it."""

from __future__ import annotations

import re
from datetime import datetime

_SPELT = {  # names that people write in capitals
    name.lower(): name
    for name in (
        *("MRMS", "QPE", "IMERG", "GPM", "TRMM", "KNMI", "FMI", "DWD", "RADOLAN", "OPERA", "HadUK", "CMORPH"),
        *("AROME", "ERA5", "CHIRPS", "PERSIANN", "CONUS", "CORDEX", "CMIP6", "CPC", "WRF", "HRRR", "GFS"),
        *("UK", "US", "USA", "EU"),
    )
}
_UNITS = {"deg": "°", **{unit: f" {unit}" for unit in ("km", "m", "h", "min", "d", "day", "s", "mm")}}
_AMOUNT = re.compile(rf"(\d+(?:p\d+)?)({'|'.join(_UNITS)})")
_YEAR = re.compile(r"(?:1[89]|20)\d\d")


def file_title(name: str) -> str:
    """A file's name in words: ``mrms_qpe_201609_4km_1h`` is “MRMS QPE 2016-09 4 km 1 h”.

    Args:
        name: without its ending.
    """
    words: list[str] = []
    for part in name.split("_"):
        if words and _YEAR.fullmatch(part) and _YEAR.fullmatch(words[-1]):
            words[-1] += f" to {part}"
        elif part:
            words.append(_word(part))
    text = " ".join(words)
    return text[:1].upper() + text[1:]


def _word(part: str) -> str:
    amount = _AMOUNT.fullmatch(part)
    if amount:
        return amount[1].replace("p", ".") + _UNITS[amount[2]]
    return _SPELT.get(part.lower()) or _date(part) or part


def _date(part: str) -> str:
    """A day or a month as ISO 8601 writes it; empty where it is none."""
    shapes = {8: ("%Y%m%d", "%Y-%m-%d"), 6: ("%Y%m", "%Y-%m")}
    if len(part) not in shapes or not part.isdigit() or not _YEAR.match(part):
        return ""
    read, written = shapes[len(part)]
    try:
        return datetime.strptime(part, read).strftime(written)
    except ValueError:
        return ""
