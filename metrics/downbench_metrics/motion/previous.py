"""The frame before a chunk."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from downbench import Chunk
from downbench_metrics.shared.zones import flat


def frame_before(chunk: Chunk) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Truth (cell,) and members (member, cell) of the frame before a chunk, NaN where there is none."""

    def last(past: NDArray[np.float32]) -> NDArray[np.float32]:
        if past.shape[-3]:
            return np.ascontiguousarray(flat(past[..., -1, :, :]))
        return flat(np.full((*past.shape[:-3], *past.shape[-2:]), np.nan, np.float32))

    return last(chunk.past_truth), last(chunk.past_members)
