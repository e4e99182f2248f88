"""Whose code runs just now, kept where the process that watches this one can read it after a crash.

Nothing is written unless :func:`follow` was called, as the command does that another process watches.
"""

from __future__ import annotations

import json
import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

MARKS, ENDED = "marks.json", "ended.json"  # in the folder that both processes see


class Mark(NamedTuple):
    """Code that runs: whose, since when (steady clock, s), in which thread, and the file or folder of it."""

    what: str
    since: float
    thread: int
    root: str


@dataclass
class _Watched:
    descriptor: int
    ended: dict[str, tuple[str, str]]  # whose code ended an earlier attempt: message and hint
    active: list[Mark] = field(default_factory=list)
    seconds: float | None = None
    memory: float | None = None
    lock: threading.Lock = field(default_factory=threading.Lock)

    def write(self) -> None:
        content = {"active": self.active, "seconds": self.seconds, "memory": self.memory}
        os.pwrite(self.descriptor, f"{json.dumps(content)}\n".encode(), 0)


_watched: _Watched | None = None


def follow(folder: Path) -> None:
    """Leave marks in a folder from now on; what stands there of an earlier attempt is never run again."""
    global _watched
    ended = json.loads((folder / ENDED).read_text(encoding="utf-8"))
    descriptor = os.open(folder / MARKS, os.O_RDWR | os.O_CREAT | os.O_TRUNC)
    _watched = _Watched(descriptor, {what: (message, hint) for what, (message, hint) in ended.items()})
    _watched.write()


def is_watched() -> bool:
    """Whether another process watches this one."""
    return _watched is not None


def set_limits(seconds: float | None, memory: float | None) -> None:
    """Tell the watching process how long a plug-in's code may run [s], and the most memory [bytes]."""
    if _watched is not None:
        with _watched.lock:
            _watched.seconds, _watched.memory = seconds, memory
            _watched.write()


def ended_by(what: str) -> tuple[str, str] | None:
    """Message and hint where this code ended an earlier attempt at the same command."""
    return None if _watched is None else _watched.ended.get(what)


@contextmanager
def marked(what: str, root: Path | None) -> Iterator[None]:
    """Leave a mark while the block runs: whose code it is, and the file or folder that holds it."""
    watched = _watched
    if watched is None:
        yield
        return
    mark = Mark(what, time.monotonic(), threading.get_ident(), str(root or ""))
    with watched.lock:
        watched.active.append(mark)
        watched.write()
    try:
        yield
    finally:
        with watched.lock:
            watched.active.remove(mark)
            watched.write()


class Reading(NamedTuple):
    """What the watching process reads."""

    active: list[Mark]
    seconds: float | None
    memory: float | None


def read_marks(folder: Path) -> Reading:
    """Read the marks of a process; none where it has left none yet."""
    try:
        content = json.loads((folder / MARKS).read_text(encoding="utf-8").split("\n", 1)[0])
    except (OSError, ValueError):
        return Reading([], None, None)
    return Reading([Mark(*mark) for mark in content["active"]], content["seconds"], content["memory"])
