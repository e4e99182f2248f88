"""One message for each error, and the traceback where somebody asks for it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from downbench import RunFailed, UserError
from downbench.cli.reporting import report, show_tracebacks, tracebacks_wanted


@pytest.fixture(autouse=True)
def quiet():
    show_tracebacks(False)
    yield
    show_tracebacks(False)


def raised(error):
    try:
        raise error
    except BaseException as caught:
        return caught


@pytest.mark.parametrize(
    ("error", "code", "message"),
    [
        (UserError("a mistake", "do this"), 2, "error: a mistake"),
        (RunFailed("it broke"), 1, "error: it broke"),
        (KeyboardInterrupt(), 130, "interrupted"),
        (MemoryError(), 1, "error: the memory of this machine is full"),
        (
            OSError(13, "Permission denied", "/data"),
            1,
            "error: there is no permission to write or read (/data); allow it, or name another file or "
            "folder\n",
        ),
        (OSError(1, "Operation not permitted"), 1, "error: the system refused: Operation not permitted\n"),
        (OSError(5, "Input/output error", "/x"), 1, "error: the system refused: Input/output error: /x\n"),
        (ValueError("odd"), 1, "error: bench failed in a way that it should not: ValueError: odd"),
    ],
)
def test_the_message_and_the_exit_code(error, code, message, capsys):
    assert report(raised(error)) == code
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err.startswith(message)
    assert "Traceback" not in printed.err


def test_an_unexpected_error_leaves_its_traceback_in_a_file(capsys, monkeypatch, tmp_path):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    report(raised(ValueError("odd")))
    (path,) = re.findall(r"the full traceback is in (\S+);", capsys.readouterr().err)
    assert "in raised" in Path(path).read_text()


def test_debug_prints_the_traceback_and_leaves_no_file(capsys, monkeypatch, tmp_path):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    show_tracebacks(True)
    assert tracebacks_wanted()
    report(raised(ValueError("odd")))
    printed = capsys.readouterr().err
    assert "Traceback" in printed
    assert "in raised" in printed
    assert list(tmp_path.iterdir()) == []


def test_where_no_file_can_be_written_debug_is_named(capsys, monkeypatch, tmp_path):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "gone"))
    report(raised(ValueError("odd")))
    assert "--debug prints the full traceback" in capsys.readouterr().err
