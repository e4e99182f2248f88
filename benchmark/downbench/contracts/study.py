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
    """

    reference: str
    questions: Mapping[str, str]
    metrics: tuple[str, ...]
    settings: Mapping[str, Any] = field(default_factory=dict)
