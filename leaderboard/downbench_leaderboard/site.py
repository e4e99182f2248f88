"""The site: built beside its place, and swapped in when it is whole."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from downbench import RunFailed, RunFile, UserError, atomic_directory
from downbench_leaderboard.classes import table_badges
from downbench_leaderboard.columns import score_of
from downbench_leaderboard.maps import Maps
from downbench_leaderboard.pages import render
from downbench_leaderboard.payload import cost_of, members_of, no_intervals, table_payload
from downbench_leaderboard.reading import Hidden, read_records
from downbench_leaderboard.rows import Entry, row_details
from downbench_leaderboard.tables import Table, build_tables

MARKER = ".downbench-leaderboard"
GALLERY_LIMIT = 24  # methods whose maps stand side by side on the front page


@dataclass(frozen=True)
class Site:
    """What was built: its folder, and how many runs and tables it shows."""

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
    records: Iterable[RunFile], out: Path, root: Path, sections: list[dict[str, str]] | None = None
) -> Site:
    """Build the site of some runs in ``out``, in place of a former one.

    Args:
        records: as :func:`downbench.find_runs` gives them.
        out: folder of the site.
        root: folder of the runs; places on the pages are relative to it.
        sections: plain ``title`` and ``text`` from plug-ins, shown on the front page.

    Raises:
        UserError: ``out`` holds something that is not a leaderboard, or the runs themselves.
        RunFailed: the site could not be written; a former one stands as it was.
    """
    _check_place(out, root)
    entries, maps, hidden = read_records(records, root)
    try:
        with atomic_directory(out.resolve()) as folder:
            entries, hidden = _write_all_that_can_be_shown(folder, entries, maps, hidden, sections or [])
    except OSError as error:
        raise RunFailed(
            f"the site could not be written to {out}: {error.strerror or error}",
            "a former site stands as it was",
        ) from error
    return Site(out, len(entries), len(build_tables(entries)), len(hidden))


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


def _write_all_that_can_be_shown(
    folder: Path,
    entries: list[Entry],
    maps: Mapping[str, Maps | str],
    hidden: list[Hidden],
    sections: list[dict[str, str]],
) -> tuple[list[Entry], list[Hidden]]:
    """Write the site; where that fails, find the runs whose pages cannot be made, and do without them.

    Returns:
        The runs that are shown, and those that are not.

    Raises:
        OSError: of the disk.
    """
    try:
        _write(folder, entries, maps, hidden, build_tables(entries), sections)
        return entries, hidden
    except OSError:
        raise
    except Exception as error:
        reasons = {entry.page: _why_not(folder / "trial", entry, maps) for entry in entries}
        if not any(reasons.values()):
            raise RunFailed(f"the site cannot be made: {type(error).__name__}: {error}") from error
    shown = [entry for entry in entries if not reasons[entry.page]]
    failing = [Hidden(entry.place, reasons[entry.page]) for entry in entries if reasons[entry.page]]
    _empty(folder)
    _write(folder, shown, maps, hidden + failing, build_tables(shown), sections)
    return shown, hidden + failing


def _why_not(folder: Path, entry: Entry, maps: Mapping[str, Maps | str]) -> str:
    """Why a site of this run alone cannot be made; empty where it can."""
    folder.mkdir()
    try:
        _write(folder, [entry], maps, [], build_tables([entry]), [])
    except OSError:
        raise
    except Exception as error:
        return f"its page cannot be made: {type(error).__name__}: {error}"
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return ""


def _empty(folder: Path) -> None:
    for left in list(folder.iterdir()):
        shutil.rmtree(left) if left.is_dir() else left.unlink()


def _write(
    folder: Path,
    entries: list[Entry],
    maps: Mapping[str, Maps | str],
    hidden: list[Hidden],
    tables: list[Table],
    sections: list[dict[str, str]],
) -> None:
    (folder / MARKER).write_text("A leaderboard of downbench; building it again replaces this folder.\n")
    (folder / "methods").mkdir()
    front = [
        {
            "table": table,
            "payload": table_payload(table, table_badges(table)),
            "gallery": _gallery(table, maps),
        }
        for table in tables
    ]
    page = render(
        "index.html",
        ("common.js", "charts.js", "index.js"),
        root="",
        title="Precipitation downscaling leaderboard",
        front=front,
        failed=[entry for entry in entries if not entry.finished],
        hidden=hidden,
        sections=sections,
        score_of=score_of,
        members_of=members_of,
        count_of_runs=len(entries),
    )
    (folder / "index.html").write_text(page, encoding="utf-8")
    details = row_details(entries)
    for entry in entries:
        _write_run(folder, entry, entries, details, maps[entry.page], tables)
    results = {
        "runs": [{"place": entry.place, "page": entry.page, "run": entry.raw} for entry in entries],
        "not_shown": [{"place": item.place, "reason": item.reason} for item in hidden],
    }
    text = json.dumps(results, allow_nan=False, ensure_ascii=False, indent=1, default=str)
    (folder / "results.json").write_text(text + "\n", encoding="utf-8")


def _write_run(
    folder: Path,
    entry: Entry,
    entries: list[Entry],
    details: Mapping[str, str],
    maps: Maps | str,
    tables: list[Table],
) -> None:
    run = entry.run
    page = render(
        "run.html",
        ("common.js", "charts.js", "run.js"),
        root="../",
        title=f"{run.method.title or run.method.name} on {run.dataset.shown}",
        entry=entry,
        run=run,
        maps=None if isinstance(maps, str) else maps,
        no_maps=maps if isinstance(maps, str) else "",
        cost=cost_of(run),
        members=members_of(run),
        no_intervals=no_intervals([run]),
        tables=[table for table in tables if entry in table.entries],
        others=[
            (other, details[other.page])
            for other in entries
            if other is not entry and other.maker == entry.maker
        ],
        curves={name: _own_curve(curve) for name, curve in run.curves.items()},
    )
    (folder / entry.page).write_text(page, encoding="utf-8")
    data = json.dumps(entry.raw, allow_nan=False, ensure_ascii=False, indent=1, default=str)
    (folder / entry.page).with_suffix(".json").write_text(data + "\n", encoding="utf-8")


def _own_curve(curve: Any) -> dict[str, Any]:
    series = [
        {
            "label": label,
            "detail": "",
            "truth": label == "truth",
            "role": "method",
            "row": None if label == "truth" else i,
            "x": curve.x,
            "y": y,
        }
        for i, (label, y) in enumerate(curve.series.items())
    ]
    return {**curve.model_dump(include={"x_label", "y_label", "log_x", "log_y"}), "series": series}


def _gallery(table: Table, maps: Mapping[str, Maps | str]) -> dict[str, Any] | None:
    """One frame of the truth beside a member of each method that kept the same frame."""
    found = [(entry, maps[entry.page]) for entry in table.entries]
    kept = [(entry, item) for entry, item in found if isinstance(item, Maps)]
    if not kept:
        return None
    first, details = kept[0][1], row_details(table.entries)
    same = [
        (entry, frame, details[entry.page])
        for entry, item in kept
        for frame in item.frames
        if (item.tile, frame.time, frame.truth) == (first.tile, first.wettest.time, first.wettest.truth)
    ]
    return {"maps": first, "frame": first.wettest, "others": same[:GALLERY_LIMIT]}
