"""What rows of a table are called: their method, and where it has several, the least that differs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from downbench.store.later_parameters import whole_configurations
from downbench.store.usual_settings import set_otherwise

MOST_SETTINGS = 3  # that a name says
OTHER_SETTINGS = "not today's preset"  # a mark of one that stands beside what its preset gives now
OLDER_VERSION = "older version"  # a mark of one whose method's code has changed since


def row_names(rows: Sequence[tuple[Any, Sequence[str]]]) -> list[str]:
    """Names of the rows of a table.

    Args:
        rows: of each, a run that speaks for it (its record, or another reading of it with the same names),
            and the words that stand beside its name anyway, such as marks or a seed.
    """
    by_method: dict[str, list[int]] = {}
    for i, (run, _) in enumerate(rows):
        by_method.setdefault(run.method.name, []).append(i)
    names = [""] * len(rows)
    for method, places in by_method.items():
        names[places[0]] = method
        if len(places) == 1:
            continue
        twins = [rows[i][0] for i in places]
        parts = [method_words(rows[i][0], twins, ", ".join(rows[i][1])) for i in places]
        marked = [OTHER_SETTINGS in rows[i][1] for i in places]
        for i, own, is_marked in zip(places, parts, marked, strict=True):
            # what a preset gives now goes by its method's name: others say that they have something else
            others = [other for other, also in zip(parts, marked, strict=True) if is_marked or not also]
            names[i] = row_name(method, what_differs(own, others, said=range(1, 2)))
    return names


def seeds_apart(names: Sequence[str], seeds: Sequence[Sequence[int]], own: Sequence[bool]) -> list[str]:
    """Words on the seeds of one's own rows that have their name from another row of other seeds; else empty.

    Args:
        names: of all rows.
        seeds: of the runs of each.
        own: whether it is one's own, and no reference.
    """
    rows = [(name, tuple(runs)) for name, runs in zip(names, seeds, strict=True)]
    return [
        f", {_listed(row[1])}"
        if is_own and row[1] and any(name == row[0] and others != row[1] for name, others in rows)
        else ""
        for row, is_own in zip(rows, own, strict=True)
    ]


def _listed(seeds: Sequence[int]) -> str:
    *former, last = map(str, seeds)
    return f"seeds {', '.join(former)} and {last}" if former else f"seed {last}"


def row_name(method: str, words: Sequence[str]) -> str:
    """A method with the words that tell a row of it from others."""
    return f"{method} ({' · '.join(words)})" if words else method


def what_differs(
    own: tuple[str, ...], all_parts: Sequence[tuple[str, ...]], said: range = range(0)
) -> tuple[str, ...]:
    """The first words by which a row differs from all others of its method, as few as there need be.

    Args:
        own: words of the row, what readers know best first.
        all_parts: those of all rows of the method, its own among them.
        said: numbers of the words that stand beside the name, and are not repeated.
    """
    words: list[str] = []
    left = [other for other in all_parts if other != own]
    for number, part in enumerate(own):
        alike = [other for other in left if other[number] == part]
        if len(alike) < len(left):
            words.append("" if number in said else part)
            left = alike
    return tuple(word for word in words if word)


def method_words(run: Any, twins: Sequence[Any], *beside: str) -> tuple[str, ...]:
    """Words that may tell rows of one method apart, what readers know best first.

    Args:
        run: that speaks for a row.
        twins: those of all rows of its method, its own among them.
        beside: further words, which come after what was set in rows of the same preset.
    """
    method, track, weights = run.method, run.track, run.method.weights
    makers = {twin.method.distribution for twin in twins}
    return (
        _set_in(run, [twin for twin in twins if twin.method.preset == method.preset]),
        *beside,
        "" if method.training == "pairs" else method.training,
        method.preset or "",
        ", ".join(method.finishing),
        f"track {track.name}: fitted on {track.training.label}" if track else "",
        f"not fitted here, but on {weights.training.label}" if weights else "",
        method.distribution if len(makers) > 1 else "",
        method.version,
        f"{run.members} members" if method.probabilistic else "",
        f"at most {run.budget:g} s of fitting" if run.budget else "",
        weights.digest[:8] if weights else "",
    )


def _set_in(run: Any, twins: Sequence[Any]) -> str:
    """The first parameters that differ among some runs, as one of them has them.

    What it has of its preset as that is today goes without saying: a run that has it otherwise names it. What
    a run of another version lacks may not have been a parameter then, so that nothing is said of it.
    """
    own, *others = whole_configurations([run, *twins])
    versions = [twin.method.version for twin in twins]
    differing = {
        key: f"{key}={as_written(value)}"
        for key, value in own.items()
        if any(
            other[key] != value if key in other else version == run.method.version
            for other, version in zip(others, versions, strict=True)
        )
    }
    own_way = set_otherwise(run) if differing else None
    words = [word for key, word in differing.items() if own_way is None or key in own_way]
    return ", ".join(words[:MOST_SETTINGS])


def as_written(value: Any) -> str:
    """A parameter as ``--set`` takes it."""
    if isinstance(value, bool) or value is None:
        return {True: "true", False: "false", None: "none"}[value]
    return str(value)
