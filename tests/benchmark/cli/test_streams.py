"""Streams that cannot break a command."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from downbench.cli.streams import ForgivingStream


class Full:
    """A file that takes nothing."""

    closed = False

    def writable(self):
        """Yes."""
        return True

    def readable(self):
        """No."""
        return False

    seekable = readable

    def write(self, data):
        """Full."""
        raise OSError(28, "No space left on device")

    def flush(self):
        """Nothing to do."""

    def close(self):
        """Nothing to do."""


def test_a_full_disk_is_remembered_once_and_raises_nothing():
    stream = ForgivingStream(Full(), "utf-8", write_through=True)
    assert stream.write("some text") == 9
    first = stream.error
    assert first.errno == 28
    stream.write("more")
    stream.flush()
    assert stream.error is first


def run(code, **options):
    return subprocess.run(
        [sys.executable, "-c", code], capture_output=True, timeout=60, check=False, **options
    )


ESCAPE = """
from downbench.cli.streams import protect_streams
protect_streams()
print("5 \\N{EN DASH} 6")
"""


def test_a_character_that_the_encoding_lacks_is_escaped():
    done = run(ESCAPE, env={**os.environ, "PYTHONIOENCODING": "ascii"})
    assert done.stdout.strip() == rb"5 \u2013 6"
    assert done.returncode == 0


CLEAN = """
import os, subprocess, sys
from downbench.cli.streams import stdout_kept_clean
with stdout_kept_clean() as real:
    print("chatter of a plug-in")
    os.write(1, b"chatter of C code\\n")
    subprocess.run(["echo", "chatter of a child"])
    print('{"a": 1}', file=real)
print("after")
"""


def test_only_what_is_meant_for_it_reaches_standard_output():
    done = run(CLEAN)
    assert done.stdout.decode().splitlines() == ['{"a": 1}', "after"]
    for source in ("a plug-in", "C code", "a child"):
        assert f"chatter of {source}" in done.stderr.decode()


CLOSED = """
import os, sys
from downbench.cli.streams import protect_streams
os.close(1)
protect_streams()
opened = os.open(sys.argv[1], os.O_WRONLY | os.O_CREAT)
print("into nothing", flush=True)
os.close(opened)
"""


def test_a_closed_standard_output_gives_its_number_to_no_file(tmp_path: Path):
    path = tmp_path / "data"
    command = [sys.executable, "-c", CLOSED, str(path)]
    done = subprocess.run(command, capture_output=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    assert path.read_bytes() == b""


LOST = """
from downbench.cli.streams import stdout_kept_clean
with stdout_kept_clean() as real:
    print(1, file=real)
"""


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full")
def test_what_did_not_arrive_is_an_error():
    with Path("/dev/full").open("w") as full:
        command = [sys.executable, "-c", LOST]
        done = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, timeout=60, check=False)
    assert b"the output could not be written" in done.stderr
    assert done.returncode != 0
