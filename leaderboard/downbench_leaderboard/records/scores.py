"""The scores of a run: hundreds of numbers each, checked once and held in columns."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from operator import itemgetter
from typing import Any, NamedTuple, overload

import numpy as np
from numpy.typing import NDArray
from pydantic import TypeAdapter, ValidationError, model_validator

from downbench_leaderboard.records.fields import MOST, Count, Number, Part, Text, first_mistake


class Score(NamedTuple):
    """One number, in ``unit``: a metric's component in a region and season; or why there is none."""

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


_NAMES, _FIGURES, _WHYS = (
    ("metric", "component", "region", "season", "unit"),
    ("value", "low", "high", "n", "n_eff", "members"),
    ("reason", "reason_interval"),
)


@dataclass(frozen=True, eq=False)
class Scores(Sequence[Score]):
    """Many scores in columns, since thousands of runs have hundreds of them each.

    Args:
        names: texts that ``words`` point to.
        words: metric, component, region, season and unit of each score (score, 5).
        figures: value, low, high, n, n_eff and members (score, 6); nan where there is none.
        reasons: texts that ``whys`` point to.
        whys: why there is no value, and why no interval (score, 2).
    """

    names: tuple[str, ...]
    words: NDArray[np.int32]
    figures: NDArray[np.float64]
    reasons: tuple[str, ...]
    whys: NDArray[np.int32]

    @classmethod
    def of(cls, scores: Iterable[Score]) -> Scores:
        """Scores as columns."""
        rows = list(scores)
        names, words = _numbered(rows, _NAMES)
        reasons, whys = _numbered(rows, _WHYS)
        figures = [[np.nan if v is None else v for v in _FIGURES_OF(row)] for row in rows]
        return cls(names, words, np.array(figures, float).reshape(-1, len(_FIGURES)), reasons, whys)

    @property
    def no_interval(self) -> list[str]:
        """Different reasons why scores have no interval, in order of appearance."""
        return [self.reasons[i] for i in dict.fromkeys(self.whys[:, 1].tolist())]

    def __len__(self) -> int:
        return len(self.words)

    def __iter__(self) -> Iterator[Score]:
        for words, whys, figures in zip(
            self.words.tolist(), self.whys.tolist(), self.figures.tolist(), strict=True
        ):
            metric, component, region, season, unit = (self.names[i] for i in words)
            reason, reason_interval = (self.reasons[i] for i in whys)
            value, low, high, n, n_eff, members = (_figure(number) for number in figures)
            counts = (_count(n), _count(n_eff), None if members is None else int(members))
            yield Score(
                metric, component, region, season, value, low, high, unit, *counts, reason, reason_interval
            )

    @overload
    def __getitem__(self, index: int) -> Score: ...
    @overload
    def __getitem__(self, index: slice) -> list[Score]: ...
    def __getitem__(self, index: int | slice) -> Score | list[Score]:
        return list(self)[index]

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Scores) and list(self) == list(other)

    __hash__ = None  # type: ignore[assignment]


def _numbered(rows: Sequence[Score], fields: Sequence[str]) -> tuple[tuple[str, ...], NDArray[np.int32]]:
    """Different texts of some fields in order of appearance, and the number of each."""
    numbers: dict[str, int] = {}
    of = itemgetter(*(Score._fields.index(field) for field in fields))
    places = [[numbers.setdefault(text, len(numbers)) for text in of(row)] for row in rows]
    return tuple(numbers), np.array(places, np.int32).reshape(-1, len(fields))


LOW = _FIGURES.index("low")
_FIGURES_OF = itemgetter(*(Score._fields.index(field) for field in _FIGURES))


def _figure(number: float) -> float | None:
    return None if math.isnan(number) else number


def _count(number: float | None) -> float | None:
    return int(number) if number is not None and number.is_integer() else number


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


def read_scores(value: Any) -> Scores:
    """Check the scores of a record.

    Raises:
        ValueError: says in one line which of them is wrong.
    """
    plain = [_plain(data) for data in value] if isinstance(value, list) else []
    if plain and all(plain):
        return Scores.of(plain)  # type: ignore[arg-type]
    try:
        cards = _SCORES.validate_python(value)
    except ValidationError as error:
        raise ValueError(first_mistake(error)) from None
    return Scores.of([_score(*(getattr(card, field) for field in Score._fields)) for card in cards])


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
    try:
        finite = math.isfinite(sum(filter(None, _NUMBERS(fields))))
    except OverflowError:  # a whole number of hundreds of digits
        return None
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
    why = reason or ("" if value is not None else "no reason was given")
    return Score(
        metric,
        component,
        region,
        season,
        value,
        low,
        high,
        unit,
        n,
        n_eff,
        members,
        why,
        reason_interval or "",
    )
