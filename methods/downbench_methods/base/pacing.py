"""How much is sampled at once, and in which way: measured on the first batches of the work itself.

Nothing is worked out twice, and a small run measures nothing. Noise belongs to members and times, so that
another batch, or convolutions with channels last, change no sample beyond rounding: 1e-4 mm/h and 0.1 % in
the tests. bf16, which only a GPU is given, rounds to three digits inside the networks.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import ExitStack
from functools import partial
from typing import Any, NamedTuple, TypeVar

import numpy as np
import torch
from numpy.typing import NDArray

from downbench import DownbenchWarning, RunFailed
from downbench_methods.base.device_meter import Meter
from downbench_methods.networks.ways import Way

T = TypeVar("T")
Array = NDArray[np.float32]
PLAIN_CELLS = 2**18  # where nothing is measured: an amount that suits a CPU
FIRST_CELLS, MOST_CELLS, LEAST_CELLS = 2**16, 2**26, 2**10
WORTH = 2**22  # cells of a run from which on measuring pays
GAIN = 1.05  # ratio of speeds from which on one is higher


class Timed(NamedTuple):
    """A batch that was measured: its cells, cells a second, and the cells that are left of the run."""

    cells: int
    speed: float
    left: int


class Pacer:
    """Says how many cells, over members and frames, are worked on at once, and learns from each batch.

    Beginning with few cells, each batch has twice as many as the one before, until that is no quicker by 5 %,
    memory would not hold twice as many, or the work ends. After that each of ``ways`` is tried for two
    batches, of which the second counts, and kept if it is quicker. What was chosen stays.

    Args:
        cells: to begin with, and for ever without a meter.
        asked: what the user asked for.
        meter: of the device; None measures nothing.
        ways: to be tried.
    """

    def __init__(
        self, cells: int, asked: int | None = None, meter: Meter | None = None, ways: Sequence[Way] = ()
    ) -> None:
        self.cells, self.asked, self.measured = cells, asked, meter is not None
        self.kept = dict[str, Way]()
        self._meter, self._ways, self._trying = meter, ways, False
        self._search = self._measure(meter) if meter else None
        if self._search:
            next(self._search)

    def chosen(self) -> dict[str, Any]:
        """What the record says of it."""
        return {"batch_cells": self.cells, **dict.fromkeys(self.kept, True)}

    @property
    def searches(self) -> bool:
        """Whether it is still measuring."""
        return self._search is not None

    def together(self, each: int) -> int:
        """Frames of so many cells that are worked on at once, one at least."""
        return max(1, self.cells // each)

    def end(self, start: int, each: int) -> int:
        """Where a batch of frames that begins at one ends."""
        together = self.together(each)
        return start + together if self.searches else (start // together + 1) * together

    def attempt(self, work: Callable[[], T], cells: int, left: int = 0) -> T | None:
        """Do a batch; None where memory was too small for it: :attr:`cells` is half as many for the next try.

        Args:
            work: the batch.
            cells: of it; more than :attr:`cells` are gone through in parts.
            left: cells of the run that come after it.

        Raises:
            RunFailed: memory is too small for the least batch.
        """
        start = self._meter.clock() if self._search and self._meter else 0.0
        try:
            with ExitStack() as stack:
                for way in self.kept.values():
                    stack.enter_context(way.within())
                result = work()
        except RuntimeError as error:
            if self._trying:  # a way that this network or device does not stand
                self._tell(Timed(0, 0.0, left))
            elif isinstance(error, torch.OutOfMemoryError):
                self._halve(error)
            else:
                raise
            return None
        if self._search and self._meter:
            seconds = max(self._meter.clock() - start, 1e-9)
            self._tell(Timed(min(cells, self.cells), cells / seconds, left))
        return result

    def _tell(self, batch: Timed) -> None:
        try:
            if self._search:
                self._search.send(batch)
        except StopIteration:
            self._search = None

    def _halve(self, error: Exception) -> None:
        if self.cells <= LEAST_CELLS:
            raise RunFailed(
                "the device is out of memory with the smallest batch", "lower 'window' or use another device"
            ) from error
        self.cells, self._search = self.cells // 2, None  # nothing larger is tried any more
        if torch.cuda.is_available():
            torch.cuda.empty_cache()
        warnings.warn(
            f"out of memory: from now on {self.cells} cells are sampled at once",
            DownbenchWarning,
            stacklevel=3,
        )

    def _measure(self, meter: Meter) -> Generator[None, Timed, None]:
        """Choose; each ``yield`` is a batch."""
        before = meter.memory()
        yield  # the first one loads libraries
        last = yield
        while 2 * (meter.memory() - before) <= meter.limit and 2 * self.cells <= min(MOST_CELLS, last.left):
            self.cells *= 2
            tried = yield
            if tried.cells < self.cells or tried.speed < GAIN * last.speed:
                self.cells //= 2
                break
            last = tried
        for way in self._ways:
            if last.left < max(2 * self.cells, way.least * last.speed):
                continue
            way.on()
            self.kept[way.name], self._trying = way, True
            tried = yield  # gets used to it
            tried = (yield) if tried.speed else tried
            self._trying = False
            if tried.speed < GAIN * last.speed:
                way.off()
                del self.kept[way.name]
                tried = tried._replace(speed=last.speed)
            last = tried


def paced(
    pacer: Pacer, left: range, each: int, take: Callable[[range], Array], work: Callable[[range, Array], T]
) -> Iterator[tuple[range, T]]:
    """Work through frames in their order, as many at once as a pacer says.

    Unless it measures, batches begin at multiples of their length, whichever frame is the first that
    is wanted: the first batch may have frames before it. So a frame shares its batch with the same frames
    always, and comes out the same to the last bit wherever sampling begins.

    Args:
        left: frames, or clips.
        each: cells of one of them, over all members.
        take: gives the noise (members, frames, ...) of some; asked once for each, in rising order.
        work: from some of them and their noise to rain.
    """
    start = left.start if pacer.searches else left.start // pacer.together(each) * pacer.together(each)
    while start < left.stop:
        taken = range(start, min(pacer.end(start, each), left.stop))
        noise = take(taken)
        width = noise.shape[1] // len(taken)  # frames of a clip
        while start < taken.stop:
            some = range(start, min(pacer.end(start, each), taken.stop))
            first = (some.start - taken.start) * width
            rest = (left.stop - some.stop) * each
            batch = partial(work, some, noise[:, first : first + len(some) * width])
            rain = pacer.attempt(batch, len(some) * each, rest)
            if rain is not None:
                yield some, rain
                start = some.stop
