"""Blocks of data on disk: what is read at once, and the training examples that are cut from it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from downbench import derive_seed
from downbench_methods.training.clips import CANDIDATES, DRY_WEIGHT, READERS, Array, Clips, Source
from downbench_methods.training.reading import Reader

COPIES = 2  # of a block while it is read: its pieces, and the whole
Edges = tuple[NDArray[np.intp], ...]  # of cells of origins along time, y and x
Box = tuple[slice, slice, slice]  # time, and coarse cells in y and x


@dataclass(frozen=True)
class Block:
    """A box of one tile, and the origins of the patches that lie in it.

    Args:
        origins: first frame, row and column (coarse cells) that a patch may have.
    """

    source: Source
    tile: int
    origins: Box


class Blocks:
    """Cuts examples from blocks, many from each reading.

    The origins that a patch may have (first frame, row, column) are divided into cells that follow the chunks
    of the store. A *group* of examples rests on three blocks, each of them the cell that a random origin lies
    in, read with all that patches reach beyond it. An example of a group takes one candidate from each block
    and chooses among the three by their wet area. So every example has the distribution that
    :class:`Clips` gives it: three candidates from anywhere, as likely across the edges of chunks as within.
    What differs is that examples of one group come from the same three blocks.

    Args:
        clips: whose data are not in memory.
        lanes: groups that are in use at once, one for each example of a batch.
        reuse: examples of a group, fewer where so many do not fit into memory.
    """

    def __init__(self, clips: Clips, lanes: int, reuse: int) -> None:
        self.clips, self.lanes = clips, lanes
        half = clips.memory / 2
        self.reuse = int(np.clip(half / (2 * lanes * clips.example_bytes), 1, reuse))
        most = half / (READERS * CANDIDATES * COPIES)
        self.edges = [cells(clips, source, most) for source in clips.sources]

    @cached_property
    def _edges_of(self) -> dict[int, Edges]:
        return {id(s): edges for s, edges in zip(self.clips.sources, self.edges, strict=True)}

    @cached_property
    def _readers(self) -> dict[int, Reader]:
        return {id(source): Reader(source) for source in self.clips.sources}

    def examples(self, lane: int, group: int, indices: Sequence[int]) -> list[dict[str, Tensor]]:
        """Read a group and cut the examples with these indices."""
        random = np.random.default_rng(derive_seed(self.clips.seed, "blocks", lane, group))
        blocks = [self._draw(random) for _ in range(CANDIDATES)]
        read = [self._read(block) for block in blocks]
        return [self._example(blocks, read, index) for index in indices]

    def _draw(self, random: np.random.Generator) -> Block:
        """The block that a random origin lies in."""
        source, tile, *origin = self.clips.place(random)
        cell = []
        for first, edges in zip(origin, self._edges_of[id(source)], strict=True):
            k = int(np.searchsorted(edges, first, "right")) - 1
            cell.append(slice(int(edges[k]), int(edges[k + 1])))
        return Block(source, tile, (cell[0], cell[1], cell[2]))

    def _read(self, block: Block) -> tuple[Array, Array]:
        """Coarse channels (time, C, y, x) and rain in mm/h (time, Y, X) of a block."""
        extents = (self.clips.length, *self.clips.extent(block.source))
        box = [slice(s.start, s.stop + n - 1) for s, n in zip(block.origins, extents, strict=True)]
        return self._readers[id(block.source)].read(block.tile, *box)

    def _example(
        self, blocks: Sequence[Block], read: Sequence[tuple[Array, Array]], index: int
    ) -> dict[str, Tensor]:
        random = np.random.default_rng(derive_seed(self.clips.seed, "clip", index))
        length, candidates, wet = self.clips.length, [], []
        for block, (channels, _) in zip(blocks, read, strict=True):
            first, row, column = (int(random.integers(s.start, s.stop)) for s in block.origins)
            h, w = self.clips.extent(block.source)
            whole = slice(first, first + length), slice(row, row + h), slice(column, column + w)
            time, y, x = inner = _within(whole, block.origins)
            last = channels[time.stop - 1, 0, y, x]
            wet.append(np.count_nonzero(last > self.clips.wet) / last.size + DRY_WEIGHT)
            candidates.append((whole, inner))
        k = random.choice(CANDIDATES, p=np.divide(wet, np.sum(wet)))
        block, (channels, rain), (whole, (time, y, x)) = blocks[k], read[k], candidates[k]
        source = block.source
        fine = self.clips.transform.forward(rain[time, source.fine(y), source.fine(x)])
        coarse = channels[time, :, y, x].copy()  # a view would keep the block
        return self.clips.example(source, block.tile, *whole, index, coarse, fine)


def _within(patch: Box, origins: Box) -> Box:
    """A patch counted from the first cell of its block."""
    t, y, x = (slice(a.start - b.start, a.stop - b.start) for a, b in zip(patch, origins, strict=True))
    return t, y, x


def cells(clips: Clips, source: Source, most: float) -> Edges:
    """Edges of the cells of origins: whole chunks, cut down until a block has at most ``most`` bytes."""
    extents = (clips.length, *clips.extent(source))
    sizes = (source.frames, source.height, source.width)
    counts = [size - extent + 1 for size, extent in zip(sizes, extents, strict=True)]
    time, _, *space = _chunks(source.sequence.fine)
    factor = source.factor
    ends = [np.cumsum(time), *(np.cumsum(chunks) // factor for chunks in space)]
    edges = [_along(*one) for one in zip(ends, counts, extents, strict=True)]

    def longest() -> list[int]:
        return [int(np.diff(e).max()) for e in edges]

    def size() -> float:
        t, h, w = (a + n - 1 for a, n in zip(longest(), extents, strict=True))
        return float(4 * t * h * w * (factor**2 + clips.transform.channels))

    for axis in (0, 1, 2):  # fewer frames first
        while size() > most and longest()[axis] > 1:
            edges[axis] = _halved(edges[axis])
    return edges[0], edges[1], edges[2]


def _chunks(field: Any) -> Sequence[Sequence[int]]:
    """Chunks of a lazy field along its dims; single frames where they are not known."""
    if field.chunks is not None:
        return field.chunks
    stored = field.encoding.get("preferred_chunks", {})
    out = []
    for dim, size in field.sizes.items():
        step = max(1, int(stored.get(dim, 1 if dim == "time" else size)))
        out.append([step] * (size // step) + [size % step] * (size % step > 0))
    return out


def _along(ends: NDArray[Any], count: int, extent: int) -> NDArray[np.intp]:
    """Edges among ``count`` origins at ends of chunks, at least twice as far apart as patches overlap."""
    edges = [0]
    for end in ends[ends < count].tolist():
        if end - edges[-1] >= max(1, 2 * (extent - 1)):
            edges.append(end)
    return np.array([*edges, count], np.intp)


def _halved(edges: NDArray[np.intp]) -> NDArray[np.intp]:
    """Each cell cut in two."""
    return np.unique(np.concatenate([edges, (edges[:-1] + edges[1:]) // 2]))
