"""Progress: a bar on a terminal whose time left stays in sight, else a line a minute."""

from __future__ import annotations

import io
import re
import sys
import time

import pytest

from downbench.pipeline import progress as module
from downbench.pipeline import time_left
from downbench.pipeline.progress import progress_bar

LONG = "fit    ofdiff on files (mrms_qpe_201609_east_25km_3h), track south: fitted on files (north)"


class Terminal(io.StringIO):
    """A text stream that says that it is a terminal."""

    def isatty(self):
        """Yes."""
        return True


def plain(text):
    """Without colours and movements of the cursor."""
    return re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", text)


@pytest.mark.parametrize("work", ["one that reports", "one that is silent"])
def test_a_file_or_pipe_gets_a_line_a_minute_and_before_not_one_byte(monkeypatch, work):
    stream = io.StringIO()
    monkeypatch.setattr(sys, "stderr", stream)
    monkeypatch.setattr(module, "EVERY", 0.05)
    with progress_bar("fit    ofdiff") as progress:
        assert stream.getvalue() == ""
        if work == "one that reports":
            progress(1, 2, "loss 0.5")
        limit = time.monotonic() + 10
        while not stream.getvalue() and time.monotonic() < limit:
            time.sleep(0.01)
    amount = "1 of 2, 1 s so far; loss 0.5" if work == "one that reports" else "1 s so far"
    assert stream.getvalue().splitlines()[0] == f"going   fit ofdiff: {amount}"
    count = stream.getvalue()
    time.sleep(0.1)
    assert stream.getvalue() == count  # nothing more once it has ended


def test_the_default_is_a_minute():
    assert module.EVERY == 60


@pytest.mark.parametrize("columns", [80, 100])
def test_the_time_left_stays_in_sight(monkeypatch, columns):
    stream = Terminal()
    monkeypatch.setattr(sys, "stderr", stream)
    monkeypatch.setenv("COLUMNS", str(columns))
    seconds = [0.0]
    monkeypatch.setattr(time_left.time, "monotonic", lambda: seconds[0])
    with progress_bar(LONG) as progress:
        progress(0, 17500, "")
        seconds[0] = 3000.0
        progress(7500, 17500, "loss 0.5  mean_loss 0.25  gradient_norm 12.5")
    drawn = [line for line in re.split(r"[\r\n]", plain(stream.getvalue())) if "7500/17500" in line]
    assert drawn
    assert all("67 min left" in line and "fit    ofdiff" in line for line in drawn)
    assert all(len(line.rstrip()) <= columns for line in drawn)


def test_a_title_is_no_markup(monkeypatch):
    stream = Terminal()
    monkeypatch.setattr(sys, "stderr", stream)
    monkeypatch.setenv("COLUMNS", "80")
    with progress_bar("fit [red]x[/red]") as progress:
        progress(1, 2, "[bold]")
    assert "[red]x[/red]" in plain(stream.getvalue())
