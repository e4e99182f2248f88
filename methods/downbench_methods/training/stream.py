"""Training data that are larger than memory: batches in a fixed order, read ahead by threads.

**Order.** Example number i belongs to a lane, i modulo the batch, and to a group of that lane, and follows
from the seed and these numbers alone (:mod:`downbench_methods.training.blocks`). So it is the same for any
number of threads, begins at any step, and is shared out to processes by lanes: no two read for one example.
It does depend on the batch, the patch, the clip, ``memory``, ``reuse`` and the chunks of the store.

**Randomness.** Each example is distributed as one from memory. The examples of one batch are independent of
each other, as they are from memory. Successive batches are not: the example of a lane comes from the same
three blocks for ``reuse`` steps. Lanes change their blocks at different steps, a few at each.

**Memory.** Beside static fields, at most ``memory`` bytes: one half holds examples that were cut and are not
used yet, the other the blocks that are being read. What the reader of a store itself needs for a chunk comes
on top, and a bound too small for a single patch is not held.

Threads rather than processes: zarr's codecs and numpy let go of the interpreter while they work, and nothing
has to be sent from one to the other (figures: docs/use/scaling.md).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Generator, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import tee

from torch import Tensor

from downbench_methods.training.blocks import Blocks
from downbench_methods.training.clips import READERS, Clips, stack

Example = dict[str, Tensor]
Group = tuple[int, int]  # lane, and number in it


class Stream:
    """Batches of examples that are not in memory.

    Args:
        clips: of the data.
        lanes: examples of a batch, over all processes.
        reuse: examples that are cut from one reading of three blocks, at most.
        workers: threads that read ahead, at most eight; 0 reads when an example is needed.
    """

    def __init__(self, clips: Clips, lanes: int, reuse: int, workers: int) -> None:
        self.blocks, self.lanes = Blocks(clips, lanes, reuse), lanes
        self.workers = min(workers, READERS)
        self.ahead = min(lanes, 2 * self.workers)

    def place(self, index: int) -> tuple[Group, int]:
        """Group of an example, and its position in the group."""
        step, lane = divmod(index, self.lanes)
        reuse = self.blocks.reuse
        number, position = divmod(step + lane * reuse // self.lanes, reuse)
        return (lane, number), position

    def batches(self, pieces: Iterable[range]) -> Iterator[Example]:
        """Stack the examples of successive ranges of indices, which rise."""
        needed, upcoming = tee(pieces)
        groups = self._read_ahead(upcoming) if self.workers else self._read(upcoming)
        current: dict[int, tuple[int, dict[int, Example]]] = {}  # by lane
        try:
            for piece in needed:
                examples = []
                for index in piece:
                    (lane, number), position = self.place(index)
                    if lane not in current or current[lane][0] != number:
                        current.pop(lane, None)
                        current[lane] = number, next(groups)
                    examples.append(current[lane][1].pop(position))
                yield stack(examples)
        finally:
            groups.close()

    def _starts(self, pieces: Iterable[range]) -> Iterator[tuple[Group, int]]:
        """Groups in the order in which they are needed, and the position at which each is entered."""
        latest: dict[int, int] = {}
        for piece in pieces:
            for index in piece:
                (lane, number), position = self.place(index)
                if latest.get(lane) != number:
                    latest[lane] = number
                    yield (lane, number), position

    def _cut(self, group: Group, first: int) -> dict[int, Example]:
        """Examples of a group by position, from the first that is needed on."""
        lane, number = group
        reuse = self.blocks.reuse
        positions = range(first, reuse)
        begin = number * reuse - lane * reuse // self.lanes  # step of the group's first example
        indices = [(begin + position) * self.lanes + lane for position in positions]
        return dict(zip(positions, self.blocks.examples(lane, number, indices), strict=True))

    def _read(self, pieces: Iterable[range]) -> Generator[dict[int, Example], None, None]:
        for start in self._starts(pieces):
            yield self._cut(*start)

    def _read_ahead(self, pieces: Iterable[range]) -> Generator[dict[int, Example], None, None]:
        """The same from threads, in the same order; a bounded number of groups waits."""
        queue: deque[Future[dict[int, Example]]] = deque()
        pool = ThreadPoolExecutor(self.workers, "read")
        try:
            for start in self._starts(pieces):
                queue.append(pool.submit(self._cut, *start))
                if len(queue) > self.ahead:
                    yield queue.popleft().result()
            while queue:
                yield queue.popleft().result()
        finally:
            pool.shutdown(cancel_futures=True)
