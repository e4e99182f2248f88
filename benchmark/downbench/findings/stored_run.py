"""Scored runs as they stand on disk."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from downbench.errors import UserError
from downbench.missing import no_such
from downbench.store.record import RunRecord, read_record
from downbench.store.run_directory import (
    RUN,
    STATISTICS,
    RunDirectory,
    directory_of,
    is_run,
    scored_of_sample,
    scored_samples,
)

if TYPE_CHECKING:
    from downbench.scoring.statistics import Statistics

_NAMED = 6  # directories that a message names


@dataclass(frozen=True)
class StoredRun:
    """A score directory and its record; ``marks`` say where it comes from, none for a run of one's own."""

    directory: Path
    record: RunRecord
    marks: tuple[str, ...] = ()

    @property
    def label(self) -> str:
        """For messages."""
        return f"{self.record.method.name} on {self.record.dataset.label} ({self.directory})"

    @property
    def probabilistic(self) -> bool:
        """Whether the method's members differ."""
        return self.record.method.probabilistic

    @property
    def has_statistics(self) -> bool:
        """Whether its statistics stand there: a run that was imported may be without."""
        return self.record.origin is None or (self.directory / STATISTICS).is_dir()

    @cached_property
    def statistics(self) -> Statistics:
        """Read ``statistics.zarr``.

        Raises:
            UserError: it is missing or damaged.
        """
        from downbench.scoring.statistics import Statistics  # here: lists of runs are made without them

        return Statistics.load(self.directory / STATISTICS)

    @property
    def paths(self) -> RunDirectory:
        """Paths of the run, by the folders that it stands in."""
        keys = self.record.keys
        return directory_of(self.directory, keys.fit, keys.sample, keys.score)


def open_runs(path: Path) -> list[StoredRun]:
    """Scored runs of a score directory, or the newest of each ensemble below another folder of runs.

    Args:
        path: a score, sample or fit directory, or a folder of fits: of one method, one dataset or all.

    Raises:
        UserError: no such directory, nothing scored there, or a damaged ``run.json``.
    """
    if (path / RUN).is_file():
        return [_open(path)]
    if not path.exists():
        raise no_such(path, hint="name a directory that `bench run` printed: runs/.../scores/KEY")
    samples = scored_samples(path)
    if not samples and is_run(path):
        raise UserError(f"nothing in {path} has been scored yet", "`bench run` goes on where it stopped")
    if not samples:
        raise UserError(
            f"{path} is not a run directory, and holds none",
            "name one that `bench run` printed: runs/.../scores/KEY",
        )
    newest = []
    for folder in samples:
        scored = [_open(file.parent) for file in scored_of_sample(folder)]
        newest.append(max(scored, key=lambda run: (run.record.created, len(run.record.metrics))))
    return newest


def open_run(path: Path) -> StoredRun:
    """The one scored run of a directory.

    Raises:
        UserError: as :func:`open_runs`, or there are several.
    """
    runs = open_runs(path)
    if len(runs) > 1:
        raise UserError(
            f"{path} holds {len(runs)} scored ensembles",
            "name one:" + _some(runs),
        )
    return runs[0]


def _some(runs: list[StoredRun]) -> str:
    """The first few directories, each on a line."""
    shown = [f"\n    {run.directory}" for run in runs[:_NAMED]]
    more = f"\n    and {len(runs) - _NAMED} others" if len(runs) > _NAMED else ""
    return "".join(shown) + more


def _open(directory: Path) -> StoredRun:
    try:
        return StoredRun(directory, read_record(directory / RUN, RunRecord))
    except ValueError as error:
        raise UserError(f"{directory} cannot be used: {error}", "`bench run` scores again") from None
