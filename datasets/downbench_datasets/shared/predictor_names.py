"""Names of the coarse predictors: in the suite, and in stores (there with or without ``_coarse`` behind)."""

from __future__ import annotations

from collections.abc import Sequence

import xarray as xr

# In the order of the FV3GFS ensemble.
PREDICTOR_NAMES = {
    "UGRD10m": ("UGRD10m",),
    "VGRD10m": ("VGRD10m",),
    "TMPsfc": ("TMPsfc", "tsfc"),
    "CPRATsfc": ("CPRATsfc", "CPRATEsfc"),
    "DSWRFtoa": ("DSWRFtoa",),
    "ps": ("ps",),
    "u700": ("u700",),
    "v700": ("v700",),
    "vertically_integrated_liq_wat": ("vertically_integrated_liq_wat",),
    "vertically_integrated_sphum": ("vertically_integrated_sphum",),
}


def name_in_store(source: xr.Dataset, names: Sequence[str]) -> str | None:
    """The first of ``names`` that names a variable, with or without ``_coarse``; None where there is none."""
    return next((key for name in names for key in (name, f"{name}_coarse") if key in source.data_vars), None)
