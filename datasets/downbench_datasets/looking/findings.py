"""What a check of data says: a verdict with the offending indices and a hint."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

Verdict = Literal["ok", "note", "wrong"]
_SHOWN = 8


@dataclass(frozen=True)
class Finding:
    """The result of one check.

    Args:
        check: its name.
        verdict: ``ok``; ``note`` for what a user should know; ``wrong`` for what makes results worthless.
        message: what is the matter, in one sentence.
        indices: of the offending frames, or (frame, tile, y, x) of cells.
        hint: what to do.
    """

    check: str
    verdict: Verdict
    message: str
    indices: tuple[Any, ...] = ()
    hint: str = ""

    def as_json(self) -> dict[str, Any]:
        """As plain data."""
        return {**asdict(self), "indices": [list(i) if isinstance(i, tuple) else i for i in self.indices]}


def shown(indices: Sequence[Any]) -> str:
    """The first few indices, for people."""
    text = ", ".join(str(index) for index in indices[:_SHOWN])
    return text + (f", ... ({len(indices)})" if len(indices) > _SHOWN else "")


def ok(check: str, message: str) -> Finding:
    """A finding with nothing to say against."""
    return Finding(check, "ok", message)
