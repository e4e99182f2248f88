"""Pairs for methods that are handed none: made of coarse fields alone, or of fine rain alone."""

from __future__ import annotations

import numpy as np
import xarray as xr

from downbench import FieldSequence

DIMS = ("time", "tile", "y", "x")


def coarser_pairs(sequence: FieldSequence, factor: int) -> FieldSequence:
    """Pairs one scale up: the coarse rain as truth, and the block means of all coarse fields as input.

    Blocks are laid in two ways, half a block apart, so that twice as many pairs come of one field: each way
    gives a tile for each tile. Where blocks go beyond the domain, or it has fewer than two of them, it is
    continued by its mirror image. The fine rain is not read.

    Args:
        sequence: of which coarse and static fields are read.
        factor: coarse cells along the edge of a block.
    """
    bare = sequence.coarse.drop_vars(["tile", "y", "x"], errors="ignore")
    static = sequence.static.drop_vars(["tile", "y", "x"], errors="ignore").fillna(0.0)  # the sea
    ways = sorted({0, factor // 2})
    fields, relief = (
        xr.concat([_laid(one, way, factor) for way in ways], "tile")
        for one in (bare, _blocks(static, factor))
    )
    fields = fields.transpose(*DIMS)
    rain = fields["precipitation"]
    return FieldSequence(sequence.name, _blocks(fields, factor), rain, relief, record=sequence.record)


def own_pairs(sequence: FieldSequence, factor: int) -> FieldSequence:
    """Fine rain and its own block means; coarse fields are not read, and frames without truth left out.

    Args:
        sequence: of which fine rain and static fields are read.
        factor: fine cells along the edge of a block.
    """
    coarse = _blocks(
        sequence.fine.to_dataset(name="precipitation").drop_vars(["y", "x"], errors="ignore"), factor
    )
    return FieldSequence(sequence.name, coarse, sequence.fine, sequence.static, record=sequence.record)


def _blocks(fields: xr.Dataset, factor: int) -> xr.Dataset:
    """Means over blocks; one with a missing cell is missing."""
    if not fields.data_vars:
        return fields
    means: xr.Dataset = fields.coarsen(y=factor, x=factor).reduce(np.mean)
    return means.astype(np.float32)


def _laid(fields: xr.Dataset, way: int, factor: int) -> xr.Dataset:
    """Continue fields by their mirror images, ``way`` cells before them, behind them up to whole blocks."""
    sides = {}
    for dim in ("y", "x"):
        if dim in fields.sizes:
            size = fields.sizes[dim]
            whole = max(-(-(size + factor // 2) // factor), 2) * factor  # the same for both ways
            cells = np.pad(np.arange(size), (way, whole - size - way), "symmetric")
            sides[dim] = xr.DataArray(cells, dims=dim)
    return fields.isel(sides)
