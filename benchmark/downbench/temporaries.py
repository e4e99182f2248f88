"""Temporary names beside a file or folder, what is left of dead processes, and the swap into place.

A temporary is called ``.NAME.HOST-PID.tmp``. Its process can be asked for on the same host only, so that on a
shared disk nothing of another host is taken for dead.
"""

from __future__ import annotations

import ctypes
import os
import platform
import re
import shutil
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

_NAME = re.compile(r"^\.(?P<name>.+)\.(?:(?P<host>\w+)-)?(?P<pid>\d+)\.(?P<kind>tmp|old)$")
_IN_USE: set[Path] = set()  # by this process


def host() -> str:
    """Name of this host, of letters, digits and underscores."""
    return re.sub(r"\W", "_", platform.node())[:32] or "host"


def temporary_for(path: Path, kind: str = "tmp") -> Path:
    """A temporary name of this process beside ``path``."""
    return path.with_name(f".{path.name}.{host()}-{os.getpid()}.{kind}")


def hold(temporary: Path) -> None:
    """Note that this process uses a temporary."""
    _IN_USE.add(temporary.absolute())


def let_go(temporary: Path) -> None:
    """Note that this process has done with a temporary, and delete what is there."""
    _IN_USE.discard(temporary.absolute())
    delete(temporary)


def delete(path: Path) -> None:
    """Delete a file or a folder as far as that is possible."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    else:
        with suppress(OSError):
            path.unlink(missing_ok=True)


def leftovers_in(folder: Path, name: str = "", prefix: str = "") -> Iterator[Path]:
    """What dead processes left directly in a folder.

    Args:
        folder: to be looked through; one that cannot be read has none.
        name: of the file or folder that the temporaries were for; empty for all.
        prefix: of such names, in a folder where other programs have temporaries, too.
    """
    try:
        entries = sorted(folder.iterdir())
    except OSError:
        return
    for entry in entries:
        match = _NAME.match(entry.name)
        if not (match and match["name"].startswith(prefix)):
            continue
        if name in ("", match["name"]) and not _is_alive(entry, match["host"], int(match["pid"])):
            yield entry


def remove_leftovers(folder: Path, name: str = "") -> None:
    """Delete what dead processes left in a folder; a former version without a new one gets its name back."""
    for entry in list(leftovers_in(folder, name)):
        match = _NAME.match(entry.name)
        assert match is not None
        former = entry.with_name(match["name"])
        if match["kind"] == "old" and not former.exists():
            with suppress(OSError):
                entry.rename(former)
        else:
            delete(entry)


def _is_alive(entry: Path, on: str | None, pid: int) -> bool:
    if on is not None and on != host():
        return True  # nobody can tell from here
    if pid == os.getpid():
        return entry.absolute() in _IN_USE
    try:
        os.kill(pid, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except OSError:
        return True
    return True


def put_in_place(temporary: Path, path: Path) -> None:
    """Give a finished file or folder its name, in place of what stands there.

    At every moment one whole version stands at ``path``; on systems that cannot swap two folders at once, for
    an instant the former one stands beside it under a name that :func:`remove_leftovers` gives back.
    """
    if not path.is_dir() or path.is_symlink():
        temporary.replace(path)
        return
    if _swap(temporary, path):
        delete(temporary)
        return
    former = temporary_for(path, "old")
    path.rename(former)
    temporary.rename(path)
    delete(former)


def _swap(one: Path, other: Path) -> bool:
    """Exchange two names in one step; False where the system cannot."""
    library = ctypes.CDLL(None, use_errno=True) if os.name == "posix" else None
    first, second = os.fsencode(one), os.fsencode(other)
    try:
        if sys.platform == "darwin":
            return library is not None and library.renamex_np(first, second, 2) == 0
        here = -100  # AT_FDCWD: paths count from the working folder
        return library is not None and library.renameat2(here, first, here, second, 2) == 0
    except AttributeError:  # a C library without it
        return False
