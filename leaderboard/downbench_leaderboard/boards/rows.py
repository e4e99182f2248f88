"""Rows of a board: the runs of one method in one configuration, which differ in nothing but their seed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from downbench import digest_json
from downbench_leaderboard.records.entry import Entry
from downbench_leaderboard.records.schema import Run


@dataclass(frozen=True)
class Row:
    """Runs of one method that differ in their seed.

    Args:
        id: what stands for the row in an address; one per board.
        entries: the runs, by seed.
        detail: what tells the row from others of its method.
    """

    id: str
    entries: list[Entry]
    detail: str

    @property
    def run(self) -> Run:
        """A run that speaks for all of them in everything but the seed."""
        return self.entries[0].run

    @property
    def name(self) -> str:
        """Of the method."""
        return self.run.method.name

    @property
    def maker(self) -> tuple[str, str]:
        """Distribution and name of the method."""
        return self.entries[0].maker

    @property
    def marks(self) -> tuple[str, ...]:
        """Where the runs come from, see :class:`~downbench_leaderboard.records.entry.Entry`."""
        return self.entries[0].marks


def fold_seeds(entries: Iterable[Entry]) -> list[Row]:
    """Put runs that differ in their seed alone into one row each, in the order of their first runs.

    Another version of the code, another configuration, other weights or another origin is another row; so is
    a second run of the same seed.
    """
    groups: dict[str, list[Entry]] = {}
    for entry in sorted(entries, key=lambda e: (e.run.seed is not None, e.run.seed or 0, e.place)):
        identity, turn = _identity(entry), 0
        while any(e.run.seed == entry.run.seed for e in groups.get(f"{identity} {turn}", ())):
            turn += 1
        groups.setdefault(f"{identity} {turn}", []).append(entry)
    details = row_details({key: group[0] for key, group in groups.items()})
    for key in details:
        again = int(key.rsplit(" ", 1)[1])
        details[key] += f" · once more ({again + 1})" if again else ""
    names = Counter(group[0].run.method.name for group in groups.values())
    return [
        Row(_id(group[0], key, names), group, details[key])
        for key, group in sorted(groups.items(), key=lambda item: (item[1][0].run.method.name, item[0]))
    ]


def _identity(entry: Entry) -> str:
    method = entry.run.method
    weights = method.weights.digest if method.weights else ""
    track = entry.run.track
    shift = [track.name, track.training.label] if track else []
    own = [method.version, method.preset, method.configuration, method.finishing, weights, shift, entry.marks]
    return digest_json([*entry.maker, *own])


def _id(entry: Entry, key: str, names: Counter[str]) -> str:
    name = entry.run.method.name
    return name if names[name] == 1 else f"{name}~{digest_json(key)[:6]}"


def row_details(first: dict[str, Entry]) -> dict[str, str]:
    """What tells rows of one method apart, by their key: preset, finishing, and parameters that differ.

    Besides the distribution where two make a method of that name, and at last the version and the fit key.
    """
    twins: dict[str, list[Entry]] = {}
    for entry in first.values():
        twins.setdefault(entry.run.method.name, []).append(entry)
    details = {key: _detail(entry, twins[entry.run.method.name]) for key, entry in first.items()}
    texts = Counter((entry.run.method.name, details[key]) for key, entry in first.items())
    for key, entry in first.items():
        if texts[entry.run.method.name, details[key]] > 1:
            fit = str(entry.run.keys.get("fit") or entry.place)[:8]
            details[key] += f" · {entry.run.method.version} {fit}"
    return details


def _detail(entry: Entry, twins: list[Entry]) -> str:
    method = entry.run.method
    parts = ["" if method.training == "pairs" else method.training, method.preset or ""]
    parts.append(", ".join(method.finishing))
    if (track := entry.run.track) is not None:
        parts.append(f"track {track.name}: fitted on {track.training.label}")
    if method.weights is not None:
        parts.append(f"not fitted here, but on {method.weights.training.label}")
    if len({twin.run.method.distribution for twin in twins}) > 1:
        parts.append(method.distribution)
    differing = [
        f"{key}={value}"
        for key, value in method.configuration.items()
        if any(twin.run.method.configuration.get(key) != value for twin in twins)
    ]
    return " · ".join(part for part in (*parts, *differing[:3]) if part)
