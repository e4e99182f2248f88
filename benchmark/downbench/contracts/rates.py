"""Rain of a dataset is in mm/h: what says otherwise is refused before it is scored."""

from __future__ import annotations

import math

import xarray as xr

from downbench.errors import UserError
from downbench.units import read_units, to_mm_per_hour

UNITS = "mm h-1"


def check_rates(rain: xr.DataArray, what: str) -> None:
    """Refuse rain whose attribute ``units`` says that it is in others than mm/h.

    Args:
        rain: of a dataset. Without the attribute, or with one that means nothing, it is taken for mm/h.
        what: it is called, for the message.

    Raises:
        UserError: the attribute names other units.
    """
    units = rain.attrs.get("units")
    if not isinstance(units, str):
        return
    try:
        read_units(units, what)
    except UserError:
        return
    factor = to_mm_per_hour(units, what)
    if not math.isclose(factor, 1, rel_tol=1e-6):
        raise UserError(
            f"{what} has the units {units!r}, and a dataset gives it in mm/h",
            f"multiply it by {factor:.6g}, which is downbench.to_mm_per_hour({units!r}, where), and set its "
            f"attribute units to {UNITS!r}; if it is in mm/h already, the attribute is wrong",
        )
