"""Fine fields in whole coarse cells."""

from __future__ import annotations

import xarray as xr

from downbench import UserError


def whole_cells(
    rain: xr.DataArray, static: xr.Dataset, factor: int, crop: bool, where: str
) -> tuple[xr.DataArray, xr.Dataset]:
    """Fine rain and static fields, cropped to whole coarse cells if that is wanted.

    Args:
        rain: (time, tile, y, x).
        static: (tile, y, x), or without any field.
        factor: fine cells along the edge of a coarse one.
        crop: whether the last rows and columns may be left out.
        where: the rain comes from, for messages.

    Raises:
        UserError: the sizes are not multiples of the factor, or smaller than it.
    """
    sizes = {dim: rain.sizes[dim] for dim in ("y", "x")}
    whole = {dim: size // factor * factor for dim, size in sizes.items()}
    if sizes == whole:
        return rain, static
    if 0 in whole.values():
        raise UserError(
            f"{where}: {sizes['y']} x {sizes['x']} cells are less than one coarse cell "
            f"of {factor} x {factor}",
            "choose a smaller factor with --set files.factor=N"
            if min(sizes.values()) > 1
            else "a single row or column has nothing to downscale to: give a field",
        )
    if not crop:
        raise UserError(
            f"{where}: {sizes['y']} x {sizes['x']} cells are not a multiple of the factor {factor}",
            f"--set files.crop=true keeps the first {whole['y']} x {whole['x']}",
        )
    inside = {dim: slice(0, size) for dim, size in whole.items()}
    return rain.isel(inside), static.isel(inside, missing_dims="ignore")
