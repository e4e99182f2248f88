"""Sorting networks: comparators in a fixed order, so that many small arrays are sorted side by side."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray


@lru_cache(maxsize=64)
def sorting_network(size: int) -> NDArray[np.int64]:
    """Comparators (n, 2) that sort ``size`` values, smaller first (Batcher 1968, merge exchange)."""
    pairs = []
    top = 1 << max(size - 1, 0).bit_length()
    p = top // 2
    while p > 0:
        q, r, d = top // 2, 0, p
        while True:
            pairs += [(i, i + d) for i in range(size - d) if i & p == r]
            if q == p:
                break
            q, r, d = q // 2, p, q - p
        p //= 2
    return np.array(pairs, np.int64).reshape(-1, 2)
