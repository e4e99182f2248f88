"""Archives that are on their way into a folder of references, or out of it: after a kill, the index decides.

Archives and their index are several files, which nothing replaces in one step. Therefore a journal names the
archives that are about to change, before they do; those of them that the index does not list go.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from downbench.files import digest_file, read_json, write_json
from downbench.references.index import read_index
from downbench.store.locks import locked_by
from downbench.temporaries import remove_leftovers

JOURNAL = ".import.json"
_LOCK = ".import.lock"


@contextmanager
def one_at_a_time(folder: Path) -> Iterator[None]:
    """Let one process at a time change a folder of references, and settle what a killed one left there."""
    folder.mkdir(parents=True, exist_ok=True)
    with locked_by(folder / _LOCK, str(folder), keep=False):
        settle(folder)
        yield


@contextmanager
def under_way(folder: Path, archives: Sequence[str]) -> Iterator[None]:
    """Note which archives are about to change; the block writes new ones, and then the index.

    Args:
        folder: of the references.
        archives: new ones, those that get other content, and those that go: the block leaves them there.
    """
    write_json(folder / JOURNAL, {"archives": list(archives)})
    try:
        for archive in (folder / name for name in archives):
            if archive.exists():
                shutil.copyfile(archive, _former(archive))
        yield
    finally:
        settle(folder)


def settle(folder: Path) -> None:
    """Make archives that a journal names what the index says of them, and delete the journal."""
    journal = folder / JOURNAL
    if not journal.exists():
        return
    listed = {one.archive: one.sha256 for one in read_index(folder).references}
    root = folder.resolve()
    for archive in (folder / name for name in read_json(journal)["archives"]):
        if not archive.resolve().is_relative_to(root):
            continue
        former = _former(archive)
        due = listed.get(archive.relative_to(folder).as_posix())
        if due is None:
            archive.unlink(missing_ok=True)
        elif former.exists() and digest_file(archive) != due:
            former.replace(archive)
        former.unlink(missing_ok=True)
        remove_leftovers(archive.parent)
    remove_leftovers(folder)
    journal.unlink()


def _former(archive: Path) -> Path:
    """Where the former content of an archive stands until the index lists the new one."""
    return archive.with_name(f".{archive.name}.former")
