"""Runs commands of ``bench`` one after the other, each in a fork that may be killed while it writes.

Each line that is read is a JSON list of ``[folder, arguments, strike]``: the command is run in the folder,
which ``TOY_FLAGS`` names, and killed right before its ``strike``-th change of the file system there, or never
where that is null. Answers with a line, a JSON list of ``[exit status, number of changes]``; the status of a
killed command is negative.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from importlib import import_module
from pathlib import Path

CHANGES = {"os.rename", "os.mkdir", "os.remove", "os.rmdir", "os.truncate", "shutil.rmtree", "ctypes.dlsym"}
FOR_WRITING = os.O_WRONLY | os.O_RDWR


def watch(folder: str, strike: int | None) -> list[int]:
    """Count changes below a folder, and kill this process before the one that is to be struck."""
    count = [0]

    def is_inside(path: str) -> bool:
        return path.startswith(folder) or not path.startswith(
            "/"
        )  # from the working folder, or a folder below

    def hook(event: str, arguments: tuple[object, ...]) -> None:
        if event == "open":
            path, _, flags = arguments
            if not (isinstance(flags, int) and flags & FOR_WRITING):
                return
        elif event in CHANGES:
            path = arguments[0]
        else:
            return
        swap = event == "ctypes.dlsym" and arguments[1] == "renameat2"
        inside = isinstance(path, str | bytes | os.PathLike) and is_inside(os.fsdecode(path))
        if swap or inside:
            count[0] += 1
            if count[0] == strike:
                os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(hook)
    return count


def run(folder: str, arguments: list[str], strike: int | None, report: int) -> None:
    """In the fork: the command, then its number of changes."""
    from downbench.cli.main import main

    os.chdir(folder)
    os.environ["TOY_FLAGS"] = folder
    count = watch(folder, strike)
    code = main(arguments)
    os.write(report, str(count[0]).encode())
    os._exit(code)


def one(folder: str, arguments: list[str], strike: int | None) -> tuple[int, int]:
    """Exit status and number of changes of a command."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        quiet = os.open(Path(folder).parent / "log", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        os.dup2(quiet, 1)
        os.dup2(quiet, 2)
        try:
            run(folder, arguments, strike, writing)
        finally:
            os._exit(99)
    os.close(writing)
    _, status = os.waitpid(child, 0)
    with os.fdopen(reading) as stream:
        return os.waitstatus_to_exitcode(status), int(stream.read() or 0)


if __name__ == "__main__":
    # imported once; nothing here starts a thread, which a fork would lose
    for module in ("downbench.downscaling.apply", "downbench.findings.rescore", "downbench.pipeline.run"):
        import_module(module)
    import_module("downbench_leaderboard.command")

    for line in sys.stdin:
        print(json.dumps([one(*job) for job in json.loads(line)]), flush=True)
