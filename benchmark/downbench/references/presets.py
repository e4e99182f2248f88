"""Which references have other settings than their preset gives now, where another one has these."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable

from downbench.references.index import Reference
from downbench.store.record import RunRecord
from downbench.store.usual_settings import set_otherwise


def with_other_settings(
    references: Iterable[Reference], record_of: Callable[[Reference], RunRecord]
) -> set[str]:
    """Archives of references that stand beside one of the same preset as it is now, and have other settings.

    Their preset may have been another one, or somebody has set something. Nothing is said where no reference
    of the method has what its preset gives now, as on frames on which all were trained for a shorter time,
    and of older versions, which say so themselves.

    Args:
        references: of one folder.
        record_of: reads the record of one; few are asked for.
    """
    groups: dict[Hashable, list[Reference]] = {}
    for one in references:
        if not one.older:
            kind = (one.scored.key, one.distribution, one.method, one.preset, one.members)
            groups.setdefault(kind, []).append(one)
    marked: set[str] = set()
    for group in groups.values():
        by_settings: dict[str, list[Reference]] = {}
        for one in group:
            by_settings.setdefault(one.configuration, []).append(one)
        if len(by_settings) == 1:
            continue
        others = [alike for alike in by_settings.values() if set_otherwise(record_of(alike[0])) != {}]
        if len(others) < len(by_settings):
            marked |= {one.archive for alike in others for one in alike}
    return marked
