"""Progress on stderr: a bar on a terminal, else a line a minute; a process that listens draws its own."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from downbench.contracts.method import Progress
from downbench.pipeline.relay import Listener, listener
from downbench.pipeline.time_left import Clock, phrase, span

EVERY = 60.0  # seconds between two plain lines
_RELAYED_EVERY = 0.2  # seconds


@contextmanager
def progress_bar(title: str) -> Iterator[Progress]:
    """Yield a function (done, total, text) that draws one bar."""
    if (listen := listener()) is not None:
        yield _relayed(title, listen)
    elif sys.stderr.isatty():
        yield from _bar(title)
    else:
        yield from _lines(title)


def bars() -> Any:
    """Bars of rich that keep count and the time left in sight in 80 columns: titles and texts are cut."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
    from rich.table import Column

    title, words = (Column(no_wrap=True, overflow="ellipsis", ratio=n, min_width=8) for n in (3, 2))
    return Progress(
        TextColumn("{task.description}", table_column=title, markup=False),
        BarColumn(bar_width=10, table_column=Column(min_width=10, no_wrap=True)),
        MofNCompleteColumn(table_column=Column(min_width=5, no_wrap=True)),
        TextColumn("{task.fields[left]}", table_column=Column(min_width=13, no_wrap=True), markup=False),
        TextColumn("{task.fields[text]}", style="dim", table_column=words, markup=False),
        console=Console(stderr=True),
        transient=True,
        expand=True,
    )


def time_left(clock: Clock, done: int, total: int) -> str:
    """The time left for a bar."""
    left = clock.left(done, total)
    return "" if left is None else f"{span(left)} left"


def _bar(title: str) -> Iterator[Progress]:
    clock = Clock()
    with bars() as drawn:
        task = drawn.add_task(title, total=None, text="", left="")

        def update(done: int, total: int, text: str) -> None:
            left = time_left(clock, done, total)
            drawn.update(task, completed=done, total=total, text=text, left=left)

        yield update


def _lines(title: str) -> Iterator[Progress]:
    """A line a minute, also of work that tells nothing of itself."""
    clock, ended = Clock(), threading.Event()
    state = (0, 0, "")
    words = " ".join(title.split())

    def update(done: int, total: int, text: str) -> None:
        nonlocal state
        state = done, total, text
        clock.left(done, total)

    def tell() -> None:
        while not ended.wait(EVERY):
            done, total, text = state
            print(
                "; ".join([f"going   {words}: {phrase(clock, done, total)}", *([text] if text else [])]),
                file=sys.stderr,
            )

    teller = threading.Thread(target=tell, name="progress", daemon=True)
    teller.start()
    try:
        yield update
    finally:
        ended.set()
        teller.join()


def _relayed(title: str, listen: Listener) -> Progress:
    """Tell the listener the title at once, and the rest now and then."""
    last = -_RELAYED_EVERY

    def update(done: int, total: int, text: str) -> None:
        nonlocal last
        if (now := time.monotonic()) - last >= _RELAYED_EVERY:
            last = now
            listen({"is": "progress", "title": title, "done": done, "total": total, "text": text})

    update(0, 0, "")
    return update
