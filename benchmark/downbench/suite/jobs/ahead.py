"""Processes that are begun while runs are still planned, so that they have imported what runs need by then.

Importing takes seconds on one core; the others would only wait for it. Where a fork is sound, one process
imports for all of them.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from queue import Queue

from downbench.suite.jobs.forked import Nursery, can_fork
from downbench.suite.jobs.memory import LEAST, has_room, memory_here
from downbench.suite.jobs.process import Heard, Process, environment_with, what_to_import
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
        room = 0
        while room < jobs > 1 and has_room(memory_here(), [0.0] * room, LEAST):
            room += 1
        shares = [share(jobs, number, os.environ, []) for number in range(room)]
        if room > 1 and can_fork(shares[0]):
            nursery = Nursery(room, environment_with(shares[0]), what_to_import(methods))
            self._processes = [
                Process(number, shares[number], self.heard, process)
                for number, process in enumerate(nursery.processes)
            ]
            return
        self._processes = [Process(number, own, self.heard) for number, own in enumerate(shares)]
        for process in self._processes:
            process.prepare(methods)

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
