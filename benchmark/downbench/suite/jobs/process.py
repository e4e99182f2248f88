"""A process that brings runs forward, as the one that began it sees it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections import deque
from collections.abc import Mapping, Sequence
from contextlib import suppress
from queue import Queue
from threading import Thread
from typing import IO

from downbench.pipeline.plan import Plan
from downbench.pipeline.plan_names import names_of, names_of_plugins
from downbench.suite.jobs.forked import Forked
from downbench.suite.jobs.messages import GRACE, Message, read_line

PROGRAM = "downbench.suite.jobs.program"
Heard = tuple["Process", Message]


class _Group(subprocess.Popen[bytes]):
    """A process that is the first of a group, with all that it starts."""

    def kill(self) -> None:
        os.killpg(self.pid, signal.SIGKILL)


def environment_with(variables: Mapping[str, str]) -> dict[str, str]:
    """The environment of a process: that of this one with some variables, and its places of modules."""
    path = os.pathsep.join(path or os.curdir for path in sys.path)
    return os.environ | dict(variables) | {"PYTHONPATH": path}


def what_to_import(methods: Sequence[str]) -> Message:
    """The message that names what is built in of some methods and of metrics."""
    return {"prepare": list(methods), "plugins": names_of_plugins()}


def _begun(variables: Mapping[str, str]) -> _Group:
    return _Group(
        [sys.executable, "-P", "-m", PROGRAM],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,  # a signal to a terminal's processes reaches it by way of this one only
        env=environment_with(variables),
    )


class Process:
    """A process of its own; what it says arrives in a queue, with ``{"is": "end"}`` last.

    Args:
        number: from 0, so that it can be told from others.
        variables: of the environment, besides those of this process.
        heard: where what it says goes.
        process: that is begun already, if it is.
    """

    def __init__(
        self,
        number: int,
        variables: Mapping[str, str],
        heard: Queue[Heard],
        process: Forked | None = None,
    ) -> None:
        self.number = number
        self.plan: Plan | None = None  # the run that goes forward
        self.is_stopped = False
        self.last_words: deque[str] = deque(maxlen=40)  # lines of standard error
        self._process = process or _begun(variables)
        self._readers = [
            Thread(target=self._read, args=(self._process.stdout, heard, True), daemon=True),
            Thread(target=self._read, args=(self._process.stderr, heard, False), daemon=True),
        ]
        for reader in self._readers:
            reader.start()

    @property
    def pid(self) -> int:
        """Number of the process."""
        return self._process.pid

    def prepare(self, methods: Sequence[str]) -> None:
        """Have it import what is built in of some methods and of metrics, before there is a run."""
        self._tell(what_to_import(methods))

    def begin(self, plan: Plan) -> None:
        """Have a run go forward; where the process has ended, that is heard instead."""
        self.plan = plan
        self._tell(names_of(plan))

    def _tell(self, message: Message) -> None:
        assert self._process.stdin is not None
        with suppress(OSError):
            self._process.stdin.write(json.dumps(message).encode() + b"\n")
            self._process.stdin.flush()

    def leave(self) -> None:
        """Let it end by itself; one that a run goes forward in is asked to stop it."""
        assert self._process.stdin is not None
        with suppress(OSError):
            self._process.stdin.close()

    def wait_and_kill(self) -> int:
        """Wait a little for the end of a run, then kill it with all that it started.

        Returns:
            Its exit code, negative where a signal ended it.
        """
        self.is_stopped = True
        self.leave()
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(GRACE + 1 if self.plan else 0)
        with suppress(OSError):
            self._process.kill()
        return self._process.wait()

    def _read(self, stream: IO[bytes], heard: Queue[Heard], answers: bool) -> None:
        for line in stream:
            text = line.decode("utf-8", errors="replace").rstrip("\n")
            if not answers:
                self.last_words.append(text)
            message = read_line(text) if answers else {"is": "text", "text": text}
            if message is not None:
                heard.put((self, message))
        if answers:
            heard.put((self, {"is": "end"}))
