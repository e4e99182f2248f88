"""Atomic writes, folders for a while, and digests."""

from __future__ import annotations

import errno
import hashlib
import json
import os
import secrets
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from downbench.temporaries import (
    delete,
    hold,
    leftovers_in,
    let_go,
    put_in_place,
    remove_leftovers,
    temporary_for,
)

_SCRATCH = "downbench-"
_PROBE = 1 << 20  # bytes that a disk has room for, or else counts as full


@contextmanager
def atomic_file(path: Path) -> Iterator[Path]:
    """Give a temporary name beside ``path``; rename it there when the block ends well."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = temporary_for(path)
    hold(temporary)
    try:
        yield temporary
        temporary.replace(path)
    finally:
        let_go(temporary)


@contextmanager
def atomic_directory(path: Path) -> Iterator[Path]:
    """Give an empty directory beside ``path``; it takes the place of ``path`` when the block ends well.

    What stands at ``path`` is touched when the new directory is complete, and not before. What dead processes
    left of such a directory is removed.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    remove_leftovers(path.parent, path.name)
    temporary = temporary_for(path)
    hold(temporary)
    delete(temporary)
    try:
        temporary.mkdir()
        yield temporary
        put_in_place(temporary, path)
    finally:
        let_go(temporary)


@contextmanager
def atomic_netcdf(path: Path) -> Iterator[Path]:
    """As :func:`atomic_file`, for NetCDF, whose library does not say why it cannot write.

    Raises:
        OSError: why it could not be written: a full disk where that is so.
    """
    with atomic_file(path) as temporary:
        try:
            yield temporary
        except (RuntimeError, PermissionError) as error:
            if isinstance(error, RuntimeError) and not str(error).startswith("NetCDF:"):
                raise
            with tempfile.TemporaryFile(dir=path.parent) as probe:
                probe.write(bytes(_PROBE))
            if isinstance(error, PermissionError):
                raise
            raise OSError(errno.EIO, f"it could not be written ({error})", os.fspath(path)) from error


@contextmanager
def scratch_folder(purpose: str) -> Iterator[Path]:
    """Give an empty folder among the system's temporary files, which is deleted with what is in it.

    What processes that were killed left of such folders is deleted first.

    Args:
        purpose: a word for its name, as ``export``.
    """
    base = Path(tempfile.gettempdir())
    for entry in list(leftovers_in(base, prefix=_SCRATCH)):
        delete(entry)
    folder = temporary_for(base / f"{_SCRATCH}{purpose}-{secrets.token_hex(4)}")
    hold(folder)
    try:
        folder.mkdir(mode=0o700)
        yield folder
    finally:
        let_go(folder)


def write_json(path: Path, value: Any) -> None:
    """Write JSON atomically; NaN is refused, since other readers choke on it."""
    with atomic_file(path) as temporary:
        temporary.write_text(
            json.dumps(value, indent=1, allow_nan=False, sort_keys=False) + "\n", encoding="utf-8"
        )


def read_json(path: Path) -> dict[str, Any]:
    """Read a JSON object.

    Raises:
        ValueError: says in one line what is wrong: it cannot be opened, is not JSON, or is not an object.
    """
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ValueError(f"{path.name} is damaged: it cannot be read: {error.strerror or error}") from None
    except RecursionError:
        raise ValueError(f"{path.name} is damaged: it is nested too deeply") from None
    except ValueError as error:
        raise ValueError(f"{path.name} is damaged: it is not JSON: {error}") from None
    if not isinstance(content, dict):
        raise ValueError(f"{path.name} is damaged: it is not a JSON object")
    return content


def digest_file(path: Path) -> str:
    """SHA-256 (hex) of a file's content."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def digest_folder(path: Path) -> str:
    """SHA-256 (hex) of the names and contents of all files below a folder."""
    files = sorted(file for file in path.rglob("*") if file.is_file())
    return digest_json([[file.relative_to(path).as_posix(), digest_file(file)] for file in files])


def digest_json(value: Any) -> str:
    """SHA-256 (hex) of a value's canonical JSON."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), allow_nan=False, default=str)
    return hashlib.sha256(text.encode()).hexdigest()


def exists(path: Path) -> bool:
    """Whether there is something at a path; False for a path that no system could have."""
    try:
        return path.exists()
    except (OSError, ValueError):
        return False


def cache_folder() -> Path:
    """``$DOWNBENCH_CACHE``, else ``downbench`` in the user's cache folder. Nothing depends on it."""
    if folder := os.environ.get("DOWNBENCH_CACHE"):
        return Path(folder)
    base = os.environ.get("XDG_CACHE_HOME")
    return (Path(base) if base else Path.home() / ".cache") / "downbench"
