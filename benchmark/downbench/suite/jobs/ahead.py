"""Processes that are begun while runs are still planned, so that they have imported what runs need by then.

Importing takes seconds on one core; the others would only wait for it.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from queue import Queue

from downbench.suite.jobs.memory import LEAST, has_room, memory_here
from downbench.suite.jobs.process import Heard, Process
from downbench.suite.jobs.sharing import share


class Ahead:
    """Processes without a run.

    Args:
        jobs: how many runs are to go forward at once, among which the machine is shared out.
        methods: names of what they import.
    """

    def __init__(self, jobs: int, methods: Sequence[str]) -> None:
        self.jobs = jobs
        self.heard: Queue[Heard] = Queue()
        self._processes: list[Process] = []
        for number in range(jobs if jobs > 1 else 0):
            if not has_room(memory_here(), [0.0] * number, LEAST):
                return
            process = Process(number, share(jobs, number, os.environ, []), self.heard)
            process.prepare(methods)
            self._processes.append(process)

    def take(self, jobs: int, gpus: Sequence[str]) -> list[Process]:
        """The processes, if the machine is shared out among so many after all; who takes them ends them.

        Otherwise they end, since each is to have its share of the cores and of the GPUs.
        """
        if jobs != self.jobs or gpus:
            self.end()
        taken, self._processes = self._processes, []
        return taken

    def end(self) -> None:
        """End those that nobody took."""
        unused, self._processes = self._processes, []
        for process in unused:
            process.wait_and_kill()


@contextmanager
def begun_ahead(jobs: int, methods: Sequence[str]) -> Iterator[Ahead]:
    """Processes for so many runs, which end with the block unless they are taken; none for a single run."""
    ahead = Ahead(jobs, methods)
    try:
        yield ahead
    finally:
        ahead.end()
