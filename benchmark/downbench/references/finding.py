"""Which references may stand beside a run, and which one a name means."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from difflib import get_close_matches

from downbench.errors import UserError
from downbench.references.index import Frames, Reference, scored_frames
from downbench.references.shipped import Shipped
from downbench.store.record import RunRecord

PREFIX = "ref:"


def of_frames(shipped: Iterable[Shipped], frames: Frames) -> list[Shipped]:
    """References that were scored on the same frames, by the protocol's rules."""
    return [one for one in shipped if one.reference.scored.key == frames.key]


def beside(shipped: Iterable[Shipped], records: Sequence[RunRecord]) -> list[Shipped]:
    """References that may stand in one table with runs of the same frames.

    An ensemble stands beside ensembles of as many members; a deterministic method has one, whatever was
    asked. A reference that is the very run of a record is left out, and one of an older version where there
    is a present one of the same method, preset and seed.

    Args:
        shipped: all references.
        records: of runs on the same frames.
    """
    members = {record.members for record in records if record.method.probabilistic}
    own = {record.keys.sample for record in records}
    return [
        one
        for one in without_replaced(of_frames(shipped, scored_frames(records[0])))
        if one.reference.sample not in own
        and (not members or not one.reference.probabilistic or one.reference.members in members)
    ]


def without_replaced(shipped: Sequence[Shipped]) -> list[Shipped]:
    """All but those of an older version that one of the present version replaces."""

    def of(one: Shipped) -> tuple[str, str, str | None, int, int]:
        made = one.reference
        return made.distribution, made.method, made.preset, made.seed, made.members

    newer = {of(one) for one in shipped if not one.reference.older}
    return [one for one in shipped if not one.reference.older or of(one) not in newer]


def other_members(shipped: Iterable[Shipped], records: Sequence[RunRecord]) -> list[int]:
    """Sizes of ensembles on the frames of some runs that may not stand beside them, from small to large."""
    members = {record.members for record in records if record.method.probabilistic}
    if not members:
        return []
    ensembles = [one.reference for one in of_frames(shipped, scored_frames(records[0]))]
    return sorted({one.members for one in ensembles if one.probabilistic} - members)


def rows_of(shipped: Iterable[Shipped]) -> list[list[Shipped]]:
    """References that differ in nothing but the seed together, by seed."""
    rows: dict[str, list[Shipped]] = {}
    for one in sorted(shipped, key=lambda s: (s.reference.method, s.reference.seed, s.reference.archive)):
        rows.setdefault(one.reference.configuration, []).append(one)
    return list(rows.values())


def find_reference(name: str, record: RunRecord, shipped: Sequence[Shipped]) -> Shipped:
    """The reference that ``METHOD``, ``METHOD@SEED`` or a full name means, on the frames of a run.

    Without a seed it is that of the run, else the lowest. One of the present version goes before older ones.

    Args:
        name: without ``ref:``.
        record: of the run that it is to be compared with.
        shipped: all references.

    Raises:
        UserError: there is none, or there are several of that name.
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
    for narrower in (_present, lambda one: one.members == record.members):
        named = [one for one in named if narrower(one.reference)] or named
    if len(named) > 1:
        raise UserError(
            f"{len(named)} references on these frames are called {name!r}",
            "choose " + " or ".join(PREFIX + one.reference.name for one in named),
        )
    return named[0]


def _present(reference: Reference) -> bool:
    return not reference.older


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
    """What keeps references of the same data from standing beside frames of it: their limit, or a name."""
    scored = [one.reference.scored for one in shipped]
    if any(one.key == mine.key for one in scored):
        return ["the same frames have references of ensembles of another size"]
    same = [one for one in scored if (one.fingerprint, one.protocol) == (mine.fingerprint, mine.protocol)]
    if any(one.limit == mine.limit for one in same):
        labels = " or ".join(dict.fromkeys(one.label for one in same if one.limit == mine.limit))
        return [
            f"the same data have references as {labels}: noise follows the name of a file, so call it that"
        ]
    limits = dict.fromkeys("no --limit" if one.limit is None else f"--limit {one.limit}" for one in same)
    return [f"this record has references with {' and '.join(limits)}"] if limits else []


NONE_INSTALLED = (
    "no references are installed: pip install 'downbench[reference]', in a checkout ./leaderboard/reference"
)
