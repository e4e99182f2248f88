"""Whether predictions fit the coarse rain better when they are shifted, turned over or exchanged.

Each is a correlation of coarsened predictions with coarse rain over cells and times. Only a clear
difference counts: predictions that are poor, or made from other coarse rain, must not be called turned over.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from downbench.submission.catalogue import Finding

Cells = NDArray[np.float32]  # (time, tile, Y, X)
CLEARLY = 0.1  # by how much a correlation must be higher
STRONG = 0.3  # and how high it must be
UNRELATED = 0.1
FEWEST = 64  # pairs of cells


def correlation(one: Cells, other: Cells) -> float:
    """Correlation over all pairs of valid cells; 0 where there is none to speak of."""
    both = np.isfinite(one) & np.isfinite(other)
    a, b = one[both].astype(np.float64), other[both].astype(np.float64)
    if len(a) < FEWEST:
        return 0.0
    a, b = a - a.mean(), b - b.mean()
    scale = np.sqrt((a @ a) * (b @ b))
    return float(a @ b / scale) if scale > 0 else 0.0


def likeness(coarse: Cells, mine: Cells, shifts: bool) -> list[Finding]:
    """What predictions fit better than what they are meant for.

    Args:
        coarse: coarse rain of frames that follow each other.
        mine: predictions on the same cells.
        shifts: whether one frame before and after may be tried.
    """
    both = np.isfinite(coarse) & np.isfinite(mine)
    if not coarse[both].any() or not mine[both].any():
        return []
    now = correlation(coarse, mine)
    tried: dict[str, tuple[float, str]] = {
        "flipped-y": (correlation(coarse, mine[:, :, ::-1]), "with y turned over"),
        "flipped-x": (correlation(coarse, mine[..., ::-1]), "with x turned over"),
    }
    turned = correlation(coarse, mine[:, :, ::-1, ::-1])
    if coarse.shape[2] == coarse.shape[3]:
        tried["axes-swapped"] = correlation(coarse, mine.swapaxes(2, 3)), "with rows and columns swapped"
    if shifts and len(coarse) > 1:
        before, after = correlation(coarse[:-1], mine[1:]), correlation(coarse[1:], mine[:-1])
        way = "before" if before > after else "after"
        tried["shifted"] = max(before, after), f"with the coarse rain of the frame {way}"
    if coarse.shape[1] > 1:
        tried["tile-order"] = _exchanged(coarse, mine)
    check, (best, how) = max(tried.items(), key=lambda item: item[1][0])
    if turned > max(best + CLEARLY, STRONG, now + CLEARLY):
        text = f"correlation {turned:.2f} with both turned over, {now:.2f} as they are"
        return [Finding("flipped-y", text), Finding("flipped-x", text)]
    if best > max(now + CLEARLY, STRONG):
        return [Finding(check, f"correlation {best:.2f} {how}, {now:.2f} as they are")]
    if now < UNRELATED and coarse[both].size >= FEWEST:
        return [Finding("unrelated", f"correlation {now:.2f} of coarsened predictions with coarse rain")]
    return []


def _exchanged(coarse: Cells, mine: Cells) -> tuple[float, str]:
    """The best correlation with each tile's predictions taken from the tile that fits it best."""
    tiles = range(coarse.shape[1])
    table = [[correlation(coarse[:, i], mine[:, j]) for j in tiles] for i in tiles]
    order = [int(np.argmax(row)) for row in table]
    if len(set(order)) < len(order):
        return -1.0, ""
    return correlation(coarse, mine[:, order]), f"with tiles in the order {order}"
