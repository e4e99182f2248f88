"""A study: methods compared with one of them, each to answer a question."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, kw_only=True)
class Study:
    """What a study runs and shows.

    Args:
        reference: the method that the others are compared with.
        questions: method to the question that its row answers.
        metrics: columns, each a metric or ``"metric component"``; the smallest first one leads.
        settings: parameters of every method of the study, which all of them must have.
        scaled: method to its parameters that grow with the budget (steps, or the data that it may keep).
        times: budgets that its table shows unless others are asked for, as multiples of the preset's.
    """

    reference: str
    questions: Mapping[str, str]
    metrics: tuple[str, ...]
    settings: Mapping[str, Any] = field(default_factory=dict)
    scaled: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    times: tuple[float, ...] = (1.0,)
