"""The program of a process that imports what runs need, once, and becomes those that bring them forward.

Its arguments are numbers of open files, three for each process: standard input, output and error. It reads a
line that says what to import, forks, says which numbers the processes have, and with which code each ends. A
fork copies one thread alone: where importing has begun others, which may hold a lock, each process is begun
anew instead.
"""

from __future__ import annotations

import gc
import os
import signal
import sys
from collections.abc import Sequence
from contextlib import suppress
from importlib import import_module
from pathlib import Path

from downbench.suite.jobs import program
from downbench.suite.jobs.messages import read_line, write_line

_UNHARMED = {"jemalloc_bg_thd"}  # pyarrow's allocator ends it before a fork, and begins it again by itself


def main() -> int:
    """Import, begin the processes, and wait for all to end."""
    files = [int(text) for text in sys.argv[1:]]
    for file in files:
        os.set_inheritable(file, False)
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # what plug-ins and libraries print is no answer
    names = read_line(sys.stdin.readline())
    if names is None:  # the process that began this one has ended
        return 0
    program.prepare(names)
    if "torch" in sys.modules:
        with suppress(Exception):
            import_module("torch._dynamo")  # torch imports it with its first optimizer
    gc.freeze()  # so that looking for garbage does not copy what all share
    begin = _forked if is_alone() else _begun_anew
    pids = [begin(files[i : i + 3], [*files, answers.fileno()]) for i in range(0, len(files), 3)]
    for file in files:
        os.close(file)
    write_line(answers, {"pids": pids})
    with suppress(ChildProcessError):  # all have ended
        while True:
            pid, status = os.wait()
            write_line(answers, {"pid": pid, "code": os.waitstatus_to_exitcode(status)})
    return 0


def is_alone(threads: Path = Path("/proc/self/task")) -> bool:
    """Whether this process has no thread that a fork would harm.

    Args:
        threads: folder of the system with one for each thread.
    """
    try:
        names = [(thread / "comm").read_text().strip() for thread in threads.iterdir()]
    except OSError:
        return False
    return len([name for name in names if name not in _UNHARMED]) == 1


def _forked(own: Sequence[int], files: Sequence[int]) -> int:
    signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGTERM])  # until the new process can end tidily
    pid = os.fork()
    if pid:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGTERM])
        return pid
    code = 1
    try:
        os.setsid()  # a signal to a terminal's processes reaches it by way of the command only
        for number, file in enumerate(own):
            os.dup2(file, number)
        for file in files:
            os.close(file)
        code = program.main()
    except BaseException:
        sys.excepthook(*sys.exc_info())
    program.end(code)


def _begun_anew(own: Sequence[int], files: Sequence[int]) -> int:
    """Without the open files of others, which are not handed on."""
    standard = [(os.POSIX_SPAWN_DUP2, file, number) for number, file in enumerate(own)]
    command = [sys.executable, "-P", "-m", "downbench.suite.jobs.program"]
    return os.posix_spawn(sys.executable, command, os.environ, file_actions=standard, setsid=True)


if __name__ == "__main__":
    program.end(main())
