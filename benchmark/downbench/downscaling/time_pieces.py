"""The step of a record, and the frames of it that are wanted."""

from __future__ import annotations

import numpy as np

from downbench.dates import STANDARD, Times, date_limits, date_text, spacing
from downbench.errors import UserError


def common_step(times: Times, calendar: str = STANDARD) -> np.timedelta64 | None:
    """The usual step; None for a single time."""
    return spacing(times, calendar).step if len(times) > 1 else None


def wanted_frames(times: Times, start: str | None, end: str | None, calendar: str = STANDARD) -> slice:
    """Frames from ``start`` to ``end``, both included; a day alone is the whole day.

    Raises:
        UserError: no dates of the calendar, or no frames between them.
    """
    first, stop = 0, len(times)
    if start is not None:
        first = int(np.searchsorted(times, date_limits("--start", start, calendar)[0], "left"))
    if end is not None:
        stop = int(np.searchsorted(times, date_limits("--end", end, calendar)[1], "left"))
    if first >= stop:
        raise UserError(
            f"no frames from {start or 'the first'} to {end or 'the last'}",
            f"there are {len(times)}, {date_text(times[0], calendar)} to {date_text(times[-1], calendar)}",
        )
    return slice(first, stop)
