"""Standard streams that cannot break a command: closed, full, or of an encoding that lacks a character."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from typing import Any, TextIO

from downbench.errors import RunFailed


class ForgivingStream(io.TextIOWrapper):
    """A text stream that remembers the first error of writing, and goes on."""

    error: OSError | None = None

    def write(self, text: str) -> int:
        """Write, or remember why not; a character that the encoding lacks is written as an escape."""
        try:
            return super().write(text)
        except OSError as error:
            self.error = self.error or error
            return len(text)

    def flush(self) -> None:
        """Flush, or remember why not."""
        try:
            super().flush()
        except OSError as error:
            self.error = self.error or error


def protect_streams() -> None:
    """Make standard output and standard error of this process forgiving.

    A descriptor that the caller closed is opened on the null device, since the first file that is opened
    would get its number otherwise, and with it whatever a library prints. It is opened for reading: what is
    written to it is lost, and writing says so, as it would on the closed one.
    """
    for descriptor in (0, 1, 2):
        try:
            os.fstat(descriptor)
        except OSError:
            os.set_inheritable(os.open(os.devnull, os.O_RDONLY), True)
    sys.stdout = _forgiving(sys.stdout, 1)
    sys.stderr = _forgiving(sys.stderr, 2)


def _forgiving(stream: TextIO | None, descriptor: int) -> ForgivingStream:
    encoding = getattr(stream, "encoding", None) or "utf-8"
    terminal = os.isatty(descriptor) or descriptor == 2
    if stream is not None:
        stream.flush()
    raw = open(descriptor, "wb", closefd=False)  # noqa: SIM115  # it lives as long as the process
    return ForgivingStream(raw, encoding, errors="backslashreplace", line_buffering=terminal)


def lost_output() -> OSError | None:
    """Why a part of what was printed on standard output is lost; None where nothing is."""
    sys.stdout.flush()
    return getattr(sys.stdout, "error", None)


@contextmanager
def stdout_kept_clean(wanted: bool = True) -> Iterator[Any]:
    """Send everything printed to stderr, also from C code and children; yield the real stdout.

    Raises:
        RunFailed: what was written to the real stdout did not arrive.
    """
    if not wanted:
        yield sys.stdout
        return
    sys.stdout.flush()
    real = os.dup(1)
    os.dup2(2, 1)
    stream = ForgivingStream(os.fdopen(real, "wb", closefd=False), "utf-8", errors="backslashreplace")
    try:
        with redirect_stdout(sys.stderr):
            yield stream
    finally:
        stream.flush()
        sys.stdout.flush()
        os.dup2(real, 1)
        os.close(real)
    if stream.error is not None:
        raise RunFailed(f"the output could not be written: {stream.error.strerror}")
