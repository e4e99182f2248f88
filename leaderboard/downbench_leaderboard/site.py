"""The site: built beside its place, and swapped in when it is whole."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from downbench import RunFailed, RunFile, UserError, atomic_directory, registered
from downbench_leaderboard.boards.boards import Board, build_boards
from downbench_leaderboard.boards.colours import colours_of
from downbench_leaderboard.boards.columns import Column
from downbench_leaderboard.boards.standing import Classes, classes_of
from downbench_leaderboard.pages.dataset import write_dataset
from downbench_leaderboard.pages.front import board_page, empty_page
from downbench_leaderboard.pages.method import write_method
from downbench_leaderboard.pages.metric import write_metric
from downbench_leaderboard.pages.run import run_page
from downbench_leaderboard.records.addresses import dataset_page, method_page, metric_page
from downbench_leaderboard.records.entry import Entry
from downbench_leaderboard.records.reading import Hidden, Reading, read_records
from downbench_leaderboard.records.schema import finite

MARKER = ".downbench-leaderboard"
Sections = Sequence[dict[str, str]]


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


def build_site(records: Iterable[RunFile], out: Path, root: Path, sections: Sections = ()) -> Site:
    """Build the site of some runs in ``out``, in place of a former one.

    Args:
        records: as :func:`downbench.each_run` gives them; they are read one by one.
        out: folder of the site.
        root: folder of the runs; places on the pages are relative to it.
        sections: plain ``title`` and ``text`` from plug-ins, shown on the front page.

    Raises:
        UserError: ``out`` holds something that is not a leaderboard, or the runs themselves.
        RunFailed: the site could not be written; a former one stands as it was.
    """
    _check_place(out, root)
    try:
        with atomic_directory(out.resolve()) as folder:
            entries, hidden, boards = _write(folder, records, root, sections)
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


def _write(
    folder: Path, records: Iterable[RunFile], root: Path, sections: Sections
) -> tuple[list[Entry], list[Hidden], int]:
    """Write the site; where that fails, find the runs that no board can be made of, and do without them.

    Raises:
        OSError: of the disk.
        RunFailed: no single run is at fault.
    """
    (folder / MARKER).write_text("A leaderboard of downbench; building it again replaces this folder.\n")
    for name in ("runs", "methods", "metrics", "datasets"):
        (folder / name).mkdir()
    entries: list[Entry] = []
    hidden: list[Hidden] = []
    for reading in read_records(records, root):
        item = reading if isinstance(reading, Hidden) else _write_run(folder, reading)
        (hidden if isinstance(item, Hidden) else entries).append(item)  # type: ignore[arg-type]
    try:
        boards = _write_boards(folder, entries, hidden, sections)
    except OSError:
        raise
    except Exception as error:
        reasons = {entry.page: _why_not(entry) for entry in entries}
        if not any(reasons.values()):
            raise RunFailed(f"the site cannot be made: {type(error).__name__}: {error}") from error
        hidden += [Hidden(entry.place, reasons[entry.page]) for entry in entries if reasons[entry.page]]
        for entry in (entry for entry in entries if reasons[entry.page]):
            (folder / entry.page).unlink()
            (folder / entry.record).unlink()
        entries = [entry for entry in entries if not reasons[entry.page]]
        boards = _write_boards(folder, entries, hidden, sections)
    _write_index(folder, entries, hidden)
    return entries, hidden, boards


def _write_run(folder: Path, reading: Reading) -> Entry | Hidden:
    """Write a run's own page and record, or say why its page cannot be made."""
    entry = reading.entry
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


def _why_not(entry: Entry) -> str:
    """Why a board of this run alone cannot be made; empty where it can."""
    try:
        for board in build_boards([entry]):
            board_page(board, Classes(), [board], _colours([entry]))
    except Exception as error:
        return f"its page cannot be made: {type(error).__name__}: {error}"
    return ""


def _colours(entries: Iterable[Entry]) -> dict[tuple[str, str], str]:
    return colours_of((entry.maker, entry.run.role == "control") for entry in entries)


def _write_boards(folder: Path, entries: list[Entry], hidden: list[Hidden], sections: Sections) -> int:
    """All pages that show several runs; how many boards there are."""
    boards = build_boards(entries)
    boards.sort(key=lambda board: board.dataset.standin)  # real data first
    colours = _colours(entries)
    failed = [entry for entry in entries if not entry.finished]
    all_classes = [(board, classes_of(board)) for board in boards]
    for number, (board, classes) in enumerate(all_classes):
        page = board_page(board, classes, boards, colours, failed=failed, hidden=hidden, sections=sections)
        (folder / board.page).write_text(page, encoding="utf-8")
        if number == 0:
            (folder / "index.html").write_text(page, encoding="utf-8")
    if not boards:
        (folder / "index.html").write_text(empty_page(failed, hidden, sections), encoding="utf-8")
    _write_methods(folder, entries, all_classes, colours)
    _write_metrics(folder, boards)
    _write_datasets(folder, boards)
    return len(boards)


def _write_methods(
    folder: Path,
    entries: list[Entry],
    boards: list[tuple[Board, Classes]],
    colours: dict[tuple[str, str], str],
) -> None:
    makers: dict[tuple[str, str], list[Entry]] = {}
    for entry in entries:
        makers.setdefault(entry.maker, []).append(entry)
    own: dict[tuple[str, str], list[tuple[Board, Classes]]] = {maker: [] for maker in makers}
    for board, classes in boards:
        for maker in {row.maker for row in board.rows}:
            own[maker].append((board, classes))
    for maker, runs in makers.items():
        (folder / method_page(*maker)).write_text(write_method(runs, own[maker], colours), encoding="utf-8")


def _write_metrics(folder: Path, boards: list[Board]) -> None:
    infos = registered("metric")
    columns: dict[tuple[str, str], list[tuple[Board, Column]]] = {}
    for board in boards:
        for column in sorted(board.columns, key=lambda c: not c.headline):
            here = columns.setdefault((column.card.distribution, column.metric), [])
            if all(other is not board for other, _ in here):
                here.append((board, column))
    for key, own in columns.items():
        page = write_metric(own, infos.get(key))
        (folder / metric_page(*key)).write_text(page, encoding="utf-8")


def _write_datasets(folder: Path, boards: list[Board]) -> None:
    infos = {name: info for (_, name), info in registered("dataset").items()}
    for label in dict.fromkeys(board.label for board in boards):
        here = [board for board in boards if board.label == label]
        page = write_dataset(here, infos.get(here[0].dataset.name))
        (folder / dataset_page(label)).write_text(page, encoding="utf-8")


def _write_index(folder: Path, entries: list[Entry], hidden: list[Hidden]) -> None:
    """``results.json``: where the record of each run is, and why others are not shown."""
    results = {
        "runs": [
            {
                "place": entry.place,
                "page": entry.page,
                "record": entry.record,
                "method": entry.run.method.name,
                "dataset": entry.run.dataset.shown,
                "seed": entry.run.seed,
                "status": entry.run.status,
                "marks": list(entry.marks),
            }
            for entry in entries
        ],
        "not_shown": [{"place": item.place, "reason": item.reason} for item in hidden],
    }
    text = json.dumps(results, allow_nan=False, ensure_ascii=False, indent=1)
    (folder / "results.json").write_text(text + "\n", encoding="utf-8")
