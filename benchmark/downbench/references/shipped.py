"""References that installed distributions bring, and their archives unpacked as score directories."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from downbench.errors import DownbenchError, DownbenchWarning, UserError, disk_problem
from downbench.exchange.importing import import_run
from downbench.files import cache_folder, digest_file
from downbench.findings.stored_run import StoredRun
from downbench.plugins.data_folders import data_folders
from downbench.references.index import Reference, describe, read_index
from downbench.store.record import RunRecord, read_record
from downbench.store.run_directory import scored_below

GROUP, VARIABLE = "downbench.references", "DOWNBENCH_REFERENCES"


@dataclass(frozen=True)
class Shipped:
    """A reference in a folder of an installed distribution."""

    reference: Reference
    folder: Path
    distribution: str

    @property
    def archive(self) -> Path:
        """Path of its archive."""
        return self.folder / self.reference.archive


def all_references() -> list[Shipped]:
    """What all installed distributions bring; one whose index cannot be read is warned about and left out."""
    shipped = []
    for folder in data_folders(GROUP, VARIABLE):
        try:
            index = read_index(folder.path)
        except UserError as error:
            _warn(f"the references of {folder.distribution} are left out: {error}")
            continue
        shipped += [Shipped(one, folder.path, folder.distribution) for one in index.references]
    return shipped


def unpacked(shipped: Iterable[Shipped]) -> Iterator[tuple[Shipped, StoredRun]]:
    """References as scored runs; one that cannot be used is warned about and left out."""
    for one in shipped:
        try:
            yield one, unpack(one)
        except DownbenchError as error:
            _warn(f"the reference {one.reference.name} is left out: {error}")
        except OSError as error:
            problem = disk_problem(error) or error.strerror or str(error)
            _warn(f"references cannot be unpacked: {problem}")
            return


def unpack(shipped: Shipped) -> StoredRun:
    """A reference as a scored run in the cache, unpacked where it does not stand there whole.

    It is one of the newest code that repeats its work, so that seeds of either code are one row.

    Raises:
        UserError: its archive is damaged, or is not what the index says.
        OSError: the cache cannot be written.
    """
    root = cache_folder() / "references" / shipped.reference.sha256
    for path in scored_below(root):
        if (record := _whole(path)) is not None:
            return _as_listed(shipped, StoredRun(path.parent, record, shipped.reference.marks))
    if not shipped.archive.is_file() or digest_file(shipped.archive) != shipped.reference.sha256:
        raise UserError(f"{shipped.archive} is missing, or is not what the index beside it lists", _HINT)
    for path in scored_below(root):
        path.unlink()  # damaged: without it, the archive is unpacked again
    imported = import_run(shipped.archive, root)
    return _as_listed(shipped, StoredRun(imported.directory, imported.record, shipped.reference.marks))


def _as_listed(shipped: Shipped, run: StoredRun) -> StoredRun:
    """A run that is the one that the index says.

    Raises:
        UserError: it is another.
    """
    reference = shipped.reference
    besides = reference.model_dump(include={"older", "other_settings", "commit", "verified", "same"})
    if describe(reference.archive, reference.sha256, run.record, **besides) != reference:
        raise UserError(f"{shipped.archive} holds another run than the index beside it says", _HINT)
    method = run.record.method.model_copy(update={"version": reference.standing})
    return replace(run, record=run.record.model_copy(update={"method": method}))


def _whole(path: Path) -> RunRecord | None:
    """A record that was unpacked, unless it or a table beside it is not what was written."""
    try:
        record = read_record(path, RunRecord)
        intact = all(digest_file(path.parent / name) == digest for name, digest in record.files.items())
    except (ValueError, OSError):
        return None
    return record if intact else None


def _warn(text: str) -> None:
    warnings.warn(text, DownbenchWarning, stacklevel=3)


_HINT = "install the distribution again; who made it runs `bench reference` on its folder"
