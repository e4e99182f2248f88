"""What is seen of runs that go forward at once: a line for each on a terminal, else a line a minute."""

from __future__ import annotations

import sys
import time
from types import TracebackType
from typing import Any, NamedTuple, Protocol, Self

EVERY = 60.0  # seconds between two plain lines


class State(NamedTuple):
    """How far a run is: what is done, and how much of it, as ``fit``, 3, 10 and a text of the method's."""

    label: str
    stage: str = "start"
    done: int = 0
    total: int = 0
    text: str = ""


class Display(Protocol):
    """Shows runs; a context manager."""

    def __enter__(self) -> Self: ...
    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...

    def show(self, states: dict[int, State], waiting: int) -> None:
        """Show the runs that go forward, each under a number of its own, and how many wait."""


def make_display() -> Display:
    """The display that fits standard error."""
    return Lines() if sys.stderr.isatty() else Plain()


class Plain:
    """One line a minute."""

    def __init__(self) -> None:
        self._last = time.monotonic()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        return None

    def show(self, states: dict[int, State], waiting: int) -> None:
        """Print the line when a minute is over."""
        if time.monotonic() - self._last < EVERY:
            return
        self._last = time.monotonic()
        print(one_line(states, waiting), file=sys.stderr)


def one_line(states: dict[int, State], waiting: int) -> str:
    """All runs in a line."""
    parts = [_phrase(state) for state in states.values()]
    return "; ".join(["going   " + (parts or ["nothing"])[0], *parts[1:], f"{waiting} waiting"])


def _phrase(state: State) -> str:
    amount = f" {state.done} of {state.total}" if state.total else ""
    return f"{state.stage} {state.label}{amount}"


class Lines:
    """A bar for each run."""

    def __init__(self) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

        self._bars: Any = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeRemainingColumn(),
            TextColumn("[dim]{task.fields[text]}"),
            console=Console(stderr=True),
            transient=True,
        )
        self._tasks: dict[tuple[int, str, str], Any] = {}  # a bar for each stage, with its own rate

    def __enter__(self) -> Self:
        self._bars.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._bars.stop()

    def show(self, states: dict[int, State], waiting: int) -> None:
        """Bring the bars up to date."""
        now = {(number, state.label, state.stage): state for number, state in states.items()}
        for key in self._tasks.keys() - now.keys():
            self._bars.remove_task(self._tasks.pop(key))
        for key, state in now.items():
            if key not in self._tasks:
                title = f"{state.stage:<6} {state.label}"
                self._tasks[key] = self._bars.add_task(title, total=None, text="")
            self._bars.update(
                self._tasks[key], completed=state.done, total=state.total or None, text=state.text
            )
