"""The site: built beside its place, and swapped in when it is whole."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from downbench import (
    REPEATS,
    AmongRuns,
    Made,
    RunFailed,
    RunFile,
    UnreadRun,
    UserError,
    atomic_directory,
)
from downbench_leaderboard.pages.run import run_page
from downbench_leaderboard.records.entry import Entry
from downbench_leaderboard.records.former import FormerSite
from downbench_leaderboard.records.plain import finite
from downbench_leaderboard.records.reading import Hidden, Reading, read_records
from downbench_leaderboard.unchanged import keep_unchanged
from downbench_leaderboard.writing import Sections, why_not, write_boards, write_index

MARKER = ".downbench-leaderboard"
Beside = Callable[[list[Made]], AmongRuns]


@dataclass(frozen=True)
class Site:
    """What was built: its folder, and how many runs and boards it shows."""

    folder: Path
    runs: int
    tables: int
    hidden: int

    @property
    def index(self) -> Path:
        """The front page."""
        return self.folder / "index.html"

    def summary(self) -> dict[str, Any]:
        """For machines."""
        return {"site": str(self.folder), "index": str(self.index), "runs": self.runs, "tables": self.tables}


def build_site(
    records: Iterable[RunFile | UnreadRun],
    out: Path,
    root: Path,
    sections: Sections = (),
    beside: Beside = lambda runs: AmongRuns(iter(()), [False] * len(runs)),
) -> Site:
    """Build the site of some runs in ``out``, in place of a former one.

    Args:
        records: as :func:`downbench.each_unread_run` gives them; they are read one by one.
        out: folder of the site.
        root: folder of the runs; places on the pages are relative to it.
        sections: plain ``title`` and ``text`` from plug-ins, shown on the page of each board.
        beside: what else to show, once it is known what the runs are of.

    Raises:
        UserError: ``out`` holds something that is not a leaderboard, or the runs themselves.
        RunFailed: the site could not be written; a former one stands as it was.
    """
    _check_place(out, root)
    try:
        with atomic_directory(out.resolve()) as folder:
            former = FormerSite(out.resolve())
            entries, hidden = _write_runs(folder, records, root, former)
            finished = [entry for entry in entries if entry.finished]
            among = beside([entry.run.made for entry in finished])
            repeating = {e.page for e, again in zip(finished, among.repeated, strict=True) if again}
            entries = [
                replace(entry, marks=(*entry.marks, REPEATS)) if entry.page in repeating else entry
                for entry in entries
            ]
            more = _write_runs(folder, among.unread, root, former)
            entries, hidden, boards = _write(folder, entries + more[0], hidden + more[1], sections, former)
            keep_unchanged(out.resolve(), folder)
    except OSError as error:
        raise RunFailed(
            f"the site could not be written to {out}: {error.strerror or error}",
            "a former site stands as it was",
        ) from error
    return Site(out, len(entries), boards, len(hidden))


def _check_place(out: Path, root: Path) -> None:
    if out.exists() and not out.is_dir():
        raise UserError(f"{out} is a file", "name a folder with --out")
    if root.resolve().is_relative_to(out.resolve()):
        raise UserError(f"{out} holds the runs themselves", "name another folder with --out")
    if out.is_dir() and any(out.iterdir()) and not (out / MARKER).is_file():
        raise UserError(
            f"{out} is not empty and no former leaderboard, so it is left as it is",
            "name another folder with --out",
        )


def _write_runs(
    folder: Path, records: Iterable[RunFile | UnreadRun], root: Path, former: FormerSite
) -> tuple[list[Entry], list[Hidden]]:
    """Write the pages of runs; those that are shown, and those that are not."""
    (folder / "runs").mkdir(exist_ok=True)
    entries: list[Entry] = []
    hidden: list[Hidden] = []
    for reading in read_records(records, root, former):
        item = reading if isinstance(reading, Hidden) else _write_run(folder, reading, former)
        (hidden if isinstance(item, Hidden) else entries).append(item)  # type: ignore[arg-type]
    return entries, hidden


def _write(
    folder: Path, entries: list[Entry], hidden: list[Hidden], sections: Sections, former: FormerSite
) -> tuple[list[Entry], list[Hidden], int]:
    """Write the site; where that fails, find the runs that no board can be made of, and do without them.

    Raises:
        OSError: of the disk.
        RunFailed: no single run is at fault.
    """
    (folder / MARKER).write_text("A leaderboard of downbench; building it again replaces this folder.\n")
    for name in ("methods", "metrics", "datasets"):
        (folder / name).mkdir()
    try:
        boards, methods = write_boards(folder, entries, hidden, sections, former)
    except OSError:
        raise
    except Exception as error:
        reasons = {entry.page: why_not(entry) for entry in entries}
        if not any(reasons.values()):
            raise RunFailed(f"the site cannot be made: {type(error).__name__}: {error}") from error
        hidden += [Hidden(entry.place, reasons[entry.page]) for entry in entries if reasons[entry.page]]
        for entry in (entry for entry in entries if reasons[entry.page]):
            (folder / entry.page).unlink()
            (folder / entry.record).unlink()
        entries = [entry for entry in entries if not reasons[entry.page]]
        boards, methods = write_boards(folder, entries, hidden, sections, former)
    write_index(folder, entries, hidden, methods)
    return entries, hidden, boards


def _write_run(folder: Path, reading: Reading, former: FormerSite) -> Entry | Hidden:
    """Write a run's own page and record, or say why its page cannot be made."""
    entry = reading.entry
    if reading.maps is None:
        former.hand_on((entry.page, entry.record), folder)
        return entry
    try:
        page = run_page(reading)
        record = _as_json(reading.raw)
    except Exception as error:
        return Hidden(entry.place, f"its page cannot be made: {type(error).__name__}: {error}")
    (folder / entry.page).write_text(page, encoding="utf-8")
    (folder / entry.record).write_text(record + "\n", encoding="utf-8")
    return entry


def _as_json(raw: dict[str, Any]) -> str:
    try:
        return json.dumps(raw, allow_nan=False, ensure_ascii=False)
    except ValueError:  # a number that JSON does not have, which few records hold
        return json.dumps(finite(raw), allow_nan=False, ensure_ascii=False)
