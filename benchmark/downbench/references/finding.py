"""Which references may stand beside a run, and which one a name means."""

from __future__ import annotations

import warnings
from collections.abc import Hashable, Iterable, Sequence
from difflib import get_close_matches
from pathlib import Path

from downbench.errors import DownbenchWarning, UserError
from downbench.findings.stored_run import StoredRun
from downbench.references.index import (
    Frames,
    Reference,
    configuration_of,
    scored_frames,
)
from downbench.references.made import is_repeated, made_of
from downbench.references.repeated import repeated
from downbench.references.shipped import Shipped, unpacked
from downbench.store.record import RunRecord
from downbench.store.row_names import row_names

PREFIX = "ref:"


def of_frames(shipped: Iterable[Shipped], frames: Frames) -> list[Shipped]:
    """References that were scored on the same frames, by the protocol's rules."""
    return [one for one in shipped if one.reference.scored.key == frames.key]


def beside(shipped: Iterable[Shipped], records: Sequence[RunRecord]) -> list[Shipped]:
    """References that may stand in one table with runs of the same frames.

    An ensemble stands beside ensembles of as many members; a deterministic method has one, whatever was
    asked. A reference that one of the runs repeats is left out, and so is one that newer ones replace.

    Args:
        shipped: all references.
        records: of runs on the same frames.
    """
    members = {record.members for record in records if record.method.probabilistic}
    own = [made_of(record) for record in records]
    return [
        one
        for one in without_replaced(of_frames(shipped, scored_frames(records[0])))
        if not is_repeated(one.reference, own)
        and (not members or not one.reference.probabilistic or one.reference.members in members)
    ]


def replaced(shipped: Iterable[Shipped]) -> set[Path]:
    """Archives in whose place another one stands: the same run made again, or another version of the code."""
    every = list(shipped)
    former = _former_versions(every)
    return former | repeated(one for one in every if one.archive not in former)


def _former_versions(every: Sequence[Shipped]) -> set[Path]:
    """Archives of older versions in whose place another version stands, whatever their seeds.

    Of a method with one preset and number of members on the same frames, one version stands in a table: the
    present one, or the newest that there is. Seeds of two versions are never one row, so that what is left of
    another version would stand beside the method as another one. Versions of which one repeats the work of
    the other count as one.
    """

    def of(one: Shipped) -> tuple[Hashable, ...]:
        made = one.reference
        return made.scored.key, made.distribution, made.method, made.preset, made.members

    newest: dict[tuple[Hashable, ...], Reference] = {}
    for one in sorted(every, key=lambda one: (not one.reference.older, one.reference.date)):
        newest[of(one)] = one.reference
    return {
        one.archive
        for one in every
        if one.reference.older
        and (not newest[of(one)].older or not {*one.reference.versions} & {*newest[of(one)].versions})
    }


def without_replaced(shipped: Sequence[Shipped]) -> list[Shipped]:
    """All but those that newer ones replace."""
    former = replaced(shipped)
    return [one for one in shipped if one.archive not in former]


def other_members(shipped: Iterable[Shipped], records: Sequence[RunRecord]) -> list[int]:
    """Sizes of ensembles on the frames of some runs that may not stand beside them, from small to large."""
    members = {record.members for record in records if record.method.probabilistic}
    if not members:
        return []
    ensembles = [one.reference for one in of_frames(shipped, scored_frames(records[0]))]
    return sorted({one.members for one in ensembles if one.probabilistic} - members)


def rows_of(opened: Iterable[tuple[Shipped, StoredRun]]) -> list[list[tuple[Shipped, StoredRun]]]:
    """References that differ in nothing but the seed together, by seed."""

    def place(one: tuple[Shipped, StoredRun]) -> tuple[str, int, str]:
        made = one[0].reference
        return made.method, made.seed, made.archive

    rows: dict[str, list[tuple[Shipped, StoredRun]]] = {}
    for one in sorted(opened, key=place):
        rows.setdefault(configuration_of(one[1].record), []).append(one)
    return list(rows.values())


