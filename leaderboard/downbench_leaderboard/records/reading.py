"""From run directories to what the pages show, with the reason for every one that they cannot show."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any

from downbench import RunFile, UnreadRun, code_here, digest_json
from downbench_leaderboard.records.entry import Entry
from downbench_leaderboard.records.former import FormerSite, key_of
from downbench_leaderboard.records.kept import keep_moment, keep_run, kept_moment, kept_run
from downbench_leaderboard.records.names import unique_name
from downbench_leaderboard.records.plain import finite, printable
from downbench_leaderboard.records.schema import Run, read_run

if TYPE_CHECKING:
    from downbench_leaderboard.maps.frames import Maps

LOCAL = ("traceback", "data_root", "user_regions")  # of a run; they name paths of the machine


@dataclass(frozen=True)
class Hidden:
    """A run directory that is not shown, and why."""

    place: str
    reason: str


@dataclass(frozen=True)
class Reading:
    """One run as it was read: what stays in memory, and what only its own page needs.

    Args:
        entry: what boards and lists are made of.
        raw: content of its record without what names this machine.
        maps: its example frames, or a sentence why there are none; None where the former site has its page.
    """

    entry: Entry
    raw: dict[str, Any]
    maps: Maps | str | None


@dataclass(frozen=True)
class _Opened:
    """A record that is checked; ``record`` is None where that was kept, ``run`` where it is damaged."""

    file: RunFile | UnreadRun
    run: Run | None = None
    marks: tuple[str, ...] = ()
    record: RunFile | None = None
    reason: str = ""

    def read(self) -> RunFile:
        """The record's file, read now if it was not yet."""
        return self.record or (self.file if isinstance(self.file, RunFile) else self.file.read())


def read_records(
    records: Iterable[RunFile | UnreadRun], root: Path, former: FormerSite | None = None
) -> Iterator[Reading | Hidden]:
    """The runs to show and the damaged ones, one after the other, so that few are in memory at once.

    Args:
        records: in order of their paths; of those that are unread, what was made of the same bytes before
            is taken from the cache.
        root: folder of the runs.
        former: the site that stands where a new one will.
    """
    base = root.resolve()
    for opened in _without_former_scores(_open(file) for file in records):
        identity = _identity(opened.file.directory, base)
        place = str(printable(opened.file.directory.name if identity.startswith("/") else identity))
        if opened.run is None:
            yield Hidden(place, opened.reason)
        else:
            yield _read(opened, opened.run, place, identity, former)


def _open(file: RunFile | UnreadRun) -> _Opened:
    key = key_of("run", file.digest) if isinstance(file, UnreadRun) and file.digest else ""
    if key and (kept := kept_run(key)):
        return _Opened(file, *kept)
    record = file.read() if isinstance(file, UnreadRun) else file
    if record.run is None:
        return _Opened(file, reason=record.reason)
    try:
        run = read_run(printable(record.run))
    except ValueError as error:
        return _Opened(file, reason=str(error))
    if key:
        keep_run(key, run, record.marks)
        run = (kept_run(key) or (run,))[0]  # its cards are shared then
    return _Opened(file, run, record.marks, record)


def _read(opened: _Opened, run: Run, place: str, identity: str, former: FormerSite | None) -> Reading:
    """A run with all that a page says of it."""
    page = f"runs/{unique_name(run.method.name, run.dataset.shown, identity=identity)}.html"
    directory = opened.file.directory
    digest = (
        opened.file.digest if isinstance(opened.file, UnreadRun) else digest_json(finite(opened.file.run))
    )
    keeps_examples = RunFile(directory, None).keeps_examples
    key = key_of(digest, opened.marks, keeps_examples, page, place, code_here(run.method))
    entry = Entry(run, page, place, directory, None, opened.marks, key)
    if former is not None and former.has(key, page, entry.record):
        moment = kept_moment(key) if keeps_examples else None
        if moment is not None or not keeps_examples:
            return Reading(replace(entry, moment=moment), {}, None)
    record = opened.read()
    maps = _maps(record) if run.status == "finished" else "This run did not finish."
    if not isinstance(maps, str):
        entry = replace(entry, moment=maps.moment)
        keep_moment(key, maps.moment)
    return Reading(entry, _without_paths(printable(record.run)), maps)


def _without_paths(content: dict[str, Any]) -> dict[str, Any]:
    """A record without what names paths of the machine."""
    raw = {key: value for key, value in content.items() if key not in LOCAL}
    method = raw.get("method")
    if isinstance(method, dict) and isinstance(method.get("submission"), dict):
        raw["method"] = {**method, "submission": {**method["submission"], "path": None}}
    return raw


def _without_former_scores(records: Iterable[_Opened]) -> Iterator[_Opened]:
    """Of several scores of one ensemble, keep those with the most metrics, and of these the newest."""
    for _, group in groupby(records, _ensemble):
        yield max(group, key=_worth)


def _ensemble(opened: _Opened) -> Path:
    directory = opened.file.directory
    return directory.parent if directory.parent.name == "scores" and opened.run is not None else directory


def _worth(opened: _Opened) -> tuple[int, str]:
    return (len(opened.run.metrics), opened.run.created) if opened.run is not None else (0, "")


def _identity(directory: Path, base: Path) -> str:
    """Path in the folder of runs; outside of it, whole: it is never shown then."""
    resolved = directory.resolve()
    return (resolved.relative_to(base) if resolved.is_relative_to(base) else resolved).as_posix()


def _maps(record: RunFile) -> Maps | str:
    """Example maps; whatever is wrong with the files becomes a sentence, since scores stand without maps."""
    try:
        examples = record.examples()
        if examples is None:
            return "This run keeps no example frames."
        from downbench_leaderboard.maps.frames import read_maps  # it imports xarray: 0.3 s of a short build

        return read_maps(examples)
    except Exception as error:
        return f"The example frames cannot be read: {type(error).__name__}: {error}"
