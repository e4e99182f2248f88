"""Signals end a command as Ctrl-C does."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

import pytest

from downbench.cli.stopping import Stopped, describe, exit_code, keeping, stopped_by_signals


@pytest.fixture
def hangup():
    """SIGHUP as a terminal leaves it: `nohup`, under which the tests may run, ignores it."""
    before = signal.signal(signal.SIGHUP, signal.SIG_DFL)
    yield
    signal.signal(signal.SIGHUP, before)


@pytest.mark.usefixtures("hangup")
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_signal_becomes_an_interruption_that_says_what_is_kept(number):
    with pytest.raises(KeyboardInterrupt) as caught, stopped_by_signals(), keeping("finished runs are kept"):
        os.kill(os.getpid(), number)
    assert isinstance(caught.value, Stopped)
    assert exit_code(caught.value) == 128 + number
    assert describe(caught.value) == f"interrupted by {number.name}; finished runs are kept"


def test_afterwards_the_signal_has_its_own_effect_again():
    with stopped_by_signals():
        assert signal.getsignal(signal.SIGTERM) is not signal.SIG_DFL
    assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL


def test_a_signal_that_the_caller_ignores_stays_ignored():
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with stopped_by_signals():
            os.kill(os.getpid(), signal.SIGHUP)
        assert signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGHUP, before)


def test_ctrl_c_has_the_exit_code_of_shells():
    stop = KeyboardInterrupt()
    assert exit_code(stop) == 130
    assert describe(stop) == "interrupted"


STUBBORN = """
import os, signal, time
from downbench.cli.stopping import stopped_by_signals
with stopped_by_signals():
    try:
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(60)
    except KeyboardInterrupt:
        os.kill(os.getpid(), signal.SIGTERM)  # somebody asks again while it tidies up
        time.sleep(60)
"""


def test_the_second_signal_ends_the_process_at_once():
    done = subprocess.run([sys.executable, "-c", STUBBORN], timeout=50, check=False)
    assert done.returncode == -signal.SIGTERM
