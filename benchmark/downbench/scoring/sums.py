"""Area-weighted sums over the zones of a tile, in float64."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from downbench.scoring.grid import Zones
from downbench.scoring.jit import Array, compiled, spread

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
def _pairs(a: Array, b: Array, use: Array, shift: int, area: Array, runs: Array, out: Array, t: int) -> None:
    for r in range(runs.shape[0]):
        start, stop, z = max(runs[r, 0], shift), runs[r, 1], runs[r, 2]
        if stop <= start:
            continue
        first, second = a[t, start - shift : stop - shift], b[t, start:stop]
        flags, weights = use[t, start:stop], area[start:stop]
        w, wa, wb, waa, wbb, wab = 0.0, 0.0, 0.0, 0.0, 0.0, 0.0
        for p in range(len(weights)):
            weight = weights[p] if flags[p] else 0.0
            x, y = np.float64(first[p]), np.float64(second[p])
            u, v = x if flags[p] else 0.0, y if flags[p] else 0.0
            wu, wv = weight * u, weight * v
            w += weight
            wa += wu
            wb += wv
            waa += wu * u
            wbb += wv * v
            wab += wu * v
        out[t, z, 0] += w
        out[t, z, 1] += wa
        out[t, z, 2] += wb
        out[t, z, 3] += waa
        out[t, z, 4] += wbb
        out[t, z, 5] += wab


def _grain(area: NDArray[np.float64]) -> int:
    """Frames worth a thread of their own."""
    return max(1, 400_000 // area.size)


def zone_sums(
    field: NDArray, use: NDArray[np.bool_], area: NDArray[np.float64], zones: Zones
) -> NDArray[np.float64]:
    """Sums (time, region) of ``field * area`` over the cells in ``use``; both (time, y, x), area (y, x)."""
    steps = field.shape[0]
    out = np.zeros((steps, zones.members.shape[1]))
    flat = np.ascontiguousarray(field).reshape(steps, -1)
    flags = np.ascontiguousarray(use).reshape(steps, -1)
    weights = np.ascontiguousarray(area).ravel()
    spread(lambda a, b: _sums(flat, flags, weights, zones.runs, out, a, b), steps, _grain(area))
    return out @ zones.members.T


def zone_pair_sums(
    a: NDArray[np.float32],
    b: NDArray[np.float32],
    valid_a: NDArray[np.bool_],
    valid_b: NDArray[np.bool_],
    offset: tuple[int, int],
    area: NDArray[np.float64],
    zones: Zones,
) -> NDArray[np.float64]:
    """Sums over pairs of a cell of ``b`` and the cell of ``a`` that lies ``offset`` before it.

    Args:
        a: fields (time, y, x).
        b: fields to pair them with, frame by frame.
        valid_a: cells of ``a`` that count.
        valid_b: cells of ``b`` that count.
        offset: rows and columns, zero or above.
        area: weight of a pair, by its cell of ``b``, (y, x).
        zones: of the tile, by the pair's cell of ``b``.

    Returns:
        (time, region, 6): w, w a, w b, w a2, w b2, w ab.
    """
    rows, columns = offset
    steps, ny, nx = b.shape
    use = np.zeros(b.shape, bool)
    if rows < ny and columns < nx:
        use[:, rows:, columns:] = valid_b[:, rows:, columns:] & valid_a[:, : ny - rows, : nx - columns]
    out = np.zeros((steps, zones.members.shape[1], 6))
    first, second, flags = a.reshape(steps, -1), b.reshape(steps, -1), use.reshape(steps, -1)
    weights = np.ascontiguousarray(area).ravel()
    shift = rows * nx + columns

    def work(start: int, stop: int) -> None:
        for t in range(start, stop):
            _pairs(first, second, flags, shift, weights, zones.runs, out, t)

    spread(work, steps, _grain(area))
    return np.einsum("tzk,rz->trk", out, zones.members)
