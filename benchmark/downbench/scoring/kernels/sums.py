"""Area-weighted sums over the zones of a tile, in float64."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from downbench.contracts.grid import Zones
from downbench.read_only import writable
from downbench.scoring.kernels.jit import Array, compiled, frames_worth_a_thread, in_threads

# Slices instead of computed indices, and loads before choices: so the loops become vector instructions.


@compiled
def _sums(field: Array, use: Array, area: Array, runs: Array, out: Array, start: int, stop: int) -> None:
    for t in range(start, stop):
        for r in range(runs.shape[0]):
            here = slice(runs[r, 0], runs[r, 1])
            f, u, w = field[t, here], use[t, here], area[here]
            total = 0.0
            for p in range(len(w)):
                value = w[p] * f[p]
                total += value if u[p] else 0.0
            out[t, runs[r, 2]] += total


@compiled
def _pairs(
    a: Array,
    b: Array,
    first_a: int,
    first_b: int,
    use: Array,
    shift: int,
    area: Array,
    runs: Array,
    out: Array,
    start: int,
    stop: int,
) -> None:
    for i in range(start, stop):
        k, t = i // len(use), i % len(use)
        for r in range(runs.shape[0]):
            begin, end, z = max(runs[r, 0], shift), runs[r, 1], runs[r, 2]
            if end <= begin:
                continue
            early, late = a[k, first_a + t, begin - shift : end - shift], b[k, first_b + t, begin:end]
            flags, weights = use[t, begin:end], area[begin:end]
            w, wa, wb, waa, wbb, wab = 0.0, 0.0, 0.0, 0.0, 0.0, 0.0
            for p in range(len(weights)):
                weight = weights[p] if flags[p] else 0.0
                x, y = np.float64(early[p]), np.float64(late[p])
                u, v = x if flags[p] else 0.0, y if flags[p] else 0.0
                wu, wv = weight * u, weight * v
                w += weight
                wa += wu
                wb += wv
                waa += wu * u
                wbb += wv * v
                wab += wu * v
            out[t, z, k, 0] += w
            out[t, z, k, 1] += wa
            out[t, z, k, 2] += wb
            out[t, z, k, 3] += waa
            out[t, z, k, 4] += wbb
            out[t, z, k, 5] += wab


def zone_sums(
    field: NDArray, use: NDArray[np.bool_], area: NDArray[np.float64], zones: Zones
) -> NDArray[np.float64]:
    """Sums (time, region) of ``field * area`` over the cells in ``use``; both (time, y, x), area (y, x)."""
    steps = field.shape[0]
    out = np.zeros((steps, zones.members.shape[1]))
    flat = writable(np.ascontiguousarray(field)).reshape(steps, -1)
    flags = writable(np.ascontiguousarray(use)).reshape(steps, -1)
    weights = writable(np.ascontiguousarray(area)).ravel()
    in_threads(
        lambda a, b: _sums(flat, flags, weights, zones.runs, out, a, b),
        steps,
        frames_worth_a_thread(area.size),
    )
    return out @ zones.members.T


def zone_pair_sums(
    a: NDArray[np.float32],
    b: NDArray[np.float32],
    first_a: int,
    first_b: int,
    use: NDArray[np.bool_],
    offset: tuple[int, int],
    area: NDArray[np.float64],
    zones: Zones,
) -> NDArray[np.float64]:
    """Sums over pairs of a cell of ``b`` and the cell of ``a`` that lies ``offset`` before it.

    Args:
        a: fields (member, time, y, x).
        b: fields to pair them with.
        first_a: frame of ``a`` that pairs with frame ``first_b`` of ``b``; then frame by frame.
        first_b: frame of ``b`` that pairs with it.
        use: pairs that count, by their cell of ``b``, (frames that pair, y, x).
        offset: rows and columns, zero or above.
        area: weight of a pair, by its cell of ``b``, (y, x).
        zones: of the tile, by the pair's cell of ``b``.

    Returns:
        (frames that pair, region, member, 6): w, w a, w b, w a2, w b2, w ab.
    """
    members, steps = len(b), len(use)
    early, late = (writable(field).reshape(*field.shape[:2], -1) for field in (a, b))
    flags, weights = writable(use).reshape(steps, -1), writable(np.ascontiguousarray(area)).ravel()
    out = np.zeros((steps, zones.members.shape[1], members, 6))
    shift = offset[0] * use.shape[2] + offset[1]

    def work(start: int, stop: int) -> None:
        _pairs(early, late, first_a, first_b, flags, shift, weights, zones.runs, out, start, stop)

    in_threads(work, members * steps, frames_worth_a_thread(area.size))
    return np.tensordot(zones.members, out, (1, 1)).swapaxes(0, 1)
