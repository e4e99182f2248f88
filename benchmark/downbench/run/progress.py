"""Progress bars on stderr, quiet when stderr is not a terminal; a process that listens draws its own."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

from downbench.contracts.method import Progress, silent
from downbench.run.relay import Listener, listener

_RELAYED_EVERY = 0.2  # seconds


@contextmanager
def progress_bar(title: str) -> Iterator[Progress]:
    """Yield a function (done, total, text) that draws one bar."""
    if (listen := listener()) is not None:
        yield _relayed(title, listen)
        return
    if not sys.stderr.isatty():
        yield silent
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        TextColumn("[dim]{task.fields[text]}"),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as bars:
        task = bars.add_task(title, total=None, text="")

        def update(done: int, total: int, text: str) -> None:
            bars.update(task, completed=done, total=total, text=text)

        yield update


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
