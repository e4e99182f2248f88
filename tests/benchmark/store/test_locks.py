"""One process at a time in a folder; the others wait, and nothing is left locked."""

from __future__ import annotations

import errno
import os
import subprocess
import sys

import pytest

from downbench.store.locks import locked, locked_by

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
