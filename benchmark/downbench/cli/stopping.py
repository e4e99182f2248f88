"""Commands that are stopped: SIGTERM and SIGHUP end one as tidily as Ctrl-C does."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

_SIGNALS = [getattr(signal, name) for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name)]


class Stopped(KeyboardInterrupt):
    """The process was asked to end by a signal other than that of Ctrl-C."""

    def __init__(self, number: int) -> None:
        super().__init__(signal.Signals(number).name)
        self.number = number


@contextmanager
def stopped_by_signals() -> Iterator[None]:
    """Raise :class:`Stopped` where SIGTERM or SIGHUP would end the process without a word.

    A signal that the caller ignores (as ``nohup`` does) stays ignored. The second one ends the process at
    once.
    """
    owner = os.getpid()

    def stop(number: int, _: FrameType | None) -> None:
        signal.signal(number, signal.SIG_DFL)
        if os.getpid() != owner:  # a child that was forked has its parent's handlers
            os.kill(os.getpid(), number)
        raise Stopped(number)

    handled = []
    if threading.current_thread() is threading.main_thread():  # Python sets handlers nowhere else
        handled = [number for number in _SIGNALS if signal.getsignal(number) is signal.SIG_DFL]
    for number in handled:
        signal.signal(number, stop)
    try:
        yield
    finally:
        for number in handled:
            signal.signal(number, signal.SIG_DFL)


@contextmanager
def keeping(what: str) -> Iterator[None]:
    """Say what is kept when the block is interrupted, for example ``"finished runs are kept"``."""
    try:
        yield
    except KeyboardInterrupt as stop:
        stop.add_note(what)
        raise


def exit_code(stop: KeyboardInterrupt) -> int:
    """128 plus the number of the signal, as shells have it."""
    return 128 + (stop.number if isinstance(stop, Stopped) else signal.SIGINT)


def describe(stop: KeyboardInterrupt) -> str:
    """One message: that it was interrupted, by which signal, and what is kept."""
    by = f" by {stop}" if isinstance(stop, Stopped) else ""
    return "; ".join([f"interrupted{by}", *getattr(stop, "__notes__", [])])
