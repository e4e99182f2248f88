"""Motion of the true rain from frame to frame, block by block, and what is left when it is taken out."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from downbench import compiled

BLOCK = 32  # cells along the edge of a block that moves as one
REACH = 8  # cells that it may move in a step, in y and in x


def candidates() -> NDArray[np.int64]:
    """Displacements (n, 2) in cells, the shortest first."""
    y, x = np.mgrid[-REACH : REACH + 1, -REACH : REACH + 1].reshape(2, -1)
    return np.stack([y, x], axis=1)[np.argsort(y * y + x * x, kind="stable")].astype(np.int64)


@compiled
def _match(old: NDArray, now: NDArray, y0: int, y1: int, x0: int, x1: int, moves: NDArray) -> tuple[int, int]:
    """Displacement of the least mean square difference; NaN and cells from outside the tile do not count.

    Of equally good ones, the shortest; at least half of the block must come from valid cells.
    """
    ny, nx = now.shape
    least, cells = np.inf, (y1 - y0) * (x1 - x0)
    best_y, best_x = 0, 0
    for c in range(len(moves)):
        dy, dx = moves[c]
        top, bottom = max(y0, dy), min(y1, ny + dy)
        left, right = max(x0, dx), min(x1, nx + dx)
        total, number = 0.0, 0
        for y in range(top, bottom):
            a, b = old[y - dy, left - dx : right - dx], now[y, left:right]
            squares, valid = np.float32(0), np.int32(0)
            for x in range(len(b)):
                d = b[x] - a[x]
                here = d == d
                squares += d * d if here else np.float32(0)
                valid += here
            total += float(squares)
            number += int(valid)
            if total >= least * cells:  # cannot be the best any more
                break
        if 2 * number >= cells and total < least * number:
            least = total / number
            best_y, best_x = dy, dx
    return best_y, best_x


@compiled
def warping_errors(
    truth: NDArray,
    members: NDArray,
    truth_before: NDArray,
    members_before: NDArray,
    moves: NDArray,
    out: NDArray,
    start: int,
    stop: int,
) -> None:
    """Absolute difference of each frame and the one before, moved as the truth moves.

    Args:
        truth: (time, y, x) [mm/h], NaN where masked.
        members: (member, time, y, x) [mm/h].
        truth_before: the frame before, (y, x).
        members_before: (member, y, x).
        moves: displacements to try.
        out: (2, time, y, x) of truth and of the members' mean, filled; NaN where either end is masked.
        start: first frame to fill.
        stop: one past the last.
    """
    m, ny, nx = members.shape[0], truth.shape[1], truth.shape[2]
    for t in range(start, stop):
        old, now = (truth[t - 1] if t > 0 else truth_before), truth[t]
        for y0 in range(0, ny, BLOCK):
            for x0 in range(0, nx, BLOCK):
                y1, x1 = min(y0 + BLOCK, ny), min(x0 + BLOCK, nx)
                dy, dx = _match(old, now, y0, y1, x0, x1, moves)
                out[:, t, y0:y1, x0:x1] = np.nan
                left, right = max(x0, dx), min(x1, nx + dx)
                for y in range(max(y0, dy), min(y1, ny + dy)):
                    a, b = old[y - dy, left - dx : right - dx], now[y, left:right]
                    true, mean = out[0, t, y, left:right], out[1, t, y, left:right]
                    for x in range(len(b)):
                        true[x] = abs(b[x] - a[x])
                        mean[x] = 0
                    for k in range(m):
                        before = members[k, t - 1] if t > 0 else members_before[k]
                        c, d = before[y - dy, left - dx : right - dx], members[k, t, y, left:right]
                        for x in range(len(d)):
                            mean[x] += abs(d[x] - c[x]) / np.float32(m)
