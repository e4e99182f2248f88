"""Threads over parts of an array, and compiling where no cache folder can be written."""

from __future__ import annotations

import numba
import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from downbench.scoring.kernels import jit


@given(st.integers(0, 1000), st.integers(1, 50), st.integers(1, 9))
def test_every_part_is_visited_once(total, least, threads):
    seen = np.zeros(total, int)

    def visit(start, stop):
        assert start == 0 == total or stop - start >= min(least, total)
        seen[start:stop] += 1

    before, jit.thread_count = jit.thread_count, lambda: threads
    try:
        jit.in_threads(visit, total, least)
    finally:
        jit.thread_count = before
    assert (seen == 1).all()


def test_compiles_without_a_cache(monkeypatch):
    real = numba.njit

    def without_cache(*args, cache=False, **options):
        if cache:
            raise RuntimeError("cannot cache function: no locator available")
        return real(*args, **options)

    monkeypatch.setattr(jit.numba, "njit", without_cache)

    def double(x):
        return 2 * x

    assert jit.compiled(double)(4) == 8
