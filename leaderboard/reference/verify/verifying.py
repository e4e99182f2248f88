"""Make references again, and note in the index what came of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from made_again import make_again
from rain_size import size_of_rain
from same_scores import TOLERANCE, compare_scores

from downbench import DownbenchError, scratch_folder
from downbench.exchange.importing import import_run
from downbench.plugins.session import registry
from downbench.references.building import check_archives, has_changed
from downbench.references.checking import independent
from downbench.references.index import MADE_AGAIN, Reference, Verified, read_index, write_index
from downbench.store.keys import code_version


class Wanted(NamedTuple):
    """Which references are verified.

    Args:
        data: folder of the files that they were scored on.
        methods: these alone; all if none are named.
        frames: part of the name of what was scored; empty is all.
        longest: most processor time that the run took when it was made [s].
        again: those too that were made again already.
    """

    data: Path | None = None
    methods: Sequence[str] = ()
    frames: str = ""
    longest: float = float("inf")
    again: bool = False


def wanted_of(references: Sequence[Reference], wanted: Wanted) -> list[Reference]:
    """References that are to be verified, the cheapest first; none whose method has changed since."""
    chosen = [
        one
        for one in references
        if not has_changed(one)
        and (not wanted.methods or one.method in wanted.methods)
        and wanted.frames in one.archive
        and seconds(one) <= wanted.longest
        and (wanted.again or MADE_AGAIN not in one.marks)
    ]
    return sorted(chosen, key=lambda one: (seconds(one), one.archive))


def seconds(reference: Reference) -> float:
    """Processor time that its run took."""
    return sum(time or 0.0 for time in reference.cost.values())


def verify_references(
    folder: Path, wanted: Wanted, commit: str | None = None, tell: Callable[[str], None] = print
) -> list[Verified]:
    """Verify references of a folder one after the other.

    The index is written after each, so that an interrupted command goes on where it stopped.

    Args:
        folder: of the references.
        wanted: which of them.
        commit: of the sources that are installed.
        tell: is handed a line for each.

    Raises:
        UserError: the index cannot be read, or archives are not what it lists.
    """
    references = read_index(folder).references
    check_archives(folder, references)
    outcomes = []
    for one in wanted_of(references, wanted):
        try:
            outcome = verified(one, folder, wanted.data, commit)
        except DownbenchError as error:
            tell(f"LEFT OUT  {one.archive}: {error.message}")
            continue
        note(folder, one, outcome)
        outcomes.append(outcome)
        same = f"{outcome.equal} of {outcome.scores} scores the same to the bit"
        tell(
            f"verified  {one.archive}: {same}" if outcome.ok else f"DIFFERS   {one.archive}: {outcome.reason}"
        )
    return outcomes


def verified(reference: Reference, folder: Path, data: Path | None, commit: str | None) -> Verified:
    """Make one reference again, hold its scores against those of the archive, and verify the new run.

    Raises:
        DownbenchError: it cannot be made again, for instance since its data are not here.
    """
    entry = registry().find("method", f"{reference.distribution}:{reference.method}")
    with scratch_folder("verify") as scratch:
        kept = import_run(folder / reference.archive, scratch / "archive").record
        run = make_again(kept, data, scratch / "runs")
        compared = compare_scores(kept.scores, run.record.scores, size_of_rain(run))
        checked = independent(run)
    reason = compared.reason or checked.reason
    return Verified(
        kind=MADE_AGAIN,
        ok=not reason,
        reason=reason,
        sha256=reference.sha256,
        version=code_version(entry),
        commit=commit,
        date=datetime.now(UTC).isoformat(timespec="seconds"),
        scores=compared.scores,
        equal=compared.equal,
        difference=compared.difference,
        tolerance=TOLERANCE,
        frames=checked.frames,
        metrics=checked.metrics,
    )


def note(folder: Path, reference: Reference, outcome: Verified) -> None:
    """Note an outcome in the index."""
    entries = read_index(folder).references
    write_index(
        folder,
        [
            one.model_copy(update={"verified": outcome}) if one.archive == reference.archive else one
            for one in entries
        ],
    )