def find_reference(name: str, record: RunRecord, shipped: Sequence[Shipped]) -> Shipped:
    """The reference that ``METHOD``, ``METHOD@SEED`` or a full name means, on the frames of a run.

    Without a seed it is that of the run, else the lowest. One of the present version goes before older ones,
    and the newest of these before others. Where there still are several, it is the one that the method's
    preset makes now on these frames, else the newest, and a warning says which.

    Args:
        name: without ``ref:``.
        record: of the run that it is to be compared with.
        shipped: all references.

    Raises:
        UserError: there is none.
    """
    here = of_frames(shipped, scored_frames(record))
    method, _, seed = name.partition("@")
    named = [one for one in here if one.reference.name == name]
    named = named or [one for one in here if one.reference.method == method]
    if seed:
        named = [one for one in named if str(one.reference.seed) == seed]
    if not named:
        raise _unknown(name, record, here, shipped)
    if not seed:
        seeds = {one.reference.seed for one in named}
        chosen = record.seed if record.seed in seeds else min(seeds)
        named = [one for one in named if one.reference.seed == chosen]
    former = _former_versions(here)  # of a run made more than once, the newest is named
    for narrower in (
        lambda one: not one.reference.older,
        lambda one: one.archive not in former,
        lambda one: one.reference.members == record.members,
    ):
        named = [one for one in named if narrower(one)] or named
    return named[0] if len(named) == 1 else _chosen(name, named, record)


def _chosen(name: str, named: Sequence[Shipped], record: RunRecord) -> Shipped:
    """Of several references of a name, the one that its preset makes now on these frames, else the newest."""
    usual = [one for one in named if not one.reference.other_settings]
    usual = usual if len(usual) < len(named) else []
    chosen = max(usual or named, key=lambda one: (one.reference.date, one.archive))
    why = "what its preset gives now on these frames" if usual else "the newest"
    told = _told_apart(named)
    mine, others = told.pop(chosen.archive), ", ".join(told.values())
    warnings.warn(f"{PREFIX}{name} is {mine}, {why}, and not {others}", DownbenchWarning, stacklevel=3)
    return chosen


def _told_apart(named: Sequence[Shipped]) -> dict[Path, str]:
    """Full names of references of one method, each with what differs in it, as tables name their rows."""
    opened = {one.archive: (run.record, ()) for one, run in unpacked(named)}
    words = dict(zip(opened, row_names(list(opened.values())), strict=True))
    return {
        one.archive: f"{PREFIX}{one.reference.name}"
        + words.get(one.archive, "").removeprefix(one.reference.method)
        for one in named
    }


def _unknown(name: str, record: RunRecord, here: Sequence[Shipped], shipped: Sequence[Shipped]) -> UserError:
    message = f"there is no reference {name!r} on the frames of this run ({scored_frames(record).text})"
    if not shipped:
        return UserError(message, NONE_INSTALLED)
    if not here:
        return UserError(message, there_are(shipped, [scored_frames(record)]))
    method = name.partition("@")[0]
    seeds = sorted({one.reference.seed for one in here if one.reference.method == method})
    if seeds:
        return UserError(message, f"there is {method} with seed " + ", ".join(map(str, seeds)))
    names = list(dict.fromkeys(one.reference.method for one in here))
    close = get_close_matches(method, names, n=3)
    hint = f"did you mean {', '.join(close)}?" if close else f"there are: {', '.join(names)}"
    elsewhere = dict.fromkeys(one.reference.scored.text for one in shipped if one.reference.method == method)
    if elsewhere:
        hint = f"it was scored on {'; '.join(elsewhere)}; on these frames {hint}"
    return UserError(message, hint)


def there_are(shipped: Sequence[Shipped], frames: Iterable[Frames]) -> str:
    """On what there are references, in one line, where none is of some frames: the same data come first."""
    same = dict.fromkeys(text for mine in frames for text in _of_same_data(shipped, mine))
    if same:
        return "; ".join(same)
    counts: dict[str, int] = {}
    for one in shipped:
        counts[one.reference.scored.text] = counts.get(one.reference.scored.text, 0) + 1
    each = "; ".join(f"{text} ({count})" for text, count in counts.items())
    return f"references exist for {each}; `bench list references` lists them"


def _of_same_data(shipped: Sequence[Shipped], mine: Frames) -> list[str]:
    """What keeps references of the same data from standing beside frames of it: members, or their limit."""
    scored = [one.reference.scored for one in shipped]
    if any(one.key == mine.key for one in scored):
        return ["the same frames have references of ensembles of another size"]
    same = [one for one in scored if (one.fingerprint, one.protocol) == (mine.fingerprint, mine.protocol)]
    limits = dict.fromkeys("no --limit" if one.limit is None else f"--limit {one.limit}" for one in same)
    return [f"this record has references with {' and '.join(limits)}"] if limits else []


NONE_INSTALLED = (
    "no references are installed: pip install 'downbench[reference]', in a checkout ./leaderboard/reference"
)
