"""One process at a time: locks on files, which the system lets go of when their process ends.

A disk that several machines share may know nothing of each other's locks, or keep those of a machine that is
gone. Therefore a lock's file also names its holder, who touches it every few seconds. One on another machine
waits for as long as the file changes, by the time that the file server gives it: clocks are never compared.
A holder that gave no sign of life for a while, by the clock of the one who waits, has lost the lock.
"""

from __future__ import annotations

import errno
import os
import threading
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

from downbench.errors import DownbenchWarning
from downbench.store.run_directory import LOCK, stage_folders
from downbench.temporaries import host, remove_leftovers

BEAT = 10.0  # seconds between two signs of life
EXPIRY = 120.0  # seconds without one, after which a lock of another machine is taken over
LOOK = 0.5  # seconds between two looks at a lock that another process holds
_CANNOT_WRITE = (errno.EROFS, errno.EACCES, errno.EPERM, errno.ENOSPC, errno.EDQUOT)


@contextmanager
def locked(directory: Path) -> Iterator[None]:
    """Let one process at a time work on a run directory, and remove what dead ones left in it."""
    directory.mkdir(parents=True, exist_ok=True)
    with locked_by(directory / LOCK, str(directory)):
        for folder in stage_folders(directory):
            remove_leftovers(folder)
        yield


@contextmanager
def locked_by(path: Path, what: str, keep: bool = True) -> Iterator[None]:
    """Let one process at a time pass; another waits for its turn.

    Where the lock cannot be written, on a disk that is full or read-only, there is none: what is finished can
    be read without one, and whoever writes fails there.

    Args:
        path: of the file that is locked.
        what: the others wait for, for the message.
        keep: the file when it is done with; else it is deleted.
    """
    handle = _open_locked(path, what)
    if handle is None:
        yield
        return
    with handle, _signs_of_life(handle):
        try:
            yield
        finally:
            _write(handle, "")
            if not keep:
                with suppress(OSError):
                    path.unlink(missing_ok=True)


@contextmanager
def _signs_of_life(handle: IO[str]) -> Iterator[None]:
    """Name this process in the file, and touch it now and then while the block lasts."""
    _write(handle, f"{host()} {os.getpid()}")
    done = threading.Event()

    def beat() -> None:
        while not done.wait(BEAT):
            with suppress(OSError):
                os.utime(handle.fileno())  # no time is given: it is that of the file server

    thread = threading.Thread(target=beat, daemon=True)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()


def _write(handle: IO[str], text: str) -> None:
    with suppress(OSError):  # the disk became full; the system's own lock still holds
        os.ftruncate(handle.fileno(), 0)
        os.write(handle.fileno(), text.encode())


def _open_locked(path: Path, what: str) -> IO[str] | None:
    """Open and lock a file; again if its former holder deleted it in the meantime; None without locks."""
    try:
        import fcntl
    except ImportError:  # on this system
        return None
    watch = _Watch(path, what)
    while True:
        try:
            handle = path.open("a")
        except OSError as error:
            if error.errno in _CANNOT_WRITE:
                return None
            raise
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            handle.close()
            if watch.is_lost():
                path.unlink(missing_ok=True)  # whoever holds the former file holds what nobody sees
            continue
        if watch.names_another_machine() and not watch.is_lost():
            handle.close()  # a disk whose machines know nothing of each other's locks
            continue
        with suppress(FileNotFoundError):
            if os.fstat(handle.fileno()).st_ino == path.stat().st_ino:
                return handle
        handle.close()


class _Watch:
    """Waits for a lock that another process holds, and finds out whether it still lives."""

    def __init__(self, path: Path, what: str) -> None:
        self._path, self._what = path, what
        self._seen: tuple[str, int] | None = None  # who holds it, and when it last gave a sign of life
        self._since = 0.0
        self._is_told = False

    def names_another_machine(self) -> bool:
        """Whether the file names a holder on another machine."""
        holder = self._look()[0].split()
        return bool(holder) and holder[0] != host()

    def is_lost(self) -> bool:
        """Wait a little; whether the holder is on another machine and gave no sign of life for too long."""
        seen = self._look()
        if seen != self._seen:
            self._seen, self._since = seen, time.monotonic()
        silent = time.monotonic() - self._since
        if self.names_another_machine() and silent > EXPIRY:
            self._warn(f"{_name(seen[0])} gave no sign of life for {silent:.0f} s; its place is taken")
            return True
        if not self._is_told:
            self._is_told = True
            self._warn(f"{_name(seen[0])} works on {self._what}; waiting for it")
        time.sleep(LOOK)
        return False

    def _look(self) -> tuple[str, int]:
        try:
            with self._path.open() as file:  # opened anew, so that a network disk asks its server
                return file.read(), os.fstat(file.fileno()).st_mtime_ns
        except OSError:
            return "", 0

    def _warn(self, text: str) -> None:
        warnings.warn(text, DownbenchWarning, stacklevel=7)


def _name(holder: str) -> str:
    """Who holds a lock, in words."""
    machine, _, pid = holder.partition(" ")
    if not machine or machine == host():
        return "another process" + (f" ({pid})" if pid else "")
    return f"process {pid} on {machine}"
