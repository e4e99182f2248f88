"""A plug-in's code that ends the process of a command becomes an error of that command.

The command here is a few lines in place of ``bench``, since starting that takes a second.
"""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest

from downbench.isolation import supervised
from downbench.isolation.process import start
from downbench.marks import Reading, is_watched, marked, read_marks

PROGRAM = """
import ctypes, os, signal, sys, time
from downbench.errors import UserError
from downbench.guard import running
from downbench.isolation.supervised import begin, finish
from downbench.marks import set_limits

box = begin()
set_limits(0.3, None)
code = 0
for name in sys.argv[1:]:
    try:
        with running(f"method {name!r}", None, UserError):
            match name:
                case "exits": os._exit(0)
                case "crashes": ctypes.string_at(0)
                case "hangs": time.sleep(60)
                case "stops":
                    print("ready", flush=True)
                    time.sleep(60)
        print(f"{name} is finished", flush=True)
    except UserError as error:
        print(f"error: {error.message}", flush=True)
        code = 2
if "outside" in sys.argv:
    os._exit(0)
finish(box, code)
"""


@pytest.fixture
def command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Have the program above stand for ``bench``."""
    (tmp_path / "stands_for_bench.py").write_text(PROGRAM)
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setattr(
        supervised, "start", lambda _, *arguments, **options: start("stands_for_bench", *arguments, **options)
    )


@pytest.mark.usefixtures("command")
def test_the_command_goes_on_without_what_ended_it(capfd: pytest.CaptureFixture[str]) -> None:
    assert supervised.supervise(["good", "exits", "crashes", "hangs", "last"], again=True) == 2
    lines = capfd.readouterr().out.splitlines()
    good, exits, crashes, hangs, last = lines[-5:]  # of the last attempt
    assert (good, last) == ("good is finished", "last is finished")
    assert exits.startswith("error: method 'exits' ended the interpreter with exit code 0")
    assert crashes.startswith("error: method 'crashes' was ended by the signal SIGSEGV (")
    assert hangs.startswith("error: method 'hangs' took longer than the time limit of 0.3 s (")


@pytest.mark.usefixtures("command")
@pytest.mark.parametrize(
    ("arguments", "again", "said"),
    [
        (["outside"], True, "error: code that the command ran ended the interpreter with exit code 0\n"),
        (["exits"], False, "error: method 'exits' ended the interpreter with exit code 0\n"),
    ],
)
def test_where_it_cannot_go_on_it_fails(
    arguments: list[str], again: bool, said: str, capfd: pytest.CaptureFixture[str]
) -> None:
    assert supervised.supervise(arguments, again) == 1
    assert capfd.readouterr().err.startswith(said)


@pytest.mark.usefixtures("command")
def test_signals_are_handed_on(monkeypatch: pytest.MonkeyPatch) -> None:
    def send(*_: object) -> Reading:
        os.kill(os.getpid(), signal.SIGTERM)
        return Reading([], None, None)

    monkeypatch.setattr(supervised, "read_marks", send)
    assert supervised.supervise(["stops"], again=True) == 128 + signal.SIGTERM


def test_without_a_watching_process_there_are_no_marks(tmp_path: Path) -> None:
    with marked("method 'a'", tmp_path):
        assert not is_watched()
    assert read_marks(tmp_path) == Reading([], None, None)
    assert list(tmp_path.iterdir()) == []
