"""What a process that brings runs forward and the one that began it tell each other: a line of JSON each.

Towards the process go names of plans, and before the first of them perhaps what to import. It answers with
what :mod:`downbench.pipeline.relay` relays, with warnings, and at the end of each run with its outcome or
with why it could not even be begun.
"""

from __future__ import annotations

import json
from typing import IO, Any

Message = dict[str, Any]
GRACE = 5.0  # seconds in which a process that is asked to end may do so tidily


def write_line(stream: IO[str], message: Message) -> None:
    """Write a message."""
    stream.write(json.dumps(message) + "\n")
    stream.flush()


def read_line(line: str) -> Message | None:
    """The message that stands in a line; None for what is none, as of a process that was killed amid it."""
    try:
        message = json.loads(line)
    except ValueError:
        return None
    return message if isinstance(message, dict) else None
