"""Running a plug-in's code: its mistakes are named with their line, and its exits end nothing else."""

from __future__ import annotations

import inspect
import os
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from downbench.errors import DownbenchError, RunFailed, disk_is_full
from downbench.marks import ended_by, marked
from downbench.remedies import called_wrongly, remedy, told

_WRITES = ("read-only", "readonly", "Assignment destination is a view")  # as numpy, numba and xarray say it
_HANDED = (
    "what a plug-in is handed is read-only, since others work on it too; "
    "work on a copy: values = field.to_numpy().copy()"
)
_EXIT = "raise an exception instead: leaving the interpreter is not for a plug-in to decide"
_NOT_KEPT = "if fit() sets it, then save() must write it and load() must restore it"


@contextmanager
def running(what: str, code: object, kind: type[DownbenchError] = RunFailed) -> Iterator[None]:
    """Run code of a plug-in; whatever it raises is named, and it leaves the working folder as it was.

    An interruption by the user, exhausted memory and a full disk are nobody's mistake and pass. Code that
    ended the interpreter in an earlier attempt at the same command is not run again.

    Args:
        what: whose code it is, as ``method 'nearest'``.
        code: its class, function or module.
        kind: of the error that is raised.

    Raises:
        DownbenchError: of that kind, with the line in the author's code; the original error is its cause.
    """
    if before := ended_by(what):
        raise kind(*before)
    folder = _working_folder()
    try:
        with marked(what, _root(code)):
            yield
    except KeyboardInterrupt as stop:
        if (note := f"{what} was running") not in getattr(stop, "__notes__", []):
            stop.add_note(note)
        raise
    except (DownbenchError, MemoryError):
        raise
    except BaseException as error:
        if disk_is_full(error):
            raise
        message, hint = described(what, code, error)
        raise kind(message, hint) from error
    finally:
        if folder is not None and folder != _working_folder():
            with suppress(OSError):
                os.chdir(folder)


def _working_folder() -> Path | None:
    try:
        return Path.cwd()
    except OSError:  # it was deleted
        return None


def is_write(error: BaseException | None) -> bool:
    """Whether an error says that something was written into a read-only array."""
    return isinstance(error, ValueError | TypeError) and any(text in str(error) for text in _WRITES)


def described(what: str, code: object, error: BaseException) -> tuple[str, str]:
    """Message and hint for what a plug-in's code raised."""
    at = author_line(code, error)
    if isinstance(error, SystemExit):
        return f"{what} called sys.exit({error.code!r}) ({at})", _EXIT
    if is_write(error):
        return f"{what} wrote into an array that it was handed ({at})", _HANDED
    message = f"{what} failed: {told(error)} ({at})"
    lacking = isinstance(error, AttributeError) and isinstance(code, type) and isinstance(error.obj, code)
    return message, _NOT_KEPT if lacking and hasattr(code, "sample") else remedy(code, error)


def author_line(code: object, error: BaseException) -> str:
    """The last line of a traceback that the author wrote: ``file:line in function``.

    Where no line of the author's took part, where the code is defined, or the function of it that does not
    take what it is handed; the last line of all where it is not known whose code it is.
    """
    if isinstance(error, SyntaxError):
        return f"{error.filename}:{error.lineno}"
    frames = traceback.extract_tb(error.__traceback__)
    root = _root(code)
    own = [frame for frame in frames if root is not None and Path(frame.filename).is_relative_to(root)]
    if not frames or (root is not None and not own):
        called = called_wrongly(code, error) if isinstance(error, TypeError) else ""
        return defined_at(getattr(code, called) if called else code)
    last = (own or frames)[-1]
    return f"{last.filename}:{last.lineno} in {last.name}"


def _root(code: object) -> Path | None:
    """File of a module, or folder of its package, that holds an author's code."""
    module = sys.modules.get(code.__name__ if inspect.ismodule(code) else getattr(code, "__module__", ""))
    if module is None:
        return None
    top = sys.modules.get(module.__name__.split(".")[0])
    path = getattr(top, "__file__", None) or getattr(module, "__file__", None)
    if path is None:
        return None
    return Path(path).parent if Path(path).stem == "__init__" else Path(path)


def defined_at(code: object) -> str:
    """``file:line`` where a class or function is defined; its name where that is not known."""
    with suppress(TypeError, OSError):
        if inspect.isfunction(code) or inspect.ismethod(code):
            return f"{code.__code__.co_filename}:{code.__code__.co_firstlineno}"
        if isinstance(code, type):
            return f"{inspect.getsourcefile(code)}:{inspect.getsourcelines(code)[1]}"
    return str(getattr(code, "__qualname__", code))
