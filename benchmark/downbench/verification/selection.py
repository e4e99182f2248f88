"""Which frames are worked out twice: the wettest few, and for sequences more of a part of a tile."""

from __future__ import annotations

import numpy as np

from downbench.scoring.frames import Frames
from downbench.verification.fields import Cut

MOST_BYTES = 2**30  # that the independent path may take, at most
COPIES = 6  # of the ensemble in float64 that libraries make on their way
SEQUENCE = 40  # frames: long enough for segments of 16, and for windows of a few frames
EDGE = 96  # cells along the edge of the part


def scene(frames: Frames, members: int, count: int) -> Cut:
    """The wettest ``count`` consecutive frames, or as many as memory holds, of all tiles."""
    sizes = frames.sequences[0].fine.sizes
    count = _fitting(count, members, sizes["tile"] * sizes["y"] * sizes["x"])
    tiles = tuple(range(sizes["tile"]))
    return Cut(*_wettest(frames, count), tiles, slice(0, sizes["y"]), slice(0, sizes["x"]))


def sequence(frames: Frames, members: int) -> Cut:
    """The wettest 40 frames, of them up to 96 x 96 cells around the coarse cell with most rain."""
    factor, sizes = frames.dataset.factor, frames.sequences[0].fine.sizes
    edge = [min(max(EDGE // factor, 1), sizes[dim] // factor) for dim in ("y", "x")]  # coarse cells
    count = _fitting(SEQUENCE, members, edge[0] * edge[1] * factor**2)
    number, start, stop = _wettest(frames, count)
    here = frames.sequences[number]
    rain = here.coarse["precipitation"].isel(time=here.coarse_frames(slice(start, stop)))
    total = rain.fillna(0).sum("time").transpose("tile", "y", "x").to_numpy()
    tile, *centre = (int(i) for i in np.unravel_index(total.argmax(), total.shape))
    parts = []
    for cell, length, size in zip(centre, edge, total.shape[1:], strict=True):
        first = max(0, min(cell - length // 2, size - length))
        parts.append(slice(first * factor, (first + length) * factor))
    return Cut(number, start, stop, (tile,), *parts)


def _fitting(frames: int, members: int, cells: int) -> int:
    return max(1, min(frames, MOST_BYTES // (8 * COPIES * (members + 1) * cells)))


def _wettest(frames: Frames, count: int) -> tuple[int, int, int]:
    """Sequence, start and stop of the wettest stretch, by its coarse rain."""
    best, chosen = -1.0, (0, 0, 1)
    for number, one in enumerate(frames.sequences):
        rain = one.coarse["precipitation"].isel(time=one.coarse_frames(slice(None)))
        means = rain.mean(("tile", "y", "x")).fillna(0).to_numpy()
        length = min(count, len(means))
        wet = np.convolve(means, np.ones(length), "valid") / length
        if wet.max() > best:
            at = int(wet.argmax())
            best, chosen = float(wet.max()), (number, at, at + length)
    return chosen
