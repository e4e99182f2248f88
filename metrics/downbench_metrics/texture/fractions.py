"""Shares of events in square neighbourhoods, of truth, members and ensemble, for fractions skill scores.

Ours because the libraries know no mask (a missing cell counts as "no event" there) and run once per
threshold, scale and member. Here all thresholds share one integral image, as bit fields of one integer.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from downbench import Chunk, Statistic, compiled
from downbench_metrics.shared.thresholds import THRESHOLDS
from downbench_metrics.shared.zones import added_up, time_slots

SCALES = (1, 5, 9, 17, 33)  # cells along the edge of a neighbourhood
_BITS = 20  # of a count: neighbourhoods of up to a million cells


def scale_label(scale: int) -> str:
    """Part of a component's name: ``"1 cell"``, ``"9 cells"``."""
    return f"{scale} cell{'s' if scale > 1 else ''}"


def fractions(chunk: Chunk) -> Statistic:
    """Sums by area per time bin (bin, 1, threshold, scale, 1 + 2 (m + 1)).

    Of O2, the squared share in the truth; then of (P - O)2 and P2, P the share in each member, and last the
    mean share over the members.
    """

    def work() -> Statistic:
        count, slot = time_slots(chunk)
        limits, scales = np.array(THRESHOLDS, np.float32), np.array(SCALES)
        area = chunk.grid.area[chunk.tile]

        def kernel(out: NDArray[np.float64], start: int, stop: int) -> None:
            _fractions(chunk.truth, chunk.members, chunk.mask, area, limits, scales, slot, out, start, stop)

        shape = (count, len(THRESHOLDS), len(SCALES), 1 + 2 * (len(chunk.members) + 1))
        return Statistic(added_up(chunk, shape, kernel)[:, None], "bin", "fractions")

    return chunk.shared("fractions", work)


@compiled
def _integral(field: NDArray, valid: NDArray, limits: NDArray, reach: int, out: NDArray) -> None:
    """Sums of packed exceedances over all cells above and left; repeated beyond the edges along x."""
    ny, nx = field.shape
    for y in range(ny):
        row = np.int64(0)
        for x in range(nx):
            packed = np.int64(0)
            for j in range(len(limits)):
                packed += np.int64(field[y, x] > limits[j]) << np.int64(_BITS * j)
            row += packed if valid[y, x] else 0
            out[y + 1, reach + x + 1] = out[y, reach + x + 1] + row
        out[y + 1, reach + nx + 1 :] = out[y + 1, reach + nx]


@compiled
def _counts(image: NDArray, y: int, half: int, reach: int, out: NDArray) -> int:
    """Packed counts in the neighbourhoods of row ``y``; gives the bits that are set in any."""
    nx, ny = len(out), image.shape[0] - 1
    left, right = reach - half, reach + half + 1
    top, bottom = image[max(y - half, 0)], image[min(y + half + 1, ny)]
    b0, b1 = bottom[left : left + nx], bottom[right : right + nx]
    t0, t1 = top[left : left + nx], top[right : right + nx]
    seen = np.int64(0)
    for x in range(nx):
        out[x] = b1[x] - b0[x] - t1[x] + t0[x]
        seen |= out[x]
    return int(seen)


@compiled
def _fractions(
    truth: NDArray,
    members: NDArray,
    valid: NDArray,
    area: NDArray,
    limits: NDArray,
    scales: NDArray,
    slot: NDArray,
    out: NDArray,
    start: int,
    stop: int,
) -> None:
    m, ny, nx = members.shape[0], truth.shape[1], truth.shape[2]
    reach, few = scales.max() // 2, np.int64((1 << _BITS) - 1)
    image = np.zeros((ny + 1, nx + 1 + 2 * reach), np.int64)
    inverse = np.empty((len(scales), ny, nx), np.float32)  # one over the number of valid cells around
    weight = np.empty((len(scales), ny, nx), np.float32)
    true = np.empty((len(scales), ny, len(limits), nx), np.float32)
    mean = np.empty((len(scales), ny, len(limits), nx), np.float32)  # over the members
    share, last = np.float32(1.0 / m), 1 + 2 * m
    seen = np.zeros((len(scales), ny), np.int64)  # bits set anywhere in a row of the truth
    ever = np.zeros((len(scales), ny), np.int64)  # or of a member
    below, ones, count = np.full(1, np.float32(0)), np.ones((ny, nx), np.float32), np.empty(nx, np.int64)
    for t in range(start, stop):
        _integral(ones, valid[t], below, reach, image)
        for s in range(len(scales)):
            for y in range(ny):
                _counts(image, y, scales[s] // 2, reach, count)
                for x in range(nx):
                    use = valid[t, y, x] and 2 * count[x] >= scales[s] ** 2
                    weight[s, y, x] = np.float32(area[y, x]) if use else np.float32(0)
                    inverse[s, y, x] = np.float32(1) / np.float32(max(count[x], 1))
        for k in range(-1, m):
            _integral(truth[t] if k < 0 else members[k, t], valid[t], limits, reach, image)
            for s in range(len(scales)):
                for y in range(ny):
                    events = _counts(image, y, scales[s] // 2, reach, count)
                    if k < 0:
                        seen[s, y], ever[s, y] = events, events
                    ever[s, y] |= events
                    w, part = weight[s, y], inverse[s, y]
                    for j in range(len(limits)):
                        o, shift = true[s, y, j], np.int64(_BITS * j)
                        if k < 0:
                            for x in range(nx):
                                o[x] = np.float32((count[x] >> shift) & few) * part[x]
                            mean[s, y, j] = 0
                        if ((events | seen[s, y]) >> shift) & few == 0:
                            continue  # no event nearby, neither in the truth nor in the member
                        error, square = np.float32(0), np.float32(0)
                        sums, total = out[slot[t], j, s], mean[s, y, j]
                        if k < 0:
                            for x in range(nx):
                                square += w[x] * o[x] * o[x]
                            sums[0] += np.float64(square)
                            continue
                        for x in range(nx):
                            p = np.float32((count[x] >> shift) & few) * part[x]
                            total[x] += p * share
                            d = p - o[x]
                            error += w[x] * d * d
                            square += w[x] * p * p
                        sums[1 + 2 * k] += np.float64(error)
                        sums[2 + 2 * k] += np.float64(square)
        for s in range(len(scales)):
            for y in range(ny):
                for j in range(len(limits)):
                    if (ever[s, y] >> np.int64(_BITS * j)) & few == 0:
                        continue
                    error, square = np.float32(0), np.float32(0)
                    w, o, p_mean = weight[s, y], true[s, y, j], mean[s, y, j]
                    for x in range(nx):
                        d = p_mean[x] - o[x]
                        error += w[x] * d * d
                        square += w[x] * p_mean[x] * p_mean[x]
                    out[slot[t], j, s, last] += np.float64(error)
                    out[slot[t], j, s, last + 1] += np.float64(square)
