"""Sorting networks: comparators in a fixed order, so that many small arrays are sorted side by side."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

FEW = 12


@lru_cache(maxsize=64)
def sorting_network(size: int) -> NDArray[np.int64]:
    """Comparators (n, 2) that sort ``size`` values, smaller first (Batcher 1968).

    Up to ``FEW`` values by merge exchange, which has fewer comparators between powers of two; above them
    by odd-even merging, one half after the other, so that what is at work stays in registers.
    """
    pairs = _merge_exchange(size) if size <= FEW else _odd_even_merge_sort(size)
    return np.array(pairs, np.int64).reshape(-1, 2)


def _merge_exchange(size: int) -> list[tuple[int, int]]:
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
    return pairs


def _odd_even_merge_sort(size: int) -> list[tuple[int, int]]:
    """Of the next power of two; what lies beyond ``size`` would hold infinity and stay where it is."""
    pairs: list[tuple[int, int]] = []

    def merge(first: int, length: int, apart: int) -> None:
        if 2 * apart == length:
            pairs.append((first, first + apart))
            return
        merge(first, length, 2 * apart)
        merge(first + apart, length, 2 * apart)
        pairs.extend((i, i + apart) for i in range(first + apart, first + length - apart, 2 * apart))

    def sort(first: int, length: int) -> None:
        if length > 1:
            sort(first, length // 2)
            sort(first + length // 2, length // 2)
            merge(first, length, 1)

    sort(0, 1 << (size - 1).bit_length())
    return [(i, j) for i, j in pairs if j < size]
