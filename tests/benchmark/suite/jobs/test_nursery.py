"""One process imports for several: it forks where that is sound, and tells how each of them ends."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

import psutil
import pytest

from downbench.suite.jobs import forked as module
from downbench.suite.jobs.forked import LOST, Nursery, can_fork
from downbench.suite.jobs.nursery import _begun_anew, is_alone
from downbench.suite.jobs.process import environment_with
from downbench.suite.jobs.sharing import THREADS

NOTHING = {"prepare": []}  # what names no plug-ins imports none

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="processes are forked on Linux alone")


def test_processes_are_forked_and_each_ends_in_its_own_way() -> None:
    nursery = Nursery(3, environment_with({}), NOTHING)
    tidy, killed, last = nursery.processes
    with nursery._changed:
        assert nursery._changed.wait_for(lambda: nursery._pids, 60)
    assert len({process.pid for process in nursery.processes}) == 3
    for process in nursery.processes:
        assert psutil.Process(process.pid).ppid() == nursery.pid
        assert os.getsid(process.pid) in (process.pid, os.getsid(nursery.pid))
        assert module.PROGRAM in psutil.Process(process.pid).cmdline()  # no program of its own was begun
    tidy.stdin.close()
    assert tidy.wait(60) == 0
    assert tidy.stdout.read() == b""  # nobody else holds its end of the pipe
    killed.kill()
    assert killed.wait(60) == -signal.SIGKILL
    os.kill(last.pid, signal.SIGTERM)
    assert last.wait(60) == 128 + signal.SIGTERM  # tidily, as the program says
    assert not psutil.pid_exists(nursery.pid)  # with the last of them
    for process in nursery.processes:
        process.kill()  # once more is no error


def test_processes_that_are_asked_to_end_while_they_begin_end_tidily() -> None:
    nursery = Nursery(4, environment_with({}), NOTHING)
    with nursery._changed:
        assert nursery._changed.wait_for(lambda: nursery._pids, 60)
    for process in nursery.processes:
        os.kill(process.pid, signal.SIGTERM)
    assert [process.wait(60) for process in nursery.processes] == [128 + signal.SIGTERM] * 4


def test_without_a_nursery_nobody_says_how_a_process_ended() -> None:
    nursery = Nursery(2, environment_with({}), NOTHING)
    one, other = nursery.processes
    one.kill()  # it is not begun yet
    assert (one.wait(60), other.wait(60)) == (LOST, LOST)
    assert other.stdout.read() == b""


def test_a_process_that_is_begun_anew_listens_too() -> None:
    read_in, write_in = os.pipe()
    errors = os.open(os.devnull, os.O_WRONLY)
    pid = _begun_anew([read_in, errors, errors], [])
    os.close(read_in)
    os.close(write_in)  # the end of its standard input ends it
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
    os.close(errors)


@pytest.mark.parametrize(
    ("threads", "alone"),
    [(["python"], True), (["python", "jemalloc_bg_thd"], True), (["python", "python"], False), ([], False)],
)
def test_a_thread_that_may_hold_a_lock_forbids_a_fork(
    tmp_path: Path, threads: list[str], alone: bool
) -> None:
    for number, name in enumerate(threads):
        (tmp_path / str(number)).mkdir()
        (tmp_path / str(number) / "comm").write_text(f"{name}\n")
    assert is_alone(tmp_path) is alone
    assert not is_alone(tmp_path / "absent")


def test_only_processes_of_one_thread_are_forked(monkeypatch: pytest.MonkeyPatch) -> None:
    one = dict.fromkeys(THREADS, "1")
    assert can_fork(one)
    assert not can_fork(one | {"OPENBLAS_NUM_THREADS": "2"})
    monkeypatch.setattr(sys, "platform", "darwin")
    assert not can_fork(one)
