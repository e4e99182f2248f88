"""The program of a process that brings runs forward, one after another; ``process`` starts it.

It ends when its standard input does: by itself where no run goes forward, else as after SIGTERM, so that no
process is left over when the one that began it is killed.
"""

from __future__ import annotations

import faulthandler
import os
import signal
import sys
import threading
import time
import warnings
from contextlib import suppress
from queue import SimpleQueue
from types import FrameType
from typing import NoReturn

from downbench.errors import DownbenchWarning, each_once
from downbench.pipeline.local_dask import read_here
from downbench.pipeline.plan_names import Names, load_plugins, plan_of
from downbench.pipeline.relay import Listener, plain_error, relay_to
from downbench.pipeline.run import run
from downbench.plugins.loading import BUILTIN
from downbench.plugins.session import registry
from downbench.suite.jobs.messages import GRACE, Message, read_line, write_line


class Ended(KeyboardInterrupt):
    """The process was asked to end."""


def main() -> int:
    """Bring forward what standard input names, until it ends."""
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # what plug-ins and libraries print is no answer
    faulthandler.enable()
    lock = threading.Lock()

    def answer(message: Message) -> None:
        with lock, suppress(OSError):  # nobody listens any more: the end of standard input says so
            write_line(answers, message)

    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the process that began this one says when to end
    tasks: SimpleQueue[Names | None] = SimpleQueue()
    at_work = threading.Event()
    try:
        signal.signal(signal.SIGTERM, _end)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGTERM])  # that came while it was forked
        _relay_warnings(answer)
        relay_to(answer)
        threading.Thread(target=_listen, args=(tasks, at_work), daemon=True).start()
        while (names := tasks.get()) is not None:
            if "prepare" in names:
                prepare(names)
                continue
            done = _done(names)
            at_work.clear()
            answer(done)
    except Ended:
        return 128 + signal.SIGTERM
    return 0


def prepare(names: Names) -> None:
    """Import what is built in of some methods and of metrics; what fails is told once a run needs it."""
    with suppress(Exception):
        load_plugins(names["plugins"])
        methods = [registry().find("method", name) for name in names["prepare"]]
        for entry in (*methods, *registry().entries("metric")):
            if entry.distribution == BUILTIN:
                entry.load()


@read_here()
def _done(names: Names) -> Message:
    """The outcome of a run, or why it could not be begun."""
    try:
        plan = plan_of(names)
    except Exception as error:
        return {"is": "failed", "error": plain_error(error)}
    return {"is": "outcome", "outcome": run(plan)}


def _listen(tasks: SimpleQueue[Names | None], at_work: threading.Event) -> None:
    for line in sys.stdin:
        if names := read_line(line):
            if "prepare" not in names:
                at_work.set()
            tasks.put(names)
    tasks.put(None)
    if at_work.is_set():
        os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(GRACE)
    os._exit(128 + signal.SIGKILL)  # it still does what could not be interrupted, or imports


def _end(number: int, _: FrameType | None) -> None:
    signal.signal(number, signal.SIG_DFL)
    raise Ended


def _relay_warnings(answer: Listener) -> None:
    warnings.showwarning = each_once(lambda text: answer({"is": "warning", "text": text}))
    warnings.simplefilter("once", DownbenchWarning)


def end(code: int) -> NoReturn:
    """End this process; threads that a plug-in has left behind cannot hold it up."""
    sys.stderr.flush()
    os._exit(code)


if __name__ == "__main__":
    end(main())
