"""What a run tells while it goes forward: heard here, or by the process that began this one.

A relayed message is plain: paths and errors as text, so that it can be written as JSON.
"""

from __future__ import annotations

import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

from downbench.errors import DownbenchError, FailedElsewhere
from downbench.plugins.session import registry

Message = dict[str, Any]
Listener = Callable[[Message], None]

_listeners: list[Listener] = []


def relay_to(listener: Listener | None) -> None:
    """Send what runs of this process tell to a listener from now on; None for nobody else."""
    _listeners[:] = [] if listener is None else [listener]


def listener() -> Listener | None:
    """Who hears what runs of this process tell, instead of this process."""
    return _listeners[0] if _listeners else None


def announce(event: str, **arguments: Any) -> None:
    """Tell plug-ins of an event: those of this process, or those of the process that listens."""
    if (listen := listener()) is None:
        registry().announce(event, **arguments)
        return
    plain = {name: _plain(value) for name, value in arguments.items()}
    listen({"is": "event", "event": event, "arguments": plain})


def announce_relayed(message: Message) -> None:
    """Tell plug-ins of this process of an event that another one relayed."""
    arguments = dict(message["arguments"])
    if "directory" in arguments:
        arguments["directory"] = Path(arguments["directory"])
    if "error" in arguments:
        arguments["error"] = error_of(arguments["error"])
    announce(message["event"], **arguments)


def _plain(value: Any) -> Any:
    if isinstance(value, BaseException):
        return plain_error(value)
    return str(value) if isinstance(value, Path) else value


def plain_error(error: BaseException) -> Message:
    """An error as text."""
    if isinstance(error, DownbenchError):
        message, hint = error.message, error.hint
    else:
        message, hint = f"{type(error).__name__}: {error}", ""
    trace = error.trace if isinstance(error, FailedElsewhere) else "".join(traceback.format_exception(error))
    return {"message": message, "hint": hint, "traceback": trace}


def error_of(plain: Message) -> FailedElsewhere:
    """The error that stands here for one of another process."""
    return FailedElsewhere(plain["message"], plain["hint"], plain["traceback"])
