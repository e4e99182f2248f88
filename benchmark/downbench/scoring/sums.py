"""Area-weighted sums over the zones of a tile, in float64."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from downbench.scoring.grid import Zones
from downbench.scoring.jit import Array, compiled, spread


@compiled
def _sums(field: Array, use: Array, area: Array, runs: Array, out: Array, start: int, stop: int) -> None:
    for t in range(start, stop):
        for r in range(runs.shape[0]):
            total = 0.0
            for p in range(runs[r, 0], runs[r, 1]):
                total += area[p] * np.float64(field[t, p]) if use[t, p] else 0.0
            out[t, runs[r, 2]] += total


@compiled
def _pairs(
    a: Array, b: Array, use: Array, area: Array, runs: Array, out: Array, start: int, stop: int
) -> None:
    for t in range(start, stop):
        for r in range(runs.shape[0]):
            w, wa, wb, waa, wbb, wab = 0.0, 0.0, 0.0, 0.0, 0.0, 0.0
            for p in range(runs[r, 0], runs[r, 1]):
                weight = area[p] if use[t, p] else 0.0
                u = np.float64(a[t, p]) if use[t, p] else 0.0
                v = np.float64(b[t, p]) if use[t, p] else 0.0
                w += weight
                wa += weight * u
                wb += weight * v
                waa += weight * u * u
                wbb += weight * v * v
                wab += weight * u * v
            z = runs[r, 2]
            out[t, z, 0] += w
            out[t, z, 1] += wa
            out[t, z, 2] += wb
            out[t, z, 3] += waa
            out[t, z, 4] += wbb
            out[t, z, 5] += wab


def zone_sums(
    field: NDArray, use: NDArray[np.bool_], area: NDArray[np.float64], zones: Zones
) -> NDArray[np.float64]:
    """Sums (time, region) of ``field * area`` over the cells in ``use``; both (time, y, x), area (y, x)."""
    steps = field.shape[0]
    out = np.zeros((steps, zones.members.shape[1]))
    flat = np.ascontiguousarray(field).reshape(steps, -1)
    flags = np.ascontiguousarray(use).reshape(steps, -1)
    weights = np.ascontiguousarray(area).ravel()
    spread(lambda a, b: _sums(flat, flags, weights, zones.runs, out, a, b), steps)
    return out @ zones.members.T


def zone_pair_sums(
    a: NDArray, b: NDArray, use: NDArray[np.bool_], area: NDArray[np.float64], zones: Zones
) -> NDArray[np.float64]:
    """Sums (time, region, 6) of w, w a, w b, w a2, w b2, w ab over the cells in ``use``."""
    steps = a.shape[0]
    out = np.zeros((steps, zones.members.shape[1], 6))
    first = np.ascontiguousarray(a).reshape(steps, -1)
    second = np.ascontiguousarray(b).reshape(steps, -1)
    flags = np.ascontiguousarray(use).reshape(steps, -1)
    weights = np.ascontiguousarray(area).ravel()
    spread(lambda i, j: _pairs(first, second, flags, weights, zones.runs, out, i, j), steps)
    return np.einsum("tzk,rz->trk", out, zones.members)
