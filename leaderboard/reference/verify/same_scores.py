"""Whether two runs have the same scores."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from downbench.store.record_parts import ScoreRow

TOLERANCE = 1e-3  # relative, as `bench verify` allows of samples that were drawn again on another processor
ROUNDING = 2.0**-23  # of a value: between its two neighbours in single precision
_POWER = {"1": 0, "mm/h": 1, "(mm/h)2": 2}  # how often the size of rain stands in a unit
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


def compare_scores(kept: Iterable[ScoreRow], made: Iterable[ScoreRow], rain: float) -> Compared:
    """Hold the scores of a reference against those of the run that was made again.

    Scores that only the new run has are of metrics or components that came later, and do not count.

    Some scores are nothing but rounding: of rain that a method conserves, `recoarsening` and `bias` are what
    single precision leaves of differences of equal sums, and another processor leaves something else. A
    difference of a score below what one rounding changes in rain of the usual size is none. `coverage` is a
    share of the area less the share that should be covered. The first has the size that counts: of a good
    ensemble the difference is so near zero that one cell in 100,000, where a member and the truth differ by
    rounding, is a hundredth of it.

    Args:
        kept: of the reference.
        made: of the new run.
        rain: root mean square of the rain that was scored [mm/h].
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
        equal += one == two and row.value == other.value
        nothing = ROUNDING * rain ** _POWER[row.unit] if row.unit in _POWER else 0.0
        difference = max(_difference(a, b, nothing) for a, b in zip(one, two, strict=True))
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
    due = (row.members - 1) / (row.members + 1) if row.metric == "coverage" else 0.0
    return tuple(None if value is None else value + due for value in (row.value, row.low, row.high))


def _difference(one: float | None, two: float | None, nothing: float) -> float:
    if one is None or two is None or abs(one - two) <= nothing:
        return 0.0
    return abs(one - two) / max(abs(one), abs(two))
