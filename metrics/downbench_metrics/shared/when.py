"""When the time bins of a statistic are: totals hold bins in order, and know of no time."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from downbench import Chunk, Statistic, Totals
from downbench_metrics.shared.zones import time_slots


class When(NamedTuple):
    """Start of each time bin [s since 1970], -1 without frames, and number of its sequence, (bin,) each."""

    start: NDArray[np.int64]
    sequence: NDArray[np.int64]


def when(chunk: Chunk) -> Statistic:
    """Per time bin (bin, 1, 3): starts added up over frames [s], frames, and first frames of a sequence."""
    count, slot = time_slots(chunk)
    out = np.zeros((count, 1, 3))
    of_frames = np.stack(
        [chunk.bins.astype("datetime64[s]").astype(np.float64), np.ones(len(slot)), chunk.index == 0], axis=1
    )
    np.add.at(out[:, 0], slot, of_frames)
    return Statistic(out, "bin", "when")


def bin_times(totals: Totals) -> When:
    """What the statistic ``when`` says of each time bin."""
    sums, frames, firsts = totals.bins["when"].T
    start = np.round(np.divide(sums, frames, out=np.full(len(sums), -1.0), where=frames > 0))
    return When(start.astype(np.int64), (firsts > 0).cumsum())
