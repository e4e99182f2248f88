"""The ensemble kernel for a number of members that is known when it is compiled: everything in registers.

Numba has no vector types, so the instructions for 16 cells at a time are written with llvmlite's builder:
each member of 16 cells is one vector (LLVM splits it where the processor's are shorter), and the sorting
network is unrolled into minima and maxima of vectors. Nothing but the input is read from memory, and nothing
but the results is written.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from llvmlite import ir
from numba import types
from numba.extending import intrinsic

from downbench.scoring.kernels.jit import Array, compiled
from downbench.scoring.kernels.sorting_networks import sorting_network

LANES = 16  # cells side by side: a cache line of float32
MOST = 64  # members; above, compiling takes longer than it gains
_FLOATS = ir.VectorType(ir.FloatType(), LANES)
_COUNTS = ir.VectorType(ir.IntType(32), LANES)


def _constant(value: float) -> ir.Constant:
    return ir.Constant(_FLOATS, [float(np.float32(value))] * LANES)


def _write_fields(
    b: ir.IRBuilder, y: ir.Value, members: list[ir.Value]
) -> tuple[ir.Value, ir.Value, ir.Value, ir.Value, ir.Value]:
    """Instructions for CRPS, mean, variance, below and equal of ``LANES`` cells, from truth and members."""
    m = len(members)
    zero, none, sign = _constant(0), ir.Constant(_COUNTS, [0] * LANES), ir.Constant(_COUNTS, [31] * LANES)
    errors = [b.fsub(x, y) for x in members]
    below, equal, total = none, none, zero
    for d in errors:
        below = b.add(below, b.lshr(b.bitcast(d, _COUNTS), sign))  # x - x is +0, so only d < 0 has the sign
        equal = b.sub(equal, b.sext(b.fcmp_ordered("==", d, zero), _COUNTS))
        total = b.fadd(total, d)
    shift = b.fmul(total, _constant(1 / m))
    squares = zero
    for d in errors:
        centred = b.fsub(d, shift)
        squares = b.fadd(squares, b.fmul(centred, centred))
    for i, j in sorting_network(m):
        u, v = errors[i], errors[j]
        less = b.fcmp_ordered("<", u, v)
        errors[i], errors[j] = b.select(less, u, v), b.select(less, v, u)
    score = zero
    for k, d in enumerate(errors):
        size = b.select(b.fcmp_ordered("<", d, zero), b.fsub(zero, d), d)
        score = b.fadd(score, b.fmul(size, _constant(1 / m)))
        if m > 1:
            score = b.fsub(score, b.fmul(d, _constant((2 * k - m + 1) / (m * (m - 1)))))
    variance = b.fmul(squares, _constant(1 / (m - 1))) if m > 1 else zero
    return score, b.fadd(y, shift), variance, below, equal


def _emit(
    context: Any,
    size: Any,
    cell: Any,
    truth: Any,
    members: Any,
    crps: Any,
    mean: Any,
    variance: Any,
    below: Any,
    equal: Any,
) -> Any:
    """Work out all fields of the ``LANES`` cells from ``cell`` on."""
    m = len(size)
    arguments = (size, cell, truth, members, crps, mean, variance, below, equal)

    def codegen(context: Any, b: ir.IRBuilder, signature: Any, values: Any) -> ir.Value:
        arrays = [
            context.make_array(t)(context, b, v) for t, v in zip(signature.args[2:], values[2:], strict=True)
        ]
        start = values[1]

        def pointer(array: Any, element: ir.Type, index: ir.Value) -> ir.Value:
            return b.bitcast(b.gep(array.data, [index]), ir.VectorType(element, LANES).as_pointer())

        single = ir.FloatType()
        cells = b.extract_value(arrays[1].shape, 1)
        y = b.load(pointer(arrays[0], single, start), align=4)
        rows = [b.add(start, b.mul(cells, ir.Constant(cells.type, k))) for k in range(m)]
        loaded = [b.load(pointer(arrays[1], single, row), align=4) for row in rows]
        results = _write_fields(b, y, loaded)
        for array, result in zip(arrays[2:5], results[:3], strict=True):
            b.store(result, pointer(array, single, start), align=4)
        for array, result in zip(arrays[5:], results[3:], strict=True):
            short = ir.IntType(16)
            b.store(b.trunc(result, ir.VectorType(short, LANES)), pointer(array, short, start), align=2)
        return context.get_dummy_value()

    return types.void(*arguments), codegen


_some_cells: Any = intrinsic(_emit)


@compiled
def fields_in_lanes(
    size: tuple[int, ...],
    truth: Array,
    members: Array,
    crps: Array,
    mean: Array,
    variance: Array,
    below: Array,
    equal: Array,
    lead: int,
    start: int,
    stop: int,
) -> None:
    """Fill the fields (cell,) from truth (cell,) and members (member, cell), at least ``LANES`` cells.

    ``size`` is any tuple as long as there are members: its type makes the number known to the compiler.
    ``lead`` is the first cell whose members begin a cache line, see :func:`lead_of`.
    """
    before = start + (lead - start) % LANES - LANES
    for cell in range(before, stop, LANES):  # one call alone, so that every cell gets the same instructions
        inside = min(max(cell, start), stop - LANES)
        _some_cells(size, inside, truth, members, crps, mean, variance, below, equal)


def lead_of(members: Array) -> int:
    """First cell of (member, cell) float32 that begins a cache line.

    The same cell of all members tends to share one set of the cache (fields of 2^k cells do), so lines that
    are read in two halves are lost in between: from 16 members on that costs a third of the time.
    """
    return int(-members.ctypes.data // members.itemsize % LANES)
