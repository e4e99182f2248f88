"""Whether two runs have the same scores."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from downbench.store.record_parts import ScoreRow

TOLERANCE = 1e-3  # relative, as `bench verify` allows of samples that were drawn again on another processor
_NOTHING = 1e-9  # in the unit of a score: what is smaller is rounding
Key = tuple[str, str, str, str]


@dataclass(frozen=True)
class Compared:
    """Scores that were held against each other.

    Args:
        scores: how many.
        equal: how many are the same in every bit, intervals and numbers of frames with them.
        difference: the largest one of the others, as a share of their size.
        reason: why they are not the same scores; empty where they are.
    """

    scores: int
    equal: int
    difference: float
    reason: str


def compare_scores(kept: Iterable[ScoreRow], made: Iterable[ScoreRow]) -> Compared:
    """Hold the scores of a reference against those of the run that was made again.

    Scores that only the new run has are of metrics or components that came later, and do not count.
    """
    again = {_key(row): row for row in made}
    scores = equal = 0
    worst, where = 0.0, ""
    missing = []
    for row in kept:
        scores += 1
        other = again.get(_key(row))
        if other is None or _counts(row) != _counts(other):
            missing.append(_name(row))
            continue
        one, two = _values(row), _values(other)
        equal += one == two
        difference = max(map(_difference, one, two))
        if difference > worst:
            worst, where = difference, _name(row)
    reason = ""
    if missing:
        reason = (
            f"{len(missing)} scores have no counterpart of the same frames, the first of them {missing[0]}"
        )
    elif worst > TOLERANCE:
        reason = f"other scores came out: {where} differs by {worst:.2g} of its size"
    return Compared(scores, equal, worst, reason)


def _key(row: ScoreRow) -> Key:
    return row.metric, row.component, row.region, row.season


def _name(row: ScoreRow) -> str:
    return " ".join(part for part in _key(row) if part)


def _counts(row: ScoreRow) -> tuple[object, ...]:
    """What must be the same beside the numbers: frames, members, units, and what is null."""
    return (row.unit, row.n, row.n_eff, row.members, *(value is None for value in _values(row)))


def _values(row: ScoreRow) -> Sequence[float | None]:
    return row.value, row.low, row.high


def _difference(one: float | None, two: float | None) -> float:
    if one is None or two is None or abs(one - two) <= _NOTHING:
        return 0.0
    return abs(one - two) / max(abs(one), abs(two))
