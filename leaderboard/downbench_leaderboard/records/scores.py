"""The scores of a run: hundreds of numbers each, checked once and held as plain tuples."""

from __future__ import annotations

import math
from functools import cache
from operator import itemgetter
from sys import intern
from typing import Any, NamedTuple

from pydantic import TypeAdapter, ValidationError, model_validator

from downbench_leaderboard.records.fields import MOST, Count, Number, Part, Text, first_mistake


class Score(NamedTuple):
    """One number, in ``unit``: a metric's component in a region and season; or why there is none.

    A plain tuple, since thousands of runs have hundreds of them each.
    """

    metric: str
    component: str
    region: str
    season: str
    value: float | None
    low: float | None
    high: float | None
    unit: str
    n: float | None
    n_eff: float | None
    members: int | None
    reason: str
    reason_interval: str


class _ScoreCard(Part):
    metric: str
    component: Text
    region: str
    season: str
    value: Number
    low: Number = None
    high: Number = None
    unit: Text = ""
    n: Number = None
    n_eff: Number
    members: Count
    reason: str | None = None
    reason_interval: str | None = None

    @model_validator(mode="before")
    @classmethod
    def _name_what_is_not_finite(cls, data: Any) -> Any:
        value = data.get("value") if isinstance(data, dict) else None
        if isinstance(value, float) and not math.isfinite(value):
            return {**data, "value": None, "reason": data.get("reason") or f"the score came out as {value}"}
        return data


_SCORES = TypeAdapter(list[_ScoreCard])
_NONE: type = type(None)
_TEXT: set[type] = {str}
_MAYBE, _NUMBER, _COUNT = {str, _NONE}, {float, int, _NONE}, {int, _NONE}
_KINDS: tuple[set[type], ...] = (
    *[_TEXT] * 4,
    *[_NUMBER] * 3,
    _TEXT,
    _NUMBER,
    _NUMBER,
    _COUNT,
    _MAYBE,
    _MAYBE,
)
_FIELDS, _MEMBERS = itemgetter(*Score._fields), Score._fields.index("members")
_NUMBERS = itemgetter(*(i for i, kinds in enumerate(_KINDS) if kinds is _NUMBER))


def read_scores(value: Any) -> list[Score]:
    """Check the scores of a record.

    Raises:
        ValueError: says in one line which of them is wrong.
    """
    plain = [_plain(data) for data in value] if isinstance(value, list) else []
    if plain and all(plain):
        return plain  # type: ignore[return-value]
    try:
        cards = _SCORES.validate_python(value)
    except ValidationError as error:
        raise ValueError(first_mistake(error)) from None
    return [_score(*(getattr(card, field) for field in Score._fields)) for card in cards]


def _plain(data: Any) -> Score | None:
    """A score whose fields have their very types, as nearly all have: three times as fast as a model.

    None where a model must look at it, to convert it or to say what is wrong.
    """
    try:
        fields = _FIELDS(data)
    except (KeyError, TypeError):
        return None
    if not _are_plain(tuple(map(type, fields))):
        return None
    members = fields[_MEMBERS]
    finite = math.isfinite(sum(filter(None, _NUMBERS(fields))))
    return _score(*fields) if finite and (members is None or 0 <= members <= MOST) else None


@cache
def _are_plain(kinds: tuple[type, ...]) -> bool:
    return all(kind in own for kind, own in zip(kinds, _KINDS, strict=True))


def _score(
    metric: str,
    component: str,
    region: str,
    season: str,
    value: float | None,
    low: float | None,
    high: float | None,
    unit: str,
    n: float | None,
    n_eff: float | None,
    members: int | None,
    reason: str | None,
    reason_interval: str | None,
) -> Score:
    return Score(
        intern(metric),
        intern(component),
        intern(region),
        intern(season),
        value,
        low,
        high,
        intern(unit),
        n,
        n_eff,
        members,
        intern(reason or ("" if value is not None else "no reason was given")),
        intern(reason_interval or ""),
    )
