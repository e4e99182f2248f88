"""How a command ends where the world around it does not help: signals, closed or full streams, no folder."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from downbench.cli import reporting
from downbench.cli.stopping import Stopped, describe, exit_code, keeping
from downbench.errors import RunFailed, UserError

Bench = Callable[..., Any]
WAITING = """
import sys, time
import downbench
from downbench import CommandInfo, hookimpl


@hookimpl
def downbench_commands():
    return [CommandInfo(name="wait", target="waiting:wait", title="Wait.")]


def wait() -> None:
    from downbench.cli.stopping import keeping

    with keeping("what is finished is kept"):
        print("ready", flush=True)
        time.sleep(60)
"""
COMMAND = [sys.executable, "-m", "downbench"]
FULL = OSError(28, "No space left on device", "x.nc")


@pytest.fixture(autouse=True)
def traceback_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))


def shell(line: str, folder: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run a line in which BENCH stands for the command."""
    line = line.replace("BENCH", f"{sys.executable} -m downbench")
    environment = {**os.environ, **variables}
    return subprocess.run(
        ["bash", "-c", line], cwd=folder, env=environment, capture_output=True, text=True, check=False
    )


@pytest.mark.parametrize(
    ("number", "message"),
    [
        (signal.SIGTERM, "interrupted by SIGTERM; what is finished is kept\n"),
        (signal.SIGHUP, "interrupted by SIGHUP; what is finished is kept\n"),
        (signal.SIGINT, "interrupted; what is finished is kept\n"),
    ],
)
def test_a_signal_ends_a_command_with_one_message(
    tmp_path: Path, number: signal.Signals, message: str
) -> None:
    (tmp_path / "waiting.py").write_text(WAITING)
    # a test run in the background of a shell or under nohup ignores signals, and its children would too
    heed = partial(signal.signal, number, signal.SIG_DFL)
    process = subprocess.Popen(
        [*COMMAND, "wait", "--plugin", "waiting.py"],
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=heed,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    process.send_signal(number)
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 128 + number
    assert errors == message


def test_what_is_kept_is_said_and_the_code_is_that_of_shells() -> None:
    with pytest.raises(KeyboardInterrupt) as caught, keeping("runs are kept"):
        raise Stopped(signal.SIGTERM)
    assert describe(caught.value) == "interrupted by SIGTERM; runs are kept"
    assert exit_code(caught.value) == 143
    assert exit_code(KeyboardInterrupt()) == 130


def test_a_full_output_is_one_message(tmp_path: Path) -> None:
    for line in ("BENCH list > /dev/full", "BENCH list --json > /dev/full"):
        done = shell(line, tmp_path)
        assert done.returncode == 1
        assert done.stderr == "error: the output could not be written: No space left on device\n"


def test_without_standard_error_the_output_is_whole(tmp_path: Path) -> None:
    done = shell("BENCH list --json 2>&-", tmp_path)
    assert done.returncode == 0
    assert {row["kind"] for row in json.loads(done.stdout)} >= {"method", "metric"}
    assert shell("BENCH show nothing 2>/dev/full", tmp_path).returncode == 2


def test_a_closed_pipe_is_silent(tmp_path: Path) -> None:
    assert shell("BENCH list methods | head -1", tmp_path).stderr == ""


def test_an_encoding_without_a_character_gets_an_escape(tmp_path: Path) -> None:
    line = "import downbench.cli.streams as s; s.protect_streams(); print('0.5 ± 0.1')"
    done = shell(f'{sys.executable} -c "{line}"', tmp_path, LC_ALL="C", PYTHONIOENCODING="ascii")
    assert done.returncode == 0, done.stderr
    assert done.stdout == "0.5 \\xb1 0.1\n"


def test_a_deleted_working_folder_is_one_message(tmp_path: Path) -> None:
    (tmp_path / "gone").mkdir()
    done = shell("cd gone && rmdir ../gone && BENCH list", tmp_path)
    assert done.returncode == 2
    assert done.stderr.startswith("error: the working folder does not exist any more\n")
    assert "Traceback" not in done.stderr


def raises(error: BaseException) -> Callable[..., None]:
    def command(**_: Any) -> None:
        raise error

    return command


def test_an_unexpected_error_is_one_message_and_a_file(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("downbench.cli.commands.list.registry", raises(KeyError("surprise")))
    message = bench("list", code=1).stderr
    assert message.startswith("error: bench failed in a way that it should not: KeyError: 'surprise'\n")
    path = re.search(r"the full traceback is in (\S+);", message)
    assert path is not None
    text = Path(path[1]).read_text()
    assert "in list_plugins" in text
    assert "KeyError: 'surprise'" in text
    debug = bench("list", "--debug", code=1).stderr
    assert "in list_plugins" in debug


@pytest.mark.parametrize(
    ("error", "code", "message"),
    [
        (UserError("no", "do this"), 2, "error: no\n  do this\n"),
        (RunFailed("it failed"), 1, "error: it failed\n"),
        (FULL, 1, "error: the disk is full (x.nc); make room and run the same command again\n"),
        (MemoryError(), 1, "error: the memory of this machine is full\n"),
    ],
)
def test_each_kind_of_error_has_its_code(
    error: Exception, code: int, message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    reporting.show_tracebacks(False)
    assert reporting.report(error) == code
    assert capsys.readouterr().err.startswith(message)
