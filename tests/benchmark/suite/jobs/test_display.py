"""What is seen of runs that go forward at once."""

from __future__ import annotations

import io
import sys

import pytest

from downbench.suite.jobs import display as module
from downbench.suite.jobs.display import State, make_display

STATES = {0: State("unet on rain, seed 1", "fit", 3, 10, "loss 0.5"), 1: State("ofdiff on rain")}


class Terminal(io.StringIO):
    """A text stream that says that it is a terminal."""

    def isatty(self) -> bool:
        """Yes."""
        return True


def test_without_a_terminal_there_is_one_line_a_minute(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    seconds = [0.0]
    monkeypatch.setattr(module.time, "monotonic", lambda: seconds[0])
    with make_display() as display:
        for seconds[0], done in ((0.0, 0), (59.0, 3), (60.5, 3), (100.0, 4)):
            display.show({**STATES, 0: STATES[0]._replace(done=done)}, 4)
    assert capsys.readouterr().err == (
        "going   fit unet on rain, seed 1: 3 of 10, 2 min left; "
        "start ofdiff on rain: 60 s so far; 4 waiting\n"
    )


def test_a_terminal_sees_a_line_for_each_run(monkeypatch: pytest.MonkeyPatch) -> None:
    stream = Terminal()
    monkeypatch.setattr(sys, "stderr", stream)
    monkeypatch.setenv("COLUMNS", "120")
    with make_display() as display:
        display.show(STATES, 0)
        display._bars.refresh()
        first = stream.getvalue()
        display.show({1: State("ofdiff on rain", "sample", 1, 2)}, 0)
        display._bars.refresh()
        later = stream.getvalue()[len(first) :]
    assert "fit    unet on rain, seed 1" in first
    assert "3/10" in first.replace(" ", "")
    assert "start  ofdiff on rain" in first
    assert "unet" not in later.split("sample ofdiff on rain")[-1]
