"""Fields of any grid on blocks of fine cells: as they lie, as block means, or regridded conservatively."""

from __future__ import annotations

import numpy as np
import xarray as xr

from downbench import UserError
from downbench_datasets.files.pairs.conservative import line_weights, regrid, regrid_cells, sines
from downbench_datasets.files.pairs.lines import Lines
from downbench_datasets.files.pairs.place import Place, elsewhere, lines_of_both
from downbench_datasets.files.pairs.polygons import cell_weights
from downbench_datasets.shared.coarsening import coarsen


def on_blocks(
    field: xr.DataArray,
    theirs: Place,
    ours: Place,
    fine: xr.DataArray,
    factor: int,
    names: str,
    area: xr.DataArray | None = None,
) -> tuple[xr.DataArray, str]:
    """Bring a field onto blocks of fine cells, (time, tile, Y, X), and say how.

    Args:
        field: (time, tile, y, x).
        theirs: where it lies.
        ours: where the fine grid lies.
        fine: on the fine grid, cut to whole blocks.
        factor: fine cells along the edge of a block.
        names: of both, for messages.
        area: of fine cells, for means of a field that lies on them.

    Raises:
        UserError: nothing says where the field lies, and its size is not that of the blocks.
    """
    shape = (fine.sizes["y"], fine.sizes["x"])
    blocks = (shape[0] // factor, shape[1] // factor)
    if (theirs_too := field.sizes["tile"]) != (tiles := fine.sizes["tile"]):
        raise UserError(
            f"{names}: {theirs_too} tiles or members, where the fine rain has {tiles}",
            "give both the same ones: files.members, files.select, and those of files.coarse_reading",
        )
    fits = field.shape[-2:] == blocks
    on_fine = field.sizes["y"] >= shape[0] and field.sizes["x"] >= shape[1] and factor > 1
    if on_fine and _is_same(ours, theirs, shape):
        cut = field.isel(y=slice(0, shape[0]), x=slice(0, shape[1]))
        return coarsen(cut, factor, area), "are means of their fine cells"
    if (straight := lines_of_both(ours, theirs)) is not None:
        target = straight[0].first(*shape).nested(factor)
        if target.is_same(straight[1]):
            return field, "on blocks of the fine grid"
        return (
            _regridded(field, target, straight[1]),
            f"regridded conservatively from {straight[1].text}",
        )
    if ours.lat is not None and theirs.lat is not None:
        weights = cell_weights(ours, theirs, shape, factor, names)
        moved = regrid_cells(field, weights, blocks)
        return moved, "regridded conservatively from a curved grid, cell by cell on the sphere"
    if fits:
        return field, "cell by cell as it lies, since coordinates do not say where"
    raise UserError(
        f"{names}: {field.sizes['y']} x {field.sizes['x']} cells are not the {blocks[0]} x {blocks[1]} "
        f"blocks of {factor} x {factor} fine cells, and coordinates do not say where both lie",
        "give both latitude and longitude, or regrid conservatively onto these blocks first",
    )


def _is_same(ours: Place, theirs: Place, shape: tuple[int, int]) -> bool:
    """Whether both are one grid, of which the fine rain may be the first rows and columns."""
    if ours.lines is not None and theirs.lines is not None:
        same = ours.lines.first(*shape).is_same(theirs.lines.first(*shape))
        return same and (ours.lines.on_sphere or not elsewhere(ours, theirs))
    if ours.lat is None or theirs.lat is None or ours.lon is None or theirs.lon is None:
        return False
    if ours.lat.shape != theirs.lat.shape:
        return False
    return bool(np.allclose(ours.lat, theirs.lat, atol=1e-4) and np.allclose(ours.lon, theirs.lon, atol=1e-4))


def _regridded(field: xr.DataArray, target: Lines, source: Lines) -> xr.DataArray:
    if target.on_sphere:
        rows = line_weights(sines(target.y), sines(source.y))
        return regrid(field, rows, line_weights(target.x, source.x, 360.0))
    turn = 360.0 if target.turns and source.turns else None
    return regrid(field, line_weights(target.y, source.y), line_weights(target.x, source.x, turn))
