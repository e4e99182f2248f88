"""The pages that show several runs: boards, methods, metrics, datasets, and the list of all."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from downbench import all_weights, registered
from downbench_leaderboard.boards.boards import Board, build_boards
from downbench_leaderboard.boards.colours import colours_of
from downbench_leaderboard.boards.columns import Column
from downbench_leaderboard.boards.standing import Classes, classes_of
from downbench_leaderboard.pages.dataset import write_dataset
from downbench_leaderboard.pages.front import board_page, empty_page
from downbench_leaderboard.pages.method import page_of_method
from downbench_leaderboard.pages.metric import write_metric
from downbench_leaderboard.records.addresses import dataset_page, method_page, metric_page
from downbench_leaderboard.records.entry import Entry
from downbench_leaderboard.records.former import LIST, FormerSite
from downbench_leaderboard.records.reading import Hidden

Sections = Sequence[dict[str, str]]


def colours_of_entries(entries: Iterable[Entry]) -> dict[tuple[str, str], str]:
    """One colour a method, the same on all pages, and when a run of another method comes."""
    by_age = sorted(entries, key=lambda entry: (entry.run.created, entry.maker))
    return colours_of((entry.maker, entry.run.role == "control") for entry in by_age)


def why_not(entry: Entry) -> str:
    """Why a board of this run alone cannot be made; empty where it can."""
    try:
        for board in build_boards([entry]):
            board_page(board, Classes(), [board], colours_of_entries([entry]))
    except Exception as error:
        return f"its page cannot be made: {type(error).__name__}: {error}"
    return ""


def write_boards(
    folder: Path, entries: list[Entry], hidden: list[Hidden], sections: Sections, former: FormerSite
) -> tuple[int, dict[str, str]]:
    """All pages that show several runs; how many boards there are, and the keys of the pages of methods."""
    boards = build_boards(entries)
    colours = colours_of_entries(entries)
    failed = [entry for entry in entries if not entry.finished]
    all_classes = [(board, classes_of(board)) for board in boards]
    for number, (board, classes) in enumerate(all_classes):
        page = board_page(board, classes, boards, colours, failed=failed, hidden=hidden, sections=sections)
        (folder / board.page).write_text(page, encoding="utf-8")
        if number == 0:
            (folder / "index.html").write_text(page, encoding="utf-8")
    if not boards:
        (folder / "index.html").write_text(empty_page(failed, hidden, sections), encoding="utf-8")
    methods = _write_methods(folder, entries, all_classes, colours, former)
    _write_metrics(folder, all_classes)
    _write_datasets(folder, boards)
    return len(boards), methods


def _write_methods(
    folder: Path,
    entries: list[Entry],
    boards: list[tuple[Board, Classes]],
    colours: dict[tuple[str, str], str],
    former: FormerSite,
) -> dict[str, str]:
    """Write the pages of methods, or hand on those that would be the same; the key of each."""
    makers: dict[tuple[str, str], list[Entry]] = {}
    for entry in entries:
        makers.setdefault(entry.maker, []).append(entry)
    own: dict[tuple[str, str], list[tuple[Board, Classes]]] = {maker: [] for maker in makers}
    for board, classes in boards:
        for maker in {row.maker for row in board.rows}:
            own[maker].append((board, classes))
    keys: dict[str, str] = {}
    weights = [one.name for one in all_weights()]
    for maker, runs in makers.items():
        page, name = page_of_method(runs, own[maker], colours, weights), method_page(*maker)
        keys[name] = page.key
        (folder / name).unlink(missing_ok=True)  # of a first try; it may be a link into the former site
        if former.has(keys[name], name):
            former.hand_on((name,), folder)
        else:
            (folder / name).write_text(page.html(), encoding="utf-8")
    return keys


def _write_metrics(folder: Path, boards: list[tuple[Board, Classes]]) -> None:
    infos = registered("metric")
    columns: dict[tuple[str, str], list[tuple[Board, Classes, Column]]] = {}
    for board, classes in boards:
        for column in sorted(board.columns, key=lambda c: not c.headline):
            here = columns.setdefault((column.card.distribution, column.metric), [])
            if all(other is not board for other, *_ in here):
                here.append((board, classes, column))
    for key, own in columns.items():
        page = write_metric(own, infos.get(key))
        (folder / metric_page(*key)).write_text(page, encoding="utf-8")


def _write_datasets(folder: Path, boards: list[Board]) -> None:
    infos = {name: info for (_, name), info in registered("dataset").items()}
    cards = {info.record: info for info in infos.values() if info.record}
    for label in dict.fromkeys(board.label for board in boards):
        here = [board for board in boards if board.label == label]
        card = cards.get(here[0].dataset.variant)
        page = write_dataset(here, infos.get(here[0].dataset.name), card)
        labels = {entry.run.dataset.shown for board in here for entry in board.entries}
        fingerprint = here[0].dataset.fingerprint
        for name in {label, *labels}:  # pages of runs link to what their records call the data
            (folder / dataset_page(name, fingerprint)).write_text(page, encoding="utf-8")


def write_index(folder: Path, entries: list[Entry], hidden: list[Hidden], methods: Mapping[str, str]) -> None:
    """``results.json``: where the record of each run is, why others are not shown, and pages of methods.

    Args:
        folder: of the site.
        entries: runs that are shown.
        hidden: those that are not.
        methods: key of each page of a method, see :func:`~downbench_leaderboard.records.former.key_of`.
    """
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
                "key": entry.key,
            }
            for entry in entries
        ],
        "methods": [{"page": page, "key": key} for page, key in methods.items()],
        "not_shown": [{"place": item.place, "reason": item.reason} for item in hidden],
    }
    text = json.dumps(results, allow_nan=False, ensure_ascii=False, indent=1)
    (folder / LIST).write_text(text + "\n", encoding="utf-8")
