"""From run directories to what the pages show, with the reason for every one that they cannot show."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from downbench import RunFile
from downbench_leaderboard.maps import Maps, read_maps
from downbench_leaderboard.names import unique_name
from downbench_leaderboard.rows import Entry
from downbench_leaderboard.schema import finite, printable, read_run

LOCAL = ("traceback", "data_root", "user_regions")  # of a run; they name paths of the machine


@dataclass(frozen=True)
class Hidden:
    """A run directory that is not shown, and why."""

    place: str
    reason: str


def read_records(
    records: Iterable[RunFile], root: Path
) -> tuple[list[Entry], dict[str, Maps | str], list[Hidden]]:
    """Sort runs into those to show, each with its maps (or why there are none), and the damaged."""
    entries, maps, hidden = [], {}, []
    for record in _without_former_scores(records):
        place = _relative(record.directory, root)
        if record.run is None:
            hidden.append(Hidden(place, record.reason))
            continue
        try:
            entries.append(_entry(record, root))
        except ValueError as error:
            hidden.append(Hidden(place, str(error)))
            continue
        maps[entries[-1].page] = _maps(record)
    return entries, maps, hidden


def _entry(record: RunFile, root: Path) -> Entry:
    """A run with all that a page says of it.

    Raises:
        ValueError: says in one line what is wrong with it.
    """
    content = printable(record.run)
    run = read_run(content)
    place, identity = _relative(record.directory, root), _identity(record.directory, root)
    page = unique_name(run.method.name, run.dataset.shown, identity=identity)
    raw = {key: value for key, value in content.items() if key not in LOCAL}
    return Entry(run, f"methods/{page}.html", finite(raw), place, record.directory)


def _without_former_scores(records: Iterable[RunFile]) -> list[RunFile]:
    """Of several scores of one ensemble, keep those with the most metrics, and of these the newest."""
    kept: dict[Path, RunFile] = {}
    for record in records:
        folder = record.directory.parent
        identity = folder if folder.name == "scores" and record.run is not None else record.directory
        if identity not in kept or _worth(record) >= _worth(kept[identity]):
            kept[identity] = record
    return list(kept.values())


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
    return printable(directory.name if place.startswith("/") else place)


def _maps(record: RunFile) -> Maps | str:
    """Example maps; whatever is wrong with the files becomes a sentence, since scores stand without maps."""
    try:
        examples = record.examples()
        return "This run keeps no example frames." if examples is None else read_maps(examples)
    except Exception as error:
        return f"The example frames cannot be read: {type(error).__name__}: {error}"
