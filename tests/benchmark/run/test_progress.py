"""Progress bars."""

from __future__ import annotations

import io
import sys

from downbench.run.progress import progress_bar


class Terminal(io.StringIO):
    """A text stream that says that it is a terminal."""

    def isatty(self):
        """Yes."""
        return True


def test_a_file_or_pipe_gets_not_one_byte(monkeypatch):
    stream = io.StringIO()
    monkeypatch.setattr(sys, "stderr", stream)
    with progress_bar("fit  ofdiff") as progress:
        progress(1, 2, "loss 0.5")
    assert stream.getvalue() == ""


def test_a_terminal_sees_title_count_and_text(monkeypatch):
    stream = Terminal()
    monkeypatch.setattr(sys, "stderr", stream)
    monkeypatch.setenv("COLUMNS", "100")
    with progress_bar("fit  ofdiff") as progress:
        progress(3, 7, "loss 0.5")
    drawn = stream.getvalue()
    assert "fit  ofdiff" in drawn
    assert "3/7" in drawn
    assert "loss 0.5" in drawn
