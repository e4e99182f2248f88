"""How much of a field is read at once, so that a fit's memory has a bound however many frames there are."""

from __future__ import annotations

import xarray as xr

MOST_CELLS = 2**25  # 134 MB in float32


def frames_at_once(field: xr.DataArray, most: int) -> int:
    """Frames of a field (time, ...) that are read together: at most so many, fewer of large ones."""
    each = field.size // max(field.sizes["time"], 1)
    return max(1, min(most, MOST_CELLS // max(each, 1)))
