"""What is seen of runs that go forward at once: a line for each on a terminal, else a line a minute."""

from __future__ import annotations

import sys
import time
from types import TracebackType
from typing import Any, NamedTuple, Protocol, Self

from downbench.pipeline.progress import EVERY, bars, time_left
from downbench.pipeline.time_left import Clock, phrase


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
        self._clocks = Clocks()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        return None

    def show(self, states: dict[int, State], waiting: int) -> None:
        """Print the line when a minute is over."""
        clocks = self._clocks.of(states)
        if time.monotonic() - self._last < EVERY:
            return
        self._last = time.monotonic()
        parts = [
            f"{state.stage} {state.label}: {phrase(clocks[number], state.done, state.total)}"
            for number, state in states.items()
        ]
        line = "; ".join(["going   " + (parts or ["nothing"])[0], *parts[1:], f"{waiting} waiting"])
        print(line, file=sys.stderr)


class Clocks:
    """A clock for each stage of each run, with a pace of its own."""

    def __init__(self) -> None:
        self._clocks: dict[tuple[int, str, str], Clock] = {}

    def of(self, states: dict[int, State]) -> dict[int, Clock]:
        """The clocks of what goes forward, by the numbers of the runs."""
        keys = {number: (number, state.label, state.stage) for number, state in states.items()}
        self._clocks = {key: self._clocks.get(key) or Clock() for key in keys.values()}
        for number, state in states.items():
            self._clocks[keys[number]].left(state.done, state.total)
        return {number: self._clocks[key] for number, key in keys.items()}


class Lines:
    """A bar for each run."""

    def __init__(self) -> None:
        self._bars = bars()
        self._clocks = Clocks()
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
        clocks = self._clocks.of(states)
        now = {(number, state.label, state.stage): (number, state) for number, state in states.items()}
        for key in self._tasks.keys() - now.keys():
            self._bars.remove_task(self._tasks.pop(key))
        for key, (number, state) in now.items():
            if key not in self._tasks:
                title = f"{state.stage:<6} {state.label}"
                self._tasks[key] = self._bars.add_task(title, total=None, text="", left="")
            self._bars.update(
                self._tasks[key],
                completed=state.done,
                total=state.total or None,
                text=state.text,
                left=time_left(clocks[number], state.done, state.total),
            )
