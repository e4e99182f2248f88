"""Memory of a whole tree of processes, and how an end is worded."""

from __future__ import annotations

import subprocess
import sys

import pytest

from downbench.isolation.process import how_it_ended, last_line, takes_more

PARENT = """
import subprocess, sys
code = "held = bytearray(200_000_000); print('held', flush=True); input()"
child = subprocess.Popen([sys.executable, '-c', code], stdin=subprocess.PIPE)
input()
"""


def test_what_a_process_started_counts_too() -> None:
    with subprocess.Popen(
        [sys.executable, "-c", PARENT], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        assert takes_more(process.pid, 200e6), "the child alone holds that much"
        assert not takes_more(process.pid, 400e6)
        process.communicate("\n")
    assert not takes_more(process.pid, 1), "it has ended"


TRACE = """Fatal Python error: Segmentation fault

Current thread 0x00007f (most recent call first):
  File "/lib/ctypes/__init__.py", line 519 in string_at
  File "/home/me/plugin/deep.py", line 12 in broken
  File "/home/me/plugin/__init__.py", line 3 in sample
"""


@pytest.mark.parametrize(
    ("root", "line"),
    [
        ("/home/me/plugin", " (/home/me/plugin/deep.py:12 in broken)"),
        ("/home/me/plugin/__init__.py", " (/home/me/plugin/__init__.py:3 in sample)"),
        ("/elsewhere", " (/lib/ctypes/__init__.py:519 in string_at)"),
        ("", " (/lib/ctypes/__init__.py:519 in string_at)"),
    ],
)
def test_the_authors_line_is_named(root: str, line: str) -> None:
    assert last_line(TRACE, root) == line


def test_ends_in_words() -> None:
    assert last_line("", "/home") == ""
    assert how_it_ended(0) == "ended the interpreter with exit code 0"
    assert how_it_ended(-11) == "was ended by the signal SIGSEGV"
    assert how_it_ended(-9) == "was ended by the signal SIGKILL, perhaps by the system for want of memory"
