"""On which cells and steps a method was fitted: what a fitted model cannot know of other data."""

from __future__ import annotations

import warnings
from collections.abc import Iterable

import numpy as np
import xarray as xr

from downbench.errors import DownbenchWarning

_FAR = 1.25  # a larger ratio of cell sizes is told; projections and latitudes make smaller ones


def cell_size(statics: Iterable[xr.Dataset], factor: int) -> float | None:
    """Edge of a square as large as a typical coarse cell [km]; None where no grid has its area in m2.

    Args:
        statics: of the fine grids.
        factor: fine cells along the edge of a coarse one.
    """
    areas = [
        np.ravel(static["area"].to_numpy())
        for static in {id(static): static for static in statics}.values()
        if "area" in static and static["area"].attrs.get("units") == "m2"
    ]
    known = np.concatenate(areas) if areas else np.empty(0)
    known = known[np.isfinite(known) & (known > 0)]
    return float(f"{factor * np.sqrt(np.median(known)) / 1000:.4g}") if known.size else None


def warn_of_other_cells(fitted: float | None, given: float | None, who: str, what: str) -> None:
    """Warn where coarse cells are much larger or smaller than those of the fit, if both are known [km]."""
    if fitted and given and max(fitted / given, given / fitted) > _FAR:
        warnings.warn(
            f"{who} was fitted on coarse cells of about {fitted:.3g} km, {what} has cells of about "
            f"{given:.3g} km",
            DownbenchWarning,
            stacklevel=3,
        )


def warn_of_other_steps(fitted: float, given: float, who: str, what: str) -> None:
    """Warn where the time between frames is not that of the fit [h]."""
    if abs(given - fitted) > 1e-6 * fitted:
        warnings.warn(
            f"{who} was fitted on steps of {fitted:g} h, {what} has steps of {given:g} h",
            DownbenchWarning,
            stacklevel=3,
        )
