"""Processes that a nursery begins, as the one that asked for them sees them.

They belong not to this process but to the nursery, which tells their numbers and how they end. Only where a
fork is sound: on Linux, and where each process has one thread, so that no library begins others in importing.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from contextlib import suppress
from threading import Condition, Thread
from typing import IO

from downbench.suite.jobs.messages import Message, read_line, write_line
from downbench.suite.jobs.sharing import THREADS

PROGRAM = "downbench.suite.jobs.nursery"
LOST = -signal.SIGKILL  # code of a process of which nobody says how it ended


def can_fork(variables: Mapping[str, str]) -> bool:
    """Whether processes with such variables of the environment may be forked from one that has imported."""
    return sys.platform == "linux" and all(variables.get(name) == "1" for name in THREADS)


class Forked:
    """A process that a nursery begins; what :class:`subprocess.Popen` has of it.

    Args:
        nursery: that begins it.
        number: from 0, in the order of the nursery.
        stdin: what it reads is written here.
        stdout: what it says.
        stderr: what it complains.
    """

    def __init__(
        self, nursery: Nursery, number: int, stdin: IO[bytes], stdout: IO[bytes], stderr: IO[bytes]
    ) -> None:
        self._nursery, self._number = nursery, number
        self.stdin, self.stdout, self.stderr = stdin, stdout, stderr

    @property
    def pid(self) -> int:
        """Its number; that of the nursery while it is not yet begun."""
        return self._nursery.pid_of(self._number) or self._nursery.pid

    def wait(self, timeout: float | None = None) -> int:
        """Its code once it has ended, as :meth:`subprocess.Popen.wait` gives it.

        Raises:
            TimeoutExpired: it goes on.
        """
        return self._nursery.wait_for(self._number, timeout)

    def kill(self) -> None:
        """Kill it with all that it started; one that is not yet begun, with the nursery."""
        if self._nursery.is_over and self._nursery.pid_of(self._number) is None:
            return  # and its number may be another's by now
        try:
            os.killpg(self.pid, signal.SIGKILL)
        except ProcessLookupError:
            if self._nursery.code_of(self._number) is None:  # it is not yet the first of a group
                os.kill(self.pid, signal.SIGKILL)


class Nursery:
    """A process that imports what runs need and becomes several, see :mod:`~downbench.suite.jobs.nursery`.

    Args:
        count: how many.
        environment: of all of them.
        first: what to import, as :mod:`~downbench.suite.jobs.messages` says.
    """

    def __init__(self, count: int, environment: Mapping[str, str], first: Message) -> None:
        self._pids: list[int] = []
        self._codes: dict[int, int] = {}
        self.is_over = False
        self._changed = Condition()
        own, theirs = [], []
        for _ in range(count):
            (read_in, write_in), (read_out, write_out), (read_err, write_err) = (os.pipe() for _ in range(3))
            own.append((os.fdopen(write_in, "wb"), os.fdopen(read_out, "rb"), os.fdopen(read_err, "rb")))
            theirs += [read_in, write_out, write_err]
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-m", PROGRAM, *map(str, theirs)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            pass_fds=theirs,
            start_new_session=True,
            env=environment,
            text=True,
        )
        for file in theirs:
            os.close(file)
        self.processes = [Forked(self, number, *files) for number, files in enumerate(own)]
        assert self._process.stdin is not None
        with suppress(OSError), self._process.stdin as stdin:
            write_line(stdin, first)
        Thread(target=self._listen, daemon=True).start()

    @property
    def pid(self) -> int:
        """Number of the process."""
        return self._process.pid

    def pid_of(self, number: int) -> int | None:
        """Number of one of the processes; None while there are none."""
        return self._pids[number] if self._pids else None

    def code_of(self, number: int) -> int | None:
        """With which code one of the processes has ended; None while it goes on, or where nobody knows."""
        return self._codes.get(self._pids[number]) if self._pids else None

    def wait_for(self, number: int, timeout: float | None) -> int:
        """See :meth:`Forked.wait`; with the last one the nursery ends too."""
        with self._changed:
            if not self._changed.wait_for(lambda: self._has_ended(number), timeout):
                raise subprocess.TimeoutExpired(PROGRAM, timeout or 0)
            code = self.code_of(number)
        return LOST if code is None else code

    def _has_ended(self, number: int) -> bool:
        is_last = len(self._codes) == len(self._pids)
        return self.is_over or (self.code_of(number) is not None and not is_last)

    def _listen(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            message = read_line(line) or {}
            with self._changed:
                if "pids" in message:
                    self._pids = message["pids"]
                elif "pid" in message:
                    self._codes[message["pid"]] = message["code"]
                self._changed.notify_all()
        self._process.wait()
        with self._changed:
            self.is_over = True
            self._changed.notify_all()
