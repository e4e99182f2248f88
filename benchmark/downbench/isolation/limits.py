"""Which stages run in a process of their own, and within which limits."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from typing import Literal

from downbench.errors import UserError
from downbench.marks import is_watched, set_limits
from downbench.plugins.loading import BUILTIN
from downbench.plugins.registry import Registration

Whose = Literal["third parties", "all", "nobody"]
SWITCH = "DOWNBENCH_ISOLATE"  # "0" keeps everything in one process unless a command says otherwise
_SECONDS = {"s": 1.0, "m": 60.0, "h": 3600.0}
_BYTES = {"M": 1e6, "G": 1e9, "T": 1e12}


@dataclass(frozen=True)
class Isolation:
    """Whose code runs in a process of its own; it changes no result.

    Args:
        whose: code of third parties, all code, or nobody's.
        seconds: that a stage of a run may take; None for no limit.
        memory: bytes that the process of a stage and all that it starts may occupy; None for no limit.
    """

    whose: Whose = "nobody"
    seconds: float | None = None
    memory: float | None = None

    def of(self, *entries: Registration) -> bool:
        """Whether a stage that runs the code of these plug-ins gets a process of its own."""
        strange = any(entry.distribution != BUILTIN for entry in entries)
        return self.whose == "all" or (self.whose == "third parties" and strange)


IN_PROCESS = Isolation()


def make_isolation(wanted: bool | None, time_limit: str | None, memory_limit: str | None) -> Isolation:
    """Isolation as a request has it.

    Args:
        wanted: all code, nobody's, or by default that of third parties, and all code where there is a limit.
        time_limit: as ``90s``, ``10m`` or ``2h``.
        memory_limit: as ``500M`` or ``8G``.

    Raises:
        UserError: a limit is malformed, or cannot be held.
    """
    seconds = None if time_limit is None else _amount("--time-limit", time_limit, _SECONDS, "90s, 10m or 2h")
    memory = None if memory_limit is None else _amount("--memory-limit", memory_limit, _BYTES, "500M or 8G")
    limited = seconds is not None or memory is not None
    if limited and wanted is False:
        raise UserError("a limit needs a process of its own", "leave out --no-isolate, or the limit")
    if limited or wanted:
        return Isolation("all", seconds, memory)
    if wanted is None and os.environ.get(SWITCH) != "0":
        return Isolation("third parties")
    return Isolation("nobody")


def hold_limits(time_limit: str | None, memory_limit: str | None) -> None:
    """Have the process that watches this one hold limits while a plug-in's code runs.

    Raises:
        UserError: a limit is malformed, or nobody watches.
    """
    isolation = make_isolation(None, time_limit, memory_limit)
    limited = isolation.seconds is not None or isolation.memory is not None
    if limited and not is_watched():
        raise UserError("a limit needs a process of its own", "give it to the command `bench`")
    set_limits(isolation.seconds, isolation.memory)


def _amount(option: str, text: str, units: dict[str, float], examples: str) -> float:
    match = re.fullmatch(rf"(\d+(?:\.\d+)?)([{''.join(units)}])", text.strip())
    if not match or float(match[1]) <= 0:
        raise UserError(f"{option} {text!r} is not an amount", f"write {examples}")
    return float(match[1]) * units[match[2]]
