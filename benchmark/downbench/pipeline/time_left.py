"""How much time is left of a piece of work, from how far it is, and how spans of time are written."""

from __future__ import annotations

import time

_WARM = 1.0  # seconds before which a pace says little
_SHARE = 0.01  # of the work, likewise
_MARKS = 50  # at most about so many are kept


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
        self.began = self._since = time.monotonic()
        self._first = 0
        self._marks: list[tuple[float, int]] = []  # when it stood where, the later half of its time

    @property
    def elapsed(self) -> float:
        """Seconds since it began."""
        return time.monotonic() - self.began

    def left(self, done: int, total: int) -> float | None:
        """Seconds that are left, at the pace of the later half; None while that is not known.

        Work begins slowly (data are read, code is compiled), and a machine gets busy or free.
        """
        now = time.monotonic()
        if not self._marks or done < self._marks[-1][1]:  # counted anew
            self._since, self._first = now if self._marks or done else self.began, done
            self._marks = [(self._since, done)]
        if now - self._marks[-1][0] >= max(_WARM, (now - self._since) / _MARKS):
            self._marks.append((now, done))
        while len(self._marks) > 2 and 2 * self._marks[1][0] <= self._since + now:
            del self._marks[0]
        passed, made = now - self._marks[0][0], done - self._marks[0][1]
        little = _SHARE * (total - self._first)
        if not total or made <= 0 or passed < _WARM or done - self._first < little:
            return None
        return passed / made * max(total - done, 0)


def phrase(clock: Clock, done: int, total: int) -> str:
    """How far it is, in a few words: ``3 of 10, 4 min left``."""
    if not total:
        return f"{span(clock.elapsed)} so far"
    left = clock.left(done, total)
    words = f"{span(clock.elapsed)} so far" if left is None else f"{span(left)} left"
    return f"{done} of {total}, {words}"
