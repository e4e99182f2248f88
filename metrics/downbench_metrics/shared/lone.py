"""One member of an ensemble says nothing fair of it."""

from __future__ import annotations

from downbench import Null, Totals


def lone_member(totals: Totals, score: str) -> Null | None:
    """Why a score that corrects for the number of members has no value, if it has none.

    A deterministic method is not an ensemble of one: its score is that of a certain forecast.
    """
    if totals.members == 1 and totals.info.get("probabilistic"):
        return Null(f"the {score} of a probabilistic method needs at least two members")
    return None
