"""The scores of a run: hundreds of numbers each, checked once and held as plain tuples."""

from __future__ import annotations

import math
from sys import intern
from typing import Any, NamedTuple

from pydantic import TypeAdapter, ValidationError, model_validator

from downbench_leaderboard.records.fields import Count, Number, Part, Text, first_mistake


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


def read_scores(value: Any) -> list[Score]:
    """Check the scores of a record.

    Raises:
        ValueError: says in one line which of them is wrong.
    """
    try:
        cards = _SCORES.validate_python(value)
    except ValidationError as error:
        raise ValueError(first_mistake(error)) from None
    return [
        Score(
            intern(card.metric),
            intern(card.component),
            intern(card.region),
            intern(card.season),
            card.value,
            card.low,
            card.high,
            intern(card.unit),
            card.n,
            card.n_eff,
            card.members,
            intern(card.reason or ("" if card.value is not None else "no reason was given")),
            intern(card.reason_interval or ""),
        )
        for card in cards
    ]
