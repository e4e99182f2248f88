"""First-order conservative weights of curved grids: how much of each block a cell covers, as polygons.

Corners lie in the middle of the four cells around them, on the sphere; areas are those in Lambert's
azimuthal equal-area projection around the fine grid, where edges of cells are taken as straight.
Polygons are cut by shapely (Shewchuk's and GEOS's robust geometry), since ESMF comes by conda only.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from downbench import UserError
from downbench_datasets.files.pairs.place import Place

Array = NDArray[np.float64]
_REACH = np.cos(np.deg2rad(75.0))  # how far from the middle of the fine grid cells may lie


def cell_weights(ours: Place, theirs: Place, shape: tuple[int, int], factor: int, names: str) -> csr_array:
    """Share of each block that each cell of another grid covers, (blocks, cells), rows first.

    Args:
        ours: where the fine grid lies.
        theirs: where the other one does.
        shape: rows and columns of fine cells that are used.
        factor: fine cells along the edge of a block.
        names: of both grids, for messages.

    Raises:
        UserError: shapely is missing; the fine grid reaches round the globe.
    """
    try:
        import shapely
    except ImportError as error:
        raise UserError(
            f"{names}: a curved grid is regridded by polygons, which need shapely",
            "pip install 'downbench[regrid]'",
        ) from error
    fine = corners(*_surfaces(ours))[: shape[0] + 1 : factor, : shape[1] + 1 : factor]
    middle = fine.reshape(-1, 3).mean(0)
    if np.linalg.norm(middle) == 0 or (fine @ (middle / np.linalg.norm(middle))).min() < _REACH:
        raise UserError(
            f"{names}: curved grids are regridded within 75 degrees of the middle of the fine grid only",
            "choose a smaller domain, or regrid the coarse fields first",
        )
    blocks = _polygons(fine, middle, shapely)
    cells = _polygons(corners(*_surfaces(theirs)), middle, shapely)
    tree = shapely.STRtree(cells)
    block, cell = tree.query(blocks)
    shared = shapely.area(shapely.intersection(blocks[block], cells[cell]))
    shares = shared / shapely.area(blocks)[block]
    return csr_array((shares, (block, cell)), shape=(len(blocks), len(cells)))


def _surfaces(place: Place) -> tuple[Array, Array]:
    assert place.lat is not None
    assert place.lon is not None
    return place.lat, place.lon


def corners(lat: Array, lon: Array) -> Array:
    """Corners of cells (y + 1, x + 1, 3) as directions, from latitude and longitude of centres [degrees].

    Each is the middle of the four centres around it; beyond the edge, centres go on evenly.
    """
    phi, lam = np.deg2rad(lat), np.deg2rad(lon)
    points = np.stack([np.cos(phi) * np.cos(lam), np.cos(phi) * np.sin(lam), np.sin(phi)], -1)
    for axis in (0, 1):
        first, second = points.take([0], axis), points.take([1], axis)
        last, before = points.take([-1], axis), points.take([-2], axis)
        points = np.concatenate([2 * first - second, points, 2 * last - before], axis)
    middles = points[:-1, :-1] + points[1:, :-1] + points[:-1, 1:] + points[1:, 1:]
    return np.asarray(middles / np.linalg.norm(middles, axis=-1, keepdims=True))


def _polygons(points: Array, middle: Array, shapely: Any) -> Any:
    """Cells (rows first) as polygons of the plane; those too far away are empty."""
    plane, near = _projected(points, middle)
    ring = [(slice(None, -1), slice(None, -1)), (slice(1, None), slice(None, -1))]
    ring += [(slice(1, None), slice(1, None)), (slice(None, -1), slice(1, None))]
    quads = np.stack([plane[part] for part in [*ring, ring[0]]], 2).reshape(-1, 5, 2)
    whole = np.stack([near[part] for part in ring], 2).all(2).ravel() & np.isfinite(quads).all((1, 2))
    cells = np.full(len(quads), shapely.Polygon())
    cells[whole] = shapely.polygons(quads[whole])
    return cells


def _projected(points: Array, middle: Array) -> tuple[Array, NDArray[np.bool_]]:
    """Lambert's azimuthal equal-area projection (Snyder 1987, eq. 24-2) of directions around a middle."""
    up = middle / np.linalg.norm(middle)
    east = np.cross([0.0, 0.0, 1.0], up)
    east = east / np.linalg.norm(east) if np.linalg.norm(east) > 1e-9 else np.array([1.0, 0.0, 0.0])
    north = np.cross(up, east)
    cosine = points @ up
    with np.errstate(invalid="ignore", divide="ignore"):
        scale = np.sqrt(2 / (1 + cosine))
    return np.stack([scale * (points @ east), scale * (points @ north)], -1), cosine >= _REACH
