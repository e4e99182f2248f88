"""Run directories of a folder: the index that a table or a leaderboard is made from."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any

from downbench.errors import DamagedData
from downbench.files import digest_file, digest_folder, read_json
from downbench.store.record import SCHEMA_VERSION, check_digest
from downbench.store.run_directory import EXAMPLES, failures_below, scored_below

if TYPE_CHECKING:
    import xarray as xr


@dataclass(frozen=True)
class RunFile:
    """The record of one scored or failed run as it stands on disk, for readers that are lenient with it.

    Args:
        directory: its score directory, or that of the fit when it failed.
        run: content of ``run.json`` (or ``failed.json``); None when it cannot be read.
        reason: why ``run`` is None.
        marks: what a reader must know of where it comes from, for instance ``reference`` or ``imported``;
            none for a run of one's own.
    """

    directory: Path
    run: dict[str, Any] | None
    reason: str = ""
    marks: tuple[str, ...] = ()

    @property
    def keeps_examples(self) -> bool:
        """Whether there are example frames, whatever can be read of them."""
        return (self.directory / EXAMPLES).is_dir()

    def examples(self) -> xr.Dataset | None:
        """Example frames ``coarse``, ``truth`` and ``members`` in mm/h, if they were kept.

        Raises:
            DamagedData: they are not what was written, as far as the record says what that was.
        """
        path = self.directory / EXAMPLES
        if not path.is_dir():
            return None
        files = (self.run or {}).get("files")
        digest = files.get(EXAMPLES) if isinstance(files, dict) else None
        if digest is not None and digest != digest_folder(path):
            raise DamagedData(path, "it is not what was written", "the scores do not depend on it")
        import xarray as xr  # a table of runs needs no examples

        return xr.open_zarr(path, consolidated=False, chunks=None).load()


@dataclass(frozen=True)
class UnreadRun:
    """A record that nobody has read yet, for readers that know what they made of the same bytes before.

    Args:
        directory: as of :class:`RunFile`.
        digest: of all that :attr:`read` depends on; empty where it cannot be told.
        read: reads it.
    """

    directory: Path
    digest: str
    read: Callable[[], RunFile]


def each_unread_run(root: Path) -> Iterator[UnreadRun]:
    """What :func:`each_run` gives, with nothing read but the bytes that its digest is of."""
    return (_unread(path) for path in chain(scored_below(root), failures_below(root)))


def _unread(path: Path) -> UnreadRun:
    try:
        digest = digest_file(path)
    except OSError:  # reading it says why
        digest = ""
    return UnreadRun(path.parent, digest, partial(_read, path))


def each_run(root: Path) -> Iterator[RunFile]:
    """All scored and failed runs below ``root``, in order of their paths; damaged ones with the reason.

    They are read one by one: thousands of records do not fit in memory.
    """
    return (_read(path) for path in chain(scored_below(root), failures_below(root)))


def has_runs(root: Path) -> bool:
    """Whether any run stands below ``root``, whatever can be read of it."""
    return next(chain(scored_below(root), failures_below(root)), None) is not None


def runs_state(root: Path) -> list[tuple[str, int, int]]:
    """Place, size and time of each record below ``root``: another list means that a run came or changed."""
    paths = chain(scored_below(root), failures_below(root))
    return [(str(path), path.stat().st_size, path.stat().st_mtime_ns) for path in paths]


def find_runs(root: Path) -> list[RunFile]:
    """What :func:`each_run` gives, all at once."""
    return list(each_run(root))


def _read(path: Path) -> RunFile:
    try:
        run = read_json(path)
        if run.get("schema_version") != SCHEMA_VERSION:
            raise ValueError(f"{path.name} has schema version {run.get('schema_version')!r}")
        check_digest(path.name, run)
    except ValueError as error:
        return RunFile(path.parent, None, str(error))
    return RunFile(path.parent, run, marks=_marks(run))


def _marks(run: dict[str, Any]) -> tuple[str, ...]:
    """Where a run comes from, if it is none of this folder's own code."""
    method = run.get("method")
    submitted = isinstance(method, dict) and method.get("submission") is not None
    marks = ("imported",) if run.get("origin") is not None else ()
    return (*marks, "submitted", "declared") if submitted else marks
