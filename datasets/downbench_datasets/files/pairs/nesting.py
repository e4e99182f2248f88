"""How many fine cells lie along the edge of a coarse one, where both grids say it exactly."""

from __future__ import annotations

import numpy as np

from downbench import block_mean
from downbench_datasets.files.pairs.lines import Edges
from downbench_datasets.files.pairs.place import Place, lines_of_both

MOST = 64  # fine cells along the edge of a coarse one
_ROUNDING = 0.01  # of a fine cell: how far ends of cells may lie apart that count as the same
_NEAR = 0.1  # of a coarse cell: how far middles of curved grids may lie apart
Shape = tuple[int, int]


def nesting(ours: Place, theirs: Place, fine: Shape, coarse: Shape) -> int | None:
    """Fine cells along the edge of a coarse one; None where coarse cells are no blocks of as many each way.

    Args:
        ours: where the fine grid lies.
        theirs: where the coarse grid lies; it may cover more or less.
        fine: rows and columns.
        coarse: rows and columns. Where coordinates do not say where both lie, these sizes alone count.
    """
    if (straight := lines_of_both(ours, theirs)) is not None:
        one, other = straight
        turn = 360.0 if one.turns and other.turns else None
        found = {_along(one.y, other.y, None), _along(one.x, other.x, turn)}
    else:
        found = {_by_size(own, wide) for own, wide in zip(fine, coarse, strict=True)}
    if len(found) > 1 or (factor := found.pop()) is None:
        return None
    return factor if straight is not None or _same_middles(ours, theirs, factor) else None


def _by_size(fine: int, coarse: int) -> int | None:
    return fine // coarse if fine % coarse == 0 and 2 <= fine // coarse <= MOST else None


def _along(fine: Edges, coarse: Edges, turn: float | None) -> int | None:
    """Fine cells in a coarse one along a line; None where blocks of them do not end where coarse cells do.

    Args:
        fine: ends of cells (n, 2), in their order.
        coarse: likewise.
        turn: after which a number means the same place.
    """
    width, wide = (float(np.median(np.abs(np.diff(edges)))) for edges in (fine, coarse))
    factor = round(wide / width)
    if not 2 <= factor <= MOST:
        return None
    near = _ROUNDING * width
    ends = np.append(fine[0, 0], fine[factor - 1 :: factor, 1])
    theirs = np.append(coarse[:, 0], coarse[-1, 1])
    past = ends - theirs.min() + near
    inside = (past % turn if turn else past) <= np.ptp(theirs) + 2 * near
    inside &= True if turn else past >= 0
    apart = ends[inside, None] - theirs
    apart = np.abs((apart + turn / 2) % turn - turn / 2 if turn else apart)
    return factor if len(apart) > 1 and apart.min(1).max() <= near else None


def _same_middles(ours: Place, theirs: Place, factor: int) -> bool:
    """Whether blocks have the middles of coarse cells; true where nothing says where both lie."""
    if ours.lat is None or theirs.lat is None or ours.lon is None or theirs.lon is None:
        return True
    if ours.lat.shape != tuple(size * factor for size in theirs.lat.shape) or min(theirs.lat.shape) < 2:
        return False
    shrink = np.cos(np.deg2rad(theirs.lat))
    north = block_mean(ours.lat - theirs.lat.repeat(factor, 0).repeat(factor, 1), factor)
    east = ours.lon - theirs.lon.repeat(factor, 0).repeat(factor, 1)
    east = block_mean((east + 180) % 360 - 180, factor) * shrink
    cells = []
    for axis in (0, 1):
        over = (np.diff(theirs.lon, axis=axis) + 180) % 360 - 180
        first = np.delete(shrink, -1, axis)
        cells.append(np.median(np.hypot(np.diff(theirs.lat, axis=axis), over * first)))
    return bool(np.hypot(north, east).max() <= _NEAR * min(cells))
