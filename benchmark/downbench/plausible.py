"""Is rain like the coarse rain that it belongs to, as it must be if units, rows and columns are right?"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

SUSPECT = 8.0  # no method that works, and no pair of records, is as far from the coarse rain as this
LIKE = ", as of "
_LIKE = {  # mean rain in these units, over that in mm/h
    1 / 3600: "kg m-2 s-1 in place of mm/h",
    1 / 3.6e6: "m s-1 in place of mm/h",
    24.0: "mm/day in place of mm/h",
    1 / 24: "mm/day divided by 24 once more",
    1 / 1000: "m/h in place of mm/h",
    3600.0: "mm/h multiplied by 3600 once more",
    86400.0: "kg m-2 s-1 that were multiplied by 86400, and mm/day in place of mm/h",
}
_AS_LIKE = 2.5  # how far from one of these a ratio may be
LEAST_CELLS = 30  # a pattern of fewer cells says nothing
CLEAR, BETTER = (
    0.7,
    0.25,
)  # correlation elsewhere, and the share of the variance that is left unexplained there
Fields = NDArray[Any]
Pair = tuple[Fields, Fields]


def unlike_in_amount(mean: float, reference: float, limit: float = SUSPECT) -> str:
    """What is the matter with mean rain beside that of its coarse input; empty where nothing is.

    Args:
        mean: of the rain in question.
        reference: of the coarse rain over the same cells and times, in the same units.
        limit: ratio beyond which, up or down, a mean is not plausible.
    """
    if not (math.isfinite(mean) and math.isfinite(reference)) or reference <= 0 or mean <= 0:
        return ""
    ratio = mean / reference
    if 1 / limit < ratio < limit:
        return ""
    nearest = min(_LIKE, key=lambda like: abs(math.log(ratio / like)))
    looks = f"{LIKE}{_LIKE[nearest]}" if 1 / _AS_LIKE < ratio / nearest < _AS_LIKE else ""
    size = f"{_rounded(ratio)} times" if ratio > 1 else f"a {_rounded(1 / ratio)}th of"
    return f"its mean rain is {size} the coarse rain{looks}"


def _rounded(number: float) -> str:
    """Two digits of a number above one, written out."""
    return f"{float(f'{number:.2g}'):,.0f}"


def unlike_in_place(rain: Fields, coarse: Fields) -> str:
    """Where rain would be like the coarse rain if it is not so as it stands; empty where it is.

    Args:
        rain: means over coarse cells, (time, Y, X); NaN where missing.
        coarse: of the same cells and times.
    """
    own = _correlation(rain, coarse)
    if own is None:
        return ""
    for text, (moved, other) in _elsewhere(rain, coarse):
        there = _correlation(moved, other)
        if there is not None and there > CLEAR and 1 - there**2 < BETTER * (1 - max(own, 0.0) ** 2):
            return f"{text}: its correlation with the coarse rain is {own:.2f}, and {there:.2f} otherwise"
    return ""


def _elsewhere(rain: Fields, coarse: Fields) -> Iterator[tuple[str, Pair]]:
    for text, turn in _TURNS.items():
        turned = turn(rain)
        if turned.shape == coarse.shape:
            yield text, (turned, coarse)
    for axis, (name, size) in enumerate(
        (("a frame", "in time"), ("a row", "along y"), ("a column", "along x"))
    ):
        if rain.shape[axis] < 3:
            continue
        first, last = _without(rain, axis, 0), _without(rain, axis, -1)
        yield f"it is shifted by {name} of the coarse input {size}", (first, _without(coarse, axis, -1))
        yield f"it is shifted by {name} of the coarse input {size}", (last, _without(coarse, axis, 0))


def _without(fields: Fields, axis: int, end: int) -> Fields:
    """Fields without their first (0) or last (-1) entry along an axis."""
    keep = slice(1, None) if end == 0 else slice(None, -1)
    return fields[(slice(None),) * axis + (keep,)]


_TURNS: dict[str, Callable[[Fields], Fields]] = {
    "rows and columns are swapped": lambda rain: rain.swapaxes(1, 2),
    "its rows run the other way (y is flipped)": lambda rain: rain[:, ::-1],
    "its columns run the other way (x is flipped)": lambda rain: rain[:, :, ::-1],
    "rows and columns both run the other way": lambda rain: rain[:, ::-1, ::-1],
    "it is turned by a quarter": lambda rain: np.rot90(rain, axes=(1, 2)),
    "it is turned by a quarter the other way": lambda rain: np.rot90(rain, -1, axes=(1, 2)),
    "rows and columns are swapped and run the other way": lambda rain: rain.swapaxes(1, 2)[:, ::-1, ::-1],
    "its frames run the other way": lambda rain: rain[::-1],
}


def _correlation(one: Fields, other: Fields) -> float | None:
    """Pearson's correlation over valid cells; None where there are few of them or one field is constant."""
    valid = np.isfinite(one) & np.isfinite(other)
    if valid.sum() < LEAST_CELLS:
        return None
    a, b = one[valid].astype(np.float64), other[valid].astype(np.float64)
    a, b = a - a.mean(), b - b.mean()
    spread = math.sqrt(float(a @ a) * float(b @ b))
    return float(a @ b) / spread if spread > 0 else None
