"""Fractions skill score by threshold and scale.

Ours because the libraries know no mask (a missing cell counts as "no event" there) and run once per
threshold, scale and member. Here all thresholds share one integral image, as bit fields of one integer.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from downbench import Chunk, Curve, Metric, Null, Statistic, Totals, Value, compiled
from downbench_metrics.shared.thresholds import THRESHOLDS, label
from downbench_metrics.shared.zones import added_up, time_slots

SCALES = (1, 5, 9, 17, 33)  # cells along the edge of a neighbourhood
_BITS = 20  # of a count: neighbourhoods of up to a million cells


class FSS(Metric):
    """At which scale events are in the right place."""

    name = "fss"
    unit = "1"
    direction = "higher"
    range = (0.0, 1.0)
    regional = False
    headline = f"{label(1.0)}, 9 cells"
    version = 2
    definition = (
        "1 - sum (P - O)2 / (sum P2 + sum O2), with O and P the shares of the valid cells above the "
        "threshold in the square neighbourhood of a cell, in the truth and in a member; sums by area over "
        "valid cells and times, then the mean over members. Neighbourhoods end at the edge of the tile; one "
        "with fewer valid than missing cells is left out"
    )
    reference = "Roberts and Lean (2008), doi:10.1175/2007MWR2123.1"

    def statistics(self, chunk: Chunk) -> Mapping[str, Statistic]:
        """Sums of O2, and of (P - O)2 and P2 of each member, (bin, 1, threshold, scale, 1 + 2 m)."""
        count, slot = time_slots(chunk)
        limits, scales = np.array(THRESHOLDS, np.float32), np.array(SCALES)
        area = chunk.grid.area[chunk.tile]

        def kernel(out: NDArray[np.float64], start: int, stop: int) -> None:
            _fractions(chunk.truth, chunk.members, chunk.mask, area, limits, scales, slot, out, start, stop)

        shape = (count, len(THRESHOLDS), len(SCALES), 1 + 2 * len(chunk.members))
        return {"sums": Statistic(added_up(chunk, shape, kernel)[:, None], "bin")}

    def value(self, totals: Totals) -> Value:
        """Score at each threshold and scale."""
        values: dict[str, float | Null] = {}
        for limit, row in zip(THRESHOLDS, totals["sums"], strict=True):
            for scale, sums in zip(SCALES, row, strict=True):
                name = f"{label(limit)}, {scale} cell{'s' if scale > 1 else ''}"
                values[name] = Null("the truth never exceeds it")
                if row[0, 0] > 0:
                    values[name] = Null(
                        f"no neighbourhood of {scale} cells with the truth above it is half valid"
                    )
                if sums[0] > 0:
                    values[name] = float(_scores(sums).mean())
        return values

    def curve(self, totals: Totals) -> Curve:
        """Score against scale, for each threshold."""
        sums = totals["sums"]
        with np.errstate(invalid="ignore", divide="ignore"):
            score = _scores(sums).mean(axis=-1)
        series = {label(limit): each for limit, each in zip(THRESHOLDS, score, strict=True)}
        return Curve(np.array(SCALES, np.float64), series, "scale [cells]", "FSS", log_x=True)


def _scores(sums: NDArray[np.float64]) -> NDArray[np.float64]:
    """Score of each member (..., m) from the statistic (..., 1 + 2 m); below zero by rounding only."""
    return np.maximum(1 - sums[..., 1::2] / (sums[..., 2::2] + sums[..., :1]), 0)


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
    seen = np.zeros((len(scales), ny), np.int64)  # bits set anywhere in a row of the truth
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
                        seen[s, y] = events
                    w, part = weight[s, y], inverse[s, y]
                    for j in range(len(limits)):
                        o, shift = true[s, y, j], np.int64(_BITS * j)
                        if k < 0:
                            for x in range(nx):
                                o[x] = np.float32((count[x] >> shift) & few) * part[x]
                        if ((events | seen[s, y]) >> shift) & few == 0:
                            continue  # no event nearby, neither in the truth nor in the member
                        error, square = np.float32(0), np.float32(0)
                        for x in range(nx):
                            p = np.float32((count[x] >> shift) & few) * part[x]
                            d = p - o[x]
                            error += w[x] * d * d
                            square += w[x] * p * p
                        sums = out[slot[t], j, s]
                        if k < 0:
                            sums[0] += np.float64(square)
                        else:
                            sums[1 + 2 * k] += np.float64(error)
                            sums[2 + 2 * k] += np.float64(square)
