"""From run directories to what the pages show, with the reason for every one that they cannot show."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import groupby
from pathlib import Path
from typing import Any

from downbench import RunFile
from downbench_leaderboard.maps.frames import Maps, read_maps
from downbench_leaderboard.records.entry import Entry
from downbench_leaderboard.records.former import FormerSite, keep_moment, kept_moment, key_of
from downbench_leaderboard.records.names import unique_name
from downbench_leaderboard.records.plain import printable
from downbench_leaderboard.records.schema import read_run

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


def read_records(
    records: Iterable[RunFile], root: Path, former: FormerSite | None = None
) -> Iterator[Reading | Hidden]:
    """The runs to show and the damaged ones, one after the other, so that few are in memory at once.

    Args:
        records: in order of their paths.
        root: folder of the runs.
        former: the site that stands where a new one will.
    """
    for record in _without_former_scores(records):
        place = _relative(record.directory, root)
        if record.run is None:
            yield Hidden(place, record.reason)
            continue
        try:
            yield _read(record, root, former)
        except ValueError as error:
            yield Hidden(place, str(error))


def _read(record: RunFile, root: Path, former: FormerSite | None) -> Reading:
    """A run with all that a page says of it.

    Raises:
        ValueError: says in one line what is wrong with it.
    """
    content = printable(record.run)
    run = read_run(content)
    place, identity = _relative(record.directory, root), _identity(record.directory, root)
    page = f"runs/{unique_name(run.method.name, run.dataset.shown, identity=identity)}.html"
    key = key_of(record, content, page, place)
    entry = Entry(run, page, place, record.directory, None, record.marks, key)
    if former is not None and former.has(page, key):
        moment = kept_moment(key)
        if moment is not None or not record.keeps_examples:
            return Reading(replace(entry, moment=moment), {}, None)
    maps = _maps(record) if run.status == "finished" else "This run did not finish."
    if not isinstance(maps, str):
        entry = replace(entry, moment=maps.moment)
        keep_moment(key, maps.moment)
    return Reading(entry, _without_paths(content), maps)


def _without_paths(content: dict[str, Any]) -> dict[str, Any]:
    """A record without what names paths of the machine."""
    raw = {key: value for key, value in content.items() if key not in LOCAL}
    method = raw.get("method")
    if isinstance(method, dict) and isinstance(method.get("submission"), dict):
        raw["method"] = {**method, "submission": {**method["submission"], "path": None}}
    return raw


def _without_former_scores(records: Iterable[RunFile]) -> Iterator[RunFile]:
    """Of several scores of one ensemble, keep those with the most metrics, and of these the newest."""
    for _, group in groupby(records, _ensemble):
        yield max(group, key=_worth)


def _ensemble(record: RunFile) -> Path:
    folder = record.directory.parent
    return folder if folder.name == "scores" and record.run is not None else record.directory


def _worth(record: RunFile) -> tuple[int, str]:
    run = record.run or {}
    metrics = run.get("metrics")
    return (len(metrics) if isinstance(metrics, dict) else 0, str(run.get("created", "")))


def _identity(directory: Path, root: Path) -> str:
    resolved, base = directory.resolve(), root.resolve()
    return (resolved.relative_to(base) if resolved.is_relative_to(base) else resolved).as_posix()


def _relative(directory: Path, root: Path) -> str:
    """Place to show: never a path of the machine beyond the folder of runs."""
    place = _identity(directory, root)
    return str(printable(directory.name if place.startswith("/") else place))


def _maps(record: RunFile) -> Maps | str:
    """Example maps; whatever is wrong with the files becomes a sentence, since scores stand without maps."""
    try:
        examples = record.examples()
        return "This run keeps no example frames." if examples is None else read_maps(examples)
    except Exception as error:
        return f"The example frames cannot be read: {type(error).__name__}: {error}"
