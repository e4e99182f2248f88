"""Putting results into a folder of references: exports and runs of a campaign that grows."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path

from downbench.errors import DownbenchError, UserError
from downbench.exchange.export import SUFFIX, export_to
from downbench.exchange.importing import import_run
from downbench.files import digest_file, scratch_folder
from downbench.findings.stored_run import StoredRun, open_runs
from downbench.missing import no_such
from downbench.plugins.registry import Registration
from downbench.plugins.session import registry
from downbench.references.checking import check_scores
from downbench.references.index import MADE_AGAIN, Reference, describe, read_index, write_index
from downbench.references.journal import one_at_a_time, under_way
from downbench.references.presets import with_other_settings
from downbench.references.repeated import repeated_by
from downbench.store.keys import source_hash
from downbench.store.record import RunRecord
from downbench.store.run_directory import fits_below, is_run, samples_of_fit, scored_of_sample

LARGEST = 25_000_000  # bytes of all archives of a folder
_SOURCE = "source-"


@dataclass
class Built:
    """What was done to a folder of references.

    Args:
        added: new archives.
        kept: archives that stood there already.
        replaced: archives that went, since the same ensemble has newer scores, or the same run was made anew.
        repeats: runs that are another archive's very run, made again, and what came of them.
        older: archives of methods whose code has changed since, newly marked.
        refused: what was not taken, with the reason.
        checked: archives whose scores were found right.
        differing: archives whose scores were not, with the reason.
        unchecked: archives whose scores could not be checked, with the reason.
        total: number of all archives.
        bytes: of all archives.
    """

    added: list[str] = field(default_factory=list)
    kept: list[str] = field(default_factory=list)
    replaced: list[str] = field(default_factory=list)
    repeats: list[str] = field(default_factory=list)
    older: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    checked: list[str] = field(default_factory=list)
    differing: list[str] = field(default_factory=list)
    unchecked: list[str] = field(default_factory=list)
    total: int = 0
    bytes: int = 0


def build_references(
    sources: Sequence[Path],
    folder: Path,
    commit: str | None = None,
    replace: bool = False,
    verify: bool = False,
) -> Built:
    """Put what is new into a folder of references, and write its index anew.

    Entries of methods whose code has changed are marked as of an older version. An archive is never
    overwritten, and goes only where ``replace`` says so. A run that repeats a reference is no further seed of
    it: one of the two is kept. Killed at any moment, this leaves nothing that stops the next call.

    Args:
        sources: archives, folders of archives, run directories or folders of runs.
        folder: of the references.
        commit: of the sources that are installed; noted for runs of their version.
        replace: take newer scores of an ensemble, and newer repeats of a run, in place of what is there.
        verify: check scores of runs that have their samples, and note what came of it.

    Raises:
        UserError: the index cannot be read, archives are not what it lists, or they became too large.
    """
    with one_at_a_time(folder):
        return _build(sources, folder, commit, replace, verify)


def _build(sources: Sequence[Path], folder: Path, commit: str | None, replace: bool, verify: bool) -> Built:
    built = Built()
    entries = {one.archive: one for one in read_index(folder).references}
    check_archives(folder, list(entries.values()))
    with scratch_folder("reference") as scratch:
        for run, archive in _runs_in(sources, scratch, built):
            try:
                name = _take(run, folder, entries, built, commit, replace, scratch)
                if verify and name is not None:
                    _verify(run, name, entries, built, commit)
                    write_index(folder, list(entries.values()))
            except DownbenchError as error:
                built.refused.append(f"{archive or run.directory}: {error}")
    for name, one in entries.items():
        older = has_changed(one)
        if older != one.older:
            entries[name] = one.model_copy(update={"older": older})
            built.older += [name] if older else []
    _note_settings(folder, entries)
    built.total = len(entries)
    built.bytes = sum((folder / name).stat().st_size for name in entries)
    write_index(folder, list(entries.values()))
    if built.bytes > LARGEST:
        raise UserError(
            f"the references in {folder} have {built.bytes / 1e6:.1f} MB, more than {LARGEST / 1e6:g} MB",
            "delete archives of older versions, and run the command again",
        )
    return built


def _note_settings(folder: Path, entries: dict[str, Reference]) -> None:
    """Note which entries have other settings than their preset gives now, beside one that has these."""
    with scratch_folder("reference") as scratch:
        marked = with_other_settings(
            entries.values(), lambda one: import_run(folder / one.archive, scratch).record
        )
    for name, one in entries.items():
        if one.other_settings != (name in marked):
            entries[name] = one.model_copy(update={"other_settings": name in marked})


def check_archives(folder: Path, references: Iterable[Reference]) -> None:
    """Hold the archives of a folder against its index.

    Raises:
        UserError: one is missing or has changed, or there is one that the index does not list.
    """
    listed = {one.archive: one.sha256 for one in references}
    there = {path.relative_to(folder).as_posix() for path in folder.rglob(f"*{SUFFIX}")}
    for name, digest in listed.items():
        if name not in there:
            raise UserError(f"{folder / name} is missing", "bring it back, or take it out of the index")
        if digest_file(folder / name) != digest:
            raise UserError(f"{folder / name} is not what the index lists", "archives are never changed")
    if extra := sorted(there - listed.keys()):
        raise UserError(
            f"{folder / extra[0]} is not in the index",
            "delete it, or give it to `bench reference` from another folder",
        )


def has_changed(reference: Reference) -> bool:
    """Whether a method's code is another than that of a reference, and does not repeat its work either.

    As noted where the method is not here.
    """
    try:
        entry = registry().find("method", f"{reference.distribution}:{reference.method}")
    except UserError:
        return reference.older
    return not any(is_version(version, entry) for version in reference.versions)


def is_version(version: str, entry: Registration) -> bool:
    """Whether a recorded version of a method is that of its code here."""
    _, has_source, source = version.rpartition(_SOURCE)
    return source == source_hash(entry) if has_source else version == entry.version


def _runs_in(sources: Sequence[Path], scratch: Path, built: Built) -> Iterator[tuple[StoredRun, Path | None]]:
    """Runs, each with its archive if it came as one, in an order that follows from the sources alone."""
    for source in sources:
        if not source.exists():
            raise no_such(source, hint="name archives, run directories or folders of either")
        if source.is_file():
            archives: list[Path] = [source]
        else:
            archives = sorted(source.rglob(f"*{SUFFIX}"))
        for archive in archives:
            try:
                one = import_run(archive, scratch)
            except UserError as error:
                built.refused.append(str(error))
                continue
            yield StoredRun(one.directory, one.record), archive
        scored = _scored_in(source)
        if not scored and not archives:
            built.refused.append(
                f"there is no scored run and no archive in {source}: name archives, run directories, "
                "or the folder that --runs named"
            )
        for directory in scored:
            try:
                runs = open_runs(directory)
            except UserError as error:
                built.refused.append(str(error))
                continue
            yield from ((run, None) for run in runs if run.record.origin is None)


def _scored_in(source: Path) -> list[Path]:
    """The run directory that a source is, or the fits in it that have scores: others are still under way."""
    if is_run(source):
        return [source]
    fits = fits_below(source) if source.is_dir() else ()
    return [fit for fit in fits if next(chain(*map(scored_of_sample, samples_of_fit(fit))), None)]


def _take(
    run: StoredRun,
    folder: Path,
    entries: dict[str, Reference],
    built: Built,
    commit: str | None,
    replace: bool,
    scratch: Path,
) -> str | None:
    """Put a run into the folder and the index, unless it stands there.

    Returns:
        The name of its archive; None of a run that repeats a reference and is left out.

    Raises:
        UserError: it would mislead, or there are other scores of it, which are not to be replaced.
    """
    _check(run.record)
    name = _name(run.record)
    older = _older_scores(run.record, entries, replace)
    is_new = name not in entries or name in older
    if is_new and not older:
        former = repeated_by(
            run.record, entries.values(), lambda one: import_run(folder / one.archive, scratch).record
        )
        if former is not None and not (replace and _may_follow(run.record, former)):
            built.repeats.append(_left_out(name, run.record, former))
            return None
        if former is not None:
            older = [former.archive]
            built.repeats.append(f"{name} repeats the reference {former.archive}, and takes its place")
    if not is_new:
        built.kept.append(name)
    if not (is_new or older):
        return name
    with under_way(folder, sorted({name, *older})):
        if is_new:
            about = _added(run, folder, name, commit)
        for one in older:
            del entries[one]
        if is_new:
            entries[name] = about
        write_index(folder, list(entries.values()))
    built.replaced += older
    if is_new:
        built.added.append(name)
        built.older += [name] if about.older else []
    return name


def _may_follow(record: RunRecord, former: Reference) -> bool:
    """Whether a run may take the place of a reference that it repeats: it is newer, and its code no older."""
    return record.created > former.date and record.method.version == former.standing


def _left_out(name: str, record: RunRecord, former: Reference) -> str:
    why = "--replace takes it in its place" if _may_follow(record, former) else "which is as new"
    return f"{name} repeats the reference {former.archive}, and is left out ({why})"


def _added(run: StoredRun, folder: Path, name: str, commit: str | None) -> Reference:
    """The entry of a run, whose archive is written."""
    (folder / name).parent.mkdir(parents=True, exist_ok=True)
    export_to(run, folder / name, exported=run.record.created, slim=True)
    about = describe(name, digest_file(folder / name), run.record, older=False, commit=None, verified=None)
    changed = has_changed(about)
    return about.model_copy(update={"older": changed, "commit": None if changed else commit})


def _verify(
    run: StoredRun, name: str, entries: dict[str, Reference], built: Built, commit: str | None
) -> None:
    """Check the scores of a run, and note it in the entry of its archive.

    A good outcome stands, and so does any of making the run again, which says more.
    """
    one = entries[name]
    if one.outcome and (one.outcome.ok or one.outcome.kind == MADE_AGAIN):
        return
    if one.date != run.record.created:
        built.unchecked.append(f"{name}: it holds other scores than this run")
        return
    try:
        outcome = check_scores(run, one, commit)
    except DownbenchError as error:
        built.unchecked.append(f"{name}: {error.message}")
        return
    entries[name] = one.model_copy(update={"verified": outcome})
    if outcome.ok:
        built.checked.append(name)
    else:
        built.differing.append(f"{name}: {outcome.reason}")


def _older_scores(record: RunRecord, entries: dict[str, Reference], replace: bool) -> list[str]:
    """Archives of the same ensemble whose scores are older; they are to go.

    Raises:
        UserError: there are such, and they are not to be replaced.
    """
    name = _name(record)
    same = [one for one in entries.values() if one.sample == record.keys.sample and one.archive != name]
    newer = [one for one in same if one.date >= record.created]
    if newer or (same and not replace):
        raise UserError(
            f"{same[0].archive} holds other scores of the same samples",
            "those there are newer" if newer else "--replace takes the newer scores in their place",
        )
    if replace and name in entries and entries[name].date < record.created:
        same.append(entries[name])
    return [one.archive for one in same]


def _check(record: RunRecord) -> None:
    """Refuse what would mislead in a table of references.

    Raises:
        UserError: says why.
    """
    if record.track is not None:
        raise UserError("it was fitted on other data than it is scored on, which no reference is")
    if record.budget is not None:
        raise UserError("it had a --budget, so nobody can make it again")
    if record.user_regions:
        raise UserError("it has regions of somebody's own")


def _name(record: RunRecord) -> str:
    """``DATASET/METHOD-SEED-KEY.bench.zip``, of letters that every system has in names."""
    dataset = _plain(f"{record.dataset.label}-{record.dataset.fingerprint[:6]}")
    return f"{dataset}/{_plain(record.method.name)}-{record.seed}-{record.keys.score[:8]}{SUFFIX}"


def _plain(text: str) -> str:
    return re.sub(r"[^A-Za-z0-9.]+", "-", text).strip("-.").lower()
