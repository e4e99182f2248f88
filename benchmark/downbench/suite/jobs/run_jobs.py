"""Several runs at once on this machine, each in a process of its own.

A process gets the names of a plan and does what one process would: results are the same, to the bit where the
number of threads is. Runs of one fit go forward one after another. What a run tells on its way (events for
plug-ins, warnings, progress) is told by this process.
"""

from __future__ import annotations

import os
import signal
import sys
import warnings
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from queue import Empty
from typing import Any

from downbench.errors import DownbenchWarning, FailedElsewhere
from downbench.isolation.process import how_it_ended
from downbench.pipeline.plan import Plan
from downbench.pipeline.relay import announce_relayed, error_of
from downbench.pipeline.run import failed
from downbench.suite.jobs.ahead import Ahead
from downbench.suite.jobs.display import State, make_display
from downbench.suite.jobs.memory import LEAST, has_room, is_short, memory_here, memory_of
from downbench.suite.jobs.messages import Message
from downbench.suite.jobs.process import Process
from downbench.suite.jobs.schedule import Schedule
from downbench.suite.jobs.sharing import gpus_here, share

LOOK_EVERY = 1.0  # seconds between two looks at the memory
Outcome = dict[str, Any]


def run_jobs(
    plans: list[Plan], jobs: int, report: Callable[[Outcome], None], ahead: Ahead | None = None
) -> dict[Path, Outcome]:
    """Bring all runs to their end, so many at once, and report each outcome as soon as it is there.

    Where this is interrupted, what goes forward is stopped tidily: finished stages and chunks are kept.

    Args:
        plans: of all runs.
        jobs: how many at once, at most.
        report: is handed each outcome as soon as it is there.
        ahead: processes that were begun before the runs were planned, if any.

    Returns:
        The outcomes by the directories of the scores.
    """
    return _Jobs(plans, min(jobs, len(plans)), report, ahead or Ahead(1, [])).go()


class _Jobs:
    def __init__(self, plans: list[Plan], jobs: int, report: Callable[[Outcome], None], ahead: Ahead) -> None:
        self._jobs, self._report = jobs, report
        self._schedule = Schedule(plans)
        self._gpus = gpus_here() if any(plan.device == "cuda" for plan in plans) else []
        self._heard = ahead.heard
        self._processes = ahead.take(jobs, self._gpus)  # in the order in which their runs began
        self._states: dict[int, State] = {}
        self._outcomes: dict[Path, Outcome] = {}
        self._need = LEAST  # bytes of the largest run so far
        self._killed: set[Path] = set()  # runs whose process was killed once

    def go(self) -> dict[Path, Outcome]:
        with ExitStack() as stack:
            display = stack.enter_context(make_display())
            stack.callback(self._end_all)
            while not self._schedule.is_done:
                self._watch_memory()
                self._begin_runs()
                self._hear()
                display.show(self._states, len(self._schedule.waiting))
        return self._outcomes

    def _at_work(self) -> list[Process]:
        return [process for process in self._processes if process.plan is not None]

    def _begin_runs(self) -> None:
        while len(self._at_work()) < self._jobs and (plan := self._schedule.next()) is not None:
            occupied = [memory_of(process.pid) for process in self._at_work()]
            if not has_room(memory_here(), occupied, self._need):
                return
            process = self._free_process()
            self._schedule.begin(plan)
            self._states[process.number] = State(_label(plan))
            process.begin(plan)

    def _free_process(self) -> Process:
        """One that no run goes forward in, begun where there is none; it becomes the youngest."""
        for process in self._processes:
            if process.plan is None:
                self._processes.remove(process)
                break
        else:
            number = next(i for i in range(self._jobs) if i not in {p.number for p in self._processes})
            process = Process(number, share(self._jobs, number, os.environ, self._gpus), self._heard)
        self._processes.append(process)
        return process

    def _hear(self) -> None:
        """Wait a moment for what is said, and act on all of it."""
        try:
            heard = [self._heard.get(timeout=LOOK_EVERY)]
        except Empty:
            return
        while not self._heard.empty():
            heard.append(self._heard.get())
        for process, message in heard:
            if not process.is_stopped:
                self._act(process, message)

    def _act(self, process: Process, message: Message) -> None:
        kind = message["is"]
        if kind == "text":
            print(message["text"], file=sys.stderr)
        elif kind == "warning":
            warnings.warn(message["text"], DownbenchWarning, stacklevel=2)
        elif kind == "event":
            announce_relayed(message)
        elif kind == "progress":
            self._progress(process, message)
        elif kind == "end":
            self._ended(process)
        elif process.plan is not None:
            plan = process.plan
            error = error_of(message["error"]) if kind == "failed" else None
            self._finish(process, failed(plan, error) if error else message["outcome"])

    def _progress(self, process: Process, message: Message) -> None:
        if process.plan is not None:
            stage = message["title"].split()[0]
            amounts = (message["done"], message["total"], message["text"])
            self._states[process.number] = State(_label(process.plan), stage, *amounts)

    def _finish(self, process: Process, outcome: Outcome) -> None:
        plan = self._let_go(process)
        self._schedule.end(plan)
        self._outcomes[plan.directory.score] = outcome
        self._report(outcome)

    def _let_go(self, process: Process) -> Plan:
        plan = process.plan
        assert plan is not None
        process.plan = None
        self._states.pop(process.number)
        return plan

    def _ended(self, process: Process) -> None:
        """A process ended that nobody asked to: its run begins again where it was killed, else it failed."""
        code = process.wait_and_kill()
        self._processes.remove(process)
        plan = process.plan
        if plan is None:
            return
        if code == -signal.SIGKILL and plan.directory.score not in self._killed:
            self._killed.add(plan.directory.score)
            self._begin_again(process, "its process was killed, perhaps for want of memory")
            return
        message = f"the process of {_label(plan)} {how_it_ended(code)}"
        error = FailedElsewhere(message, "--jobs 1 runs it in this process", "\n".join(process.last_words))
        self._finish(process, failed(plan, error))

    def _begin_again(self, process: Process, why: str) -> None:
        plan = self._let_go(process)
        self._schedule.put_back(plan)
        print(f"again   {_label(plan)} later: {why}", file=sys.stderr)

    def _watch_memory(self) -> None:
        """Note what runs occupy; where the machine runs short, stop the youngest of several."""
        at_work = self._at_work()
        self._need = max([self._need, *(memory_of(process.pid) for process in at_work)])
        if len(at_work) > 1 and is_short(memory_here()):
            youngest = at_work[-1]
            youngest.wait_and_kill()
            self._processes.remove(youngest)
            self._begin_again(youngest, "the machine runs short of memory")

    def _end_all(self) -> None:
        for process in self._processes:
            process.leave()
        for process in self._processes:
            process.wait_and_kill()


def _label(plan: Plan) -> str:
    return plan.label + (f", seed {plan.seed}" if plan.seed else "")
