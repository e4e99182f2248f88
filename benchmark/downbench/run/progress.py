"""Progress bars on stderr, quiet when stderr is not a terminal."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

from downbench.contracts.method import Progress, silent


@contextmanager
def progress_bar(title: str) -> Iterator[Progress]:
    """Yield a function (done, total, text) that draws one bar."""
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
