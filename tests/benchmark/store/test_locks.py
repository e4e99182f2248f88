"""One process at a time in a folder; the others wait, and nothing is left locked."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
import threading
import time
import warnings

import pytest

from downbench.errors import DownbenchWarning
from downbench.store import locks as module
from downbench.store.locks import locked, locked_by
from downbench.temporaries import host

HOLD = """
import sys
from pathlib import Path
from downbench.store.locks import locked
with locked(Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.readline()
    (Path(sys.argv[1]) / "done").touch()
"""


@pytest.mark.skipif(os.name == "nt", reason="no such locks")
def test_another_process_waits_until_the_first_is_done(tmp_path):
    command = [sys.executable, "-c", HOLD, str(tmp_path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout.readline() == "held\n"

        def release(*_, **__):
            other.stdin.write("\n")
            other.stdin.flush()

        with pytest.MonkeyPatch.context() as patch:  # the warning is given right before it waits
            patch.setattr("downbench.store.locks.warnings.warn", release)
            with locked(tmp_path):
                assert (tmp_path / "done").exists()


def test_a_lock_is_free_again_after_an_error(tmp_path):
    with pytest.raises(RuntimeError), locked(tmp_path):
        raise RuntimeError
    with locked(tmp_path):  # no warning: nobody holds it
        pass


def test_a_lock_that_is_not_kept_leaves_no_file(tmp_path):
    with locked_by(tmp_path / ".out.lock", "out", keep=False):
        assert (tmp_path / ".out.lock").exists()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(os.name == "nt", reason="no such locks")
def test_who_waited_for_a_deleted_lock_takes_a_new_one(tmp_path):
    """Else it would hold a file that nobody else can see, and the next one would work beside it."""
    path = tmp_path / ".out.lock"
    command = [sys.executable, "-c", HOLD, str(tmp_path)]
    (tmp_path / ".lock").touch()
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout.readline() == "held\n"

        def release(*_, **__):
            (tmp_path / ".lock").unlink()  # as the other does when it has done
            other.stdin.write("\n")
            other.stdin.flush()

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("downbench.store.locks.warnings.warn", release)
            with locked_by(tmp_path / ".lock", "out"):
                assert (tmp_path / ".lock").exists()
    assert not path.exists()


@pytest.mark.parametrize("number", [errno.EROFS, errno.ENOSPC, errno.EACCES])
def test_what_is_finished_can_be_read_where_no_lock_can_be_written(tmp_path, monkeypatch, number):
    def refuse(*_, **__):
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr("pathlib.Path.open", refuse)
    with locked_by(tmp_path / ".lock", "out"):
        pass


# On a disk that several machines share, which may know nothing of each other's locks.


@pytest.fixture
def quick(monkeypatch):
    monkeypatch.setattr(module, "LOOK", 0.02)
    monkeypatch.setattr(module, "BEAT", 0.02)
    monkeypatch.setattr(module, "EXPIRY", 0.4)


def test_a_holder_shows_that_it_lives_and_leaves_no_name(tmp_path, quick):
    path = tmp_path / ".lock"
    with locked_by(path, "out"):
        assert path.read_text() == f"{host()} {os.getpid()}"
        os.utime(path, ns=(1, 1))
        end = time.monotonic() + 10
        while path.stat().st_mtime_ns == 1:
            assert time.monotonic() < end
    assert path.read_text() == ""


@pytest.mark.skipif(os.name == "nt", reason="no such locks")
def test_another_machine_is_waited_for_whatever_its_clock_says(tmp_path, quick):
    """Its file changes for longer than the time of expiry, to times that are years ago; then it is done."""
    path = tmp_path / ".lock"
    path.write_text("elsewhere 42")
    done = []

    def live():
        for beat in range(40):
            os.utime(path, ns=(beat + 1, beat + 1))
            time.sleep(0.02)
        done.append(True)
        path.write_text("")

    other = threading.Thread(target=live)
    other.start()
    message = "process 42 on elsewhere works on out; waiting"
    with pytest.warns(DownbenchWarning, match=message), locked_by(path, "out"):
        assert done
    other.join()


@pytest.mark.skipif(os.name == "nt", reason="no such locks")
@pytest.mark.parametrize("is_held", [False, True], ids=["its lock is unknown here", "its lock is kept"])
def test_a_machine_that_is_gone_loses_the_lock_after_a_while(tmp_path, quick, is_held):
    """A server may keep the lock of a client that it lost; then a new file takes the place of the old one."""
    import fcntl

    path = tmp_path / ".lock"
    path.write_text("elsewhere 42")
    with path.open() as kept:
        if is_held:
            fcntl.flock(kept, fcntl.LOCK_EX)
        start = time.monotonic()
        with warnings.catch_warnings(record=True, action="always") as caught, locked_by(path, "out"):
            assert time.monotonic() - start >= 0.4
            assert path.read_text() == f"{host()} {os.getpid()}"
    waiting, taking = (str(warning.message) for warning in caught)
    assert waiting == "process 42 on elsewhere works on out; waiting for it"
    assert "process 42 on elsewhere gave no sign of life" in taking


@pytest.mark.skipif(os.name == "nt", reason="no such locks")
def test_what_a_killed_process_of_this_machine_left_is_not_waited_for(tmp_path):
    path = tmp_path / ".lock"
    path.write_text(f"{host()} 42")
    with locked_by(path, "out"):  # no warning: the system let go of its lock
        pass
