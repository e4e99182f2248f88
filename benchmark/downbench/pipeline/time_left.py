"""How much time is left of a piece of work, from how far it is, and how spans of time are written."""

from __future__ import annotations

import time

_WARM = 1.0  # seconds before which a rate says little


def span(seconds: float) -> str:
    """A span of time in a few letters: ``40 s``, ``12 min``, ``3 h 20 min``."""
    if seconds < 90:
        return f"{max(round(seconds), 1)} s"
    minutes = round(seconds / 60)
    if minutes < 90:
        return f"{minutes} min"
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if hours < 10 and minutes else f"{hours} h"


class Clock:
    """Since when a piece of work goes forward, and from where: what stood there at first does not count."""

    def __init__(self) -> None:
        self.began = time.monotonic()
        self._first: int | None = None
        self._since = self.began

    @property
    def elapsed(self) -> float:
        """Seconds since it began."""
        return time.monotonic() - self.began

    def left(self, done: int, total: int) -> float | None:
        """Seconds that are left, at the pace so far; None while that is not known."""
        if self._first is None or done < self._first:
            self._first, self._since = done, time.monotonic()
        passed, made = time.monotonic() - self._since, done - self._first
        if self._first == 0:
            passed = self.elapsed  # the first step counts too
        if not total or made <= 0 or passed < _WARM:
            return None
        return passed / made * max(total - done, 0)


def phrase(clock: Clock, done: int, total: int) -> str:
    """How far it is, in a few words: ``3 of 10, 4 min left``."""
    if not total:
        return f"{span(clock.elapsed)} so far"
    left = clock.left(done, total)
    words = f"{span(clock.elapsed)} so far" if left is None else f"{span(left)} left"
    return f"{done} of {total}, {words}"
